package sns

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// page is how many topics or subscriptions one answer lists.
const page = 100

// topic is one topic; everything but arn, name, owner and region is guarded by
// Service.mu.
type topic struct {
	arn, name, owner, region string
	attributes               map[string]string // as set, without Policy
	policyText               string
	policyDoc                *policy.Document
	tags                     []tag
	deleted                  int // subscriptions that were removed
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// topicAttributes are the attributes that may be set.
var topicAttributes = []string{
	"Policy", "DisplayName", "DeliveryPolicy", "KmsMasterKeyId", "TracingConfig", "SignatureVersion",
	"HTTPSuccessFeedbackRoleArn", "HTTPSuccessFeedbackSampleRate", "HTTPFailureFeedbackRoleArn",
	"FirehoseSuccessFeedbackRoleArn", "FirehoseSuccessFeedbackSampleRate", "FirehoseFailureFeedbackRoleArn",
	"LambdaSuccessFeedbackRoleArn", "LambdaSuccessFeedbackSampleRate", "LambdaFailureFeedbackRoleArn",
	"SQSSuccessFeedbackRoleArn", "SQSSuccessFeedbackSampleRate", "SQSFailureFeedbackRoleArn",
	"ApplicationSuccessFeedbackRoleArn", "ApplicationSuccessFeedbackSampleRate", "ApplicationFailureFeedbackRoleArn",
}

// defaultDelivery is the effective delivery policy of a topic without its own.
const defaultDelivery = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

func topicARN(c *api.Call, name string) string {
	return "arn:" + api.PartitionOf(c.Region) + ":sns:" + c.Region + ":" + c.Caller.AccountID + ":" + name
}

func (s *Service) createTopic(c *api.Call) (any, *api.Error) {
	name, attributes, tags := c.Form.Get("Name"), entries(c.Form, "Attributes"), tagsOf(c.Form)
	switch {
	case strings.HasSuffix(name, ".fifo") || attributes["FifoTopic"] == "true":
		return nil, invalid("FifoTopic Reason: FIFO topics are not supported")
	case !topicName.MatchString(name):
		return nil, invalid("Topic Name")
	case c.Form.Get("DataProtectionPolicy") != "":
		return nil, invalid("DataProtectionPolicy Reason: data protection policies are not supported")
	}
	delete(attributes, "FifoTopic")
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	t := newTopic(topicARN(c, name), name, c.Caller.AccountID, c.Region)
	if err := s.authorize(c, api.Ask{Action: "SNS:CreateTopic", Resource: t.arn, Context: tagContext(tags)}); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := s.authorize(c, api.Ask{Action: "SNS:TagResource", Resource: t.arn, Context: tagContext(tags)}); err != nil {
			return nil, err
		}
	}
	t.tags = tags
	for _, k := range slices.Sorted(maps.Keys(attributes)) {
		if err := t.set(k, attributes[k]); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.topics[t.arn]; old != nil {
		return topicResult{old.arn}, old.same(attributes, tags)
	}
	s.topics[t.arn] = t
	return topicResult{t.arn}, nil
}

type topicResult struct {
	TopicArn string
}

// same reports a conflict between an existing topic and a second CreateTopic.
func (t *topic) same(attributes map[string]string, tags []tag) *api.Error {
	for k, v := range attributes {
		if k == "Policy" && v != t.policyText || k != "Policy" && v != t.attributes[k] {
			return invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	byKey := func(a, b tag) int { return strings.Compare(a.Key, b.Key) }
	if len(tags) > 0 && !slices.Equal(slices.SortedFunc(slices.Values(tags), byKey), slices.SortedFunc(slices.Values(t.tags), byKey)) {
		return invalid("Tags Reason: Topic already exists with different tags")
	}
	return nil
}

// tagContext is the condition keys of tags in a request.
func tagContext(tags []tag) map[string][]string {
	out := map[string][]string{}
	for _, t := range tags {
		out["aws:requesttag/"+strings.ToLower(t.Key)] = []string{t.Value}
		out["aws:tagkeys"] = append(out["aws:tagkeys"], t.Key)
	}
	return out
}

// named finds the topic of a parameter. A caller who may not do action on it
// learns that first.
func (s *Service) named(c *api.Call, parameter, action string) (*topic, *api.Error) {
	arn := c.Form.Get(parameter)
	if err := checkARN(parameter, arn); err != nil {
		return nil, err
	}
	s.mu.Lock()
	t := s.topics[arn]
	s.mu.Unlock()
	if t == nil {
		account := strings.Split(arn, ":")[4]
		if err := s.authorize(c, api.Ask{Action: action, Resource: arn, ResourceAccount: account}); err != nil {
			return nil, err
		}
		return nil, errNoTopic()
	}
	return t, s.allow(c, action, t, nil)
}

func errNoTopic() *api.Error { return api.Errorf(404, "NotFound", "Topic does not exist") }

func checkARN(parameter, arn string) *api.Error {
	parts := strings.Split(arn, ":")
	switch {
	case arn == "":
		return invalid("%s Reason: no value for required parameter", parameter)
	case len(parts) < 6:
		return invalid("%s Reason: An ARN must have at least 6 elements, not %d", parameter, len(parts))
	case parts[0] != "arn" || parts[2] != "sns":
		return invalid("%s", parameter)
	}
	return nil
}

func (s *Service) deleteTopic(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:DeleteTopic")
	if err != nil {
		if err.Code == "NotFound" {
			err = nil // deleting twice succeeds
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.topics, t.arn)
	maps.DeleteFunc(s.subscriptions, func(_ string, sub *subscription) bool { return sub.topic == t })
	return nil, nil
}

type listTopicsResult struct {
	Topics    []topicResult `xml:"Topics>member"`
	NextToken string        `xml:",omitempty"`
}

func (s *Service) listTopics(c *api.Call) (any, *api.Error) {
	if err := s.authorize(c, api.Ask{Action: "SNS:ListTopics", Resource: topicARN(c, "*")}); err != nil {
		return nil, err
	}
	after, err := pageAfter(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out listTopicsResult
	for _, arn := range slices.Sorted(maps.Keys(s.topics)) {
		if t := s.topics[arn]; arn <= after || t.owner != c.Caller.AccountID || t.region != c.Region {
			continue
		}
		if len(out.Topics) == page {
			out.NextToken = encodeToken(out.Topics[page-1].TopicArn)
			break
		}
		out.Topics = append(out.Topics, topicResult{arn})
	}
	return out, nil
}

type attributeEntry struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

type attributesResult struct {
	Attributes []attributeEntry `xml:"Attributes>entry"`
}

func attributesOf(m map[string]string) attributesResult {
	var out attributesResult
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out.Attributes = append(out.Attributes, attributeEntry{k, m[k]})
	}
	return out
}

func (s *Service) getTopicAttributes(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:GetTopicAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	confirmed := 0
	for _, sub := range s.subscriptions {
		if sub.topic == t {
			confirmed++
		}
	}
	out := map[string]string{
		"TopicArn": t.arn, "Owner": t.owner, "Policy": t.policyText, "DisplayName": "", "EffectiveDeliveryPolicy": defaultDelivery,
		"SubscriptionsConfirmed": strconv.Itoa(confirmed), "SubscriptionsPending": "0", "SubscriptionsDeleted": strconv.Itoa(t.deleted),
	}
	maps.Copy(out, t.attributes)
	return attributesOf(out), nil
}

func (s *Service) setTopicAttributes(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:SetTopicAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, t.set(c.Form.Get("AttributeName"), c.Form.Get("AttributeValue"))
}

// set changes one attribute. Service.mu is held, or t is still private.
func (t *topic) set(name, value string) *api.Error {
	switch {
	case !slices.Contains(topicAttributes, name):
		return invalid("AttributeName")
	case name == "Policy" && value == "":
		return t.setPolicy(defaultPolicy(t))
	case name == "Policy":
		return t.setPolicy(value)
	case name == "DisplayName" && len([]rune(value)) > 100:
		return invalid("DisplayName")
	case name == "SignatureVersion" && value != "1" && value != "2":
		return invalid("SignatureVersion Reason: Value must be 1 or 2")
	case name == "DeliveryPolicy" && value != "" && !isJSONObject(value):
		return invalid("DeliveryPolicy: failed to parse JSON.")
	case value == "":
		delete(t.attributes, name)
		return nil
	}
	t.attributes[name] = value
	return nil
}
