package cloudformation

import (
	"context"
	"net/url"
	"strconv"
)

func topicType() *resourceType {
	return &resourceType{
		named:      "TopicName",
		attributes: []string{"TopicArn", "TopicName"},
		properties: map[string]property{
			"TopicName": text().replacing(), "DisplayName": text(), "KmsMasterKeyId": text(), "Tags": tagList(),
			"Subscription": listOf(object(map[string]property{"Endpoint": text().must(), "Protocol": text().must()})),
		},
		create: createTopic, update: updateTopic, delete: deleteTopic,
	}
}

func createTopic(ctx context.Context, w *work) error {
	name := w.name("TopicName", 256)
	arn := w.arn("sns", name)
	// CreateTopic would answer with a topic that exists already, and a rollback
	// would then delete it.
	if w.query(ctx, "sns", "GetTopicAttributes", url.Values{"TopicArn": {arn}}, nil) == nil {
		return alreadyExists(arn)
	}
	form := url.Values{"Name": {name}}
	i := 0
	for _, k := range []string{"DisplayName", "KmsMasterKeyId"} {
		if w.given(k) {
			i++
			form.Set("Attributes.entry."+strconv.Itoa(i)+".key", k)
			form.Set("Attributes.entry."+strconv.Itoa(i)+".value", w.text(k))
		}
	}
	tags := tagMap(w.props["Tags"])
	for i, k := range sortedKeys(tags) {
		form.Set(member("Tags", i, "Key"), k)
		form.Set(member("Tags", i, "Value"), tags[k])
	}
	var out struct {
		Arn string `xml:"TopicArn"`
	}
	if err := w.query(ctx, "sns", "CreateTopic", form, &out); err != nil {
		return err
	}
	w.physicalID = out.Arn
	w.set("TopicArn", out.Arn)
	w.set("TopicName", name)
	return setTopicSubscriptions(ctx, w)
}

func alreadyExists(name string) error {
	return reasonf("Resource handler returned message: \"%s already exists\" (RequestToken: %s, HandlerErrorCode: AlreadyExists)", name, newUUID())
}

// subscribers is a Subscription property as a set of "protocol endpoint".
func subscribers(v any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, item := range asList(v) {
		m := asMap(item)
		out[asText(m["Protocol"])+" "+asText(m["Endpoint"])] = m
	}
	return out
}

// setTopicSubscriptions subscribes what the properties list and unsubscribes what
// only the old properties did.
func setTopicSubscriptions(ctx context.Context, w *work) error {
	was, now := subscribers(w.old["Subscription"]), subscribers(w.props["Subscription"])
	for _, k := range missingFrom(sortedKeys(now), sortedKeys(was)) {
		form := url.Values{
			"TopicArn": {w.physicalID}, "Protocol": {asText(now[k]["Protocol"])}, "Endpoint": {asText(now[k]["Endpoint"])},
		}
		if err := w.query(ctx, "sns", "Subscribe", form, nil); err != nil {
			return err
		}
	}
	gone := missingFrom(sortedKeys(was), sortedKeys(now))
	if len(gone) == 0 {
		return nil
	}
	var out struct {
		Subscriptions []struct {
			Arn      string `xml:"SubscriptionArn"`
			Protocol string
			Endpoint string
		} `xml:"Subscriptions>member"`
	}
	if err := w.query(ctx, "sns", "ListSubscriptionsByTopic", url.Values{"TopicArn": {w.physicalID}}, &out); err != nil {
		return err
	}
	for _, s := range out.Subscriptions {
		if len(missingFrom([]string{s.Protocol + " " + s.Endpoint}, gone)) > 0 {
			continue
		}
		if err := ignoreGone(w.query(ctx, "sns", "Unsubscribe", url.Values{"SubscriptionArn": {s.Arn}}, nil)); err != nil {
			return err
		}
	}
	return nil
}

func updateTopic(ctx context.Context, w *work) error {
	for _, k := range []string{"DisplayName", "KmsMasterKeyId"} {
		if w.changed(k) {
			if err := setTopicAttribute(ctx, w, w.physicalID, k, w.text(k)); err != nil {
				return err
			}
		}
	}
	set, removed := w.tagChanges()
	topic := url.Values{"ResourceArn": {w.physicalID}}
	if len(set) > 0 {
		form := topic
		for i, k := range sortedKeys(set) {
			form = with(with(form, member("Tags", i, "Key"), k), member("Tags", i, "Value"), set[k])
		}
		if err := w.query(ctx, "sns", "TagResource", form, nil); err != nil {
			return err
		}
	}
	if len(removed) > 0 {
		form := topic
		for i, k := range removed {
			form = with(form, member("TagKeys", i, ""), k)
		}
		if err := w.query(ctx, "sns", "UntagResource", form, nil); err != nil {
			return err
		}
	}
	return setTopicSubscriptions(ctx, w)
}

func setTopicAttribute(ctx context.Context, w *work, topic, name, value string) error {
	form := url.Values{"TopicArn": {topic}, "AttributeName": {name}, "AttributeValue": {value}}
	return w.query(ctx, "sns", "SetTopicAttributes", form, nil)
}

func deleteTopic(ctx context.Context, w *work) error {
	return ignoreGone(w.query(ctx, "sns", "DeleteTopic", url.Values{"TopicArn": {w.physicalID}}, nil))
}

func topicPolicyType() *resourceType {
	return &resourceType{
		attributes: []string{"Id"},
		properties: map[string]property{"PolicyDocument": document().must(), "Topics": texts().must()},
		create: func(ctx context.Context, w *work) error {
			w.physicalID = physicalName(w.stackName, w.logicalID, 128)
			w.set("Id", w.physicalID)
			return putTopicPolicy(ctx, w)
		},
		update: putTopicPolicy, delete: resetTopicPolicies,
	}
}

func putTopicPolicy(ctx context.Context, w *work) error {
	now := asTexts(w.props["Topics"])
	if len(now) == 0 {
		return reason("Value of property Topics must be of type List of String")
	}
	for _, topic := range now {
		if err := setTopicAttribute(ctx, w, topic, "Policy", documentText(w.props["PolicyDocument"])); err != nil {
			return err
		}
	}
	for _, topic := range missingFrom(asTexts(w.old["Topics"]), now) {
		if err := resetTopicPolicy(ctx, w, topic); err != nil {
			return err
		}
	}
	return nil
}

func resetTopicPolicies(ctx context.Context, w *work) error {
	for _, topic := range asTexts(w.props["Topics"]) {
		if err := resetTopicPolicy(ctx, w, topic); err != nil {
			return err
		}
	}
	return nil
}

// resetTopicPolicy gives a topic the policy it had when it was new, which lets its
// own account use it ("Amazon SNS default access policy").
func resetTopicPolicy(ctx context.Context, w *work, topic string) error {
	actions := []string{
		"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
		"SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
	}
	policy := map[string]any{
		"Version": "2008-10-17", "Id": "__default_policy_ID",
		"Statement": []any{map[string]any{
			"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": map[string]any{"AWS": "*"},
			"Action": actions, "Resource": topic,
			"Condition": map[string]any{"StringEquals": map[string]any{"AWS:SourceOwner": w.account}},
		}},
	}
	return ignoreGone(setTopicAttribute(ctx, w, topic, "Policy", jsonText(policy)))
}

func subscriptionType() *resourceType {
	return &resourceType{
		attributes: []string{"Arn"},
		properties: map[string]property{
			"TopicArn": text().must().replacing(), "Protocol": text().must().replacing(), "Endpoint": text().replacing(),
			"FilterPolicy": document(), "FilterPolicyScope": text(), "RawMessageDelivery": flag(), "RedrivePolicy": document(),
		},
		create: createSubscription, update: updateSubscription,
		delete: func(ctx context.Context, w *work) error {
			return ignoreGone(w.query(ctx, "sns", "Unsubscribe", url.Values{"SubscriptionArn": {w.physicalID}}, nil))
		},
	}
}

var subscriptionAttributes = []string{"FilterPolicyScope", "FilterPolicy", "RawMessageDelivery", "RedrivePolicy"}

// subscriptionAttribute is the text SNS takes for a property.
func subscriptionAttribute(v any) string {
	if s, ok := scalarText(v); ok {
		return s
	}
	if v == nil {
		return ""
	}
	return jsonText(v)
}

func createSubscription(ctx context.Context, w *work) error {
	form := url.Values{
		"TopicArn": {w.text("TopicArn")}, "Protocol": {w.text("Protocol")}, "ReturnSubscriptionArn": {"true"},
	}
	if w.given("Endpoint") {
		form.Set("Endpoint", w.text("Endpoint"))
	}
	i := 0
	for _, k := range subscriptionAttributes {
		if w.given(k) {
			i++
			form.Set("Attributes.entry."+strconv.Itoa(i)+".key", k)
			form.Set("Attributes.entry."+strconv.Itoa(i)+".value", subscriptionAttribute(w.props[k]))
		}
	}
	var out struct {
		Arn string `xml:"SubscriptionArn"`
	}
	if err := w.query(ctx, "sns", "Subscribe", form, &out); err != nil {
		return err
	}
	w.physicalID = out.Arn
	w.set("Arn", out.Arn)
	return nil
}

func updateSubscription(ctx context.Context, w *work) error {
	for _, k := range subscriptionAttributes {
		if !w.changed(k) {
			continue
		}
		form := url.Values{
			"SubscriptionArn": {w.physicalID}, "AttributeName": {k}, "AttributeValue": {subscriptionAttribute(w.props[k])},
		}
		if err := w.query(ctx, "sns", "SetSubscriptionAttributes", form, nil); err != nil {
			return err
		}
	}
	return nil
}
