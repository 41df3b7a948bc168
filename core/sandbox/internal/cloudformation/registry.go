package cloudformation

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// resourceType is what the sandbox knows of a resource type. Each function acts on
// a work: create sets its physicalID as soon as the resource exists, so that a
// half-made resource can be deleted.
type resourceType struct {
	properties map[string]property
	attributes []string // of Fn::GetAtt
	named      string   // the property that names the resource, where there is one
	custom     bool     // any property, any attribute
	create     func(context.Context, *work) error
	update     func(context.Context, *work) error // nil: every property replaces
	delete     func(context.Context, *work) error
}

// lookupType is the resource type of this name, or nil.
func lookupType(name string) *resourceType {
	switch name {
	case "AWS::IAM::Role":
		return roleType()
	case "AWS::IAM::ManagedPolicy":
		return managedPolicyType()
	case "AWS::IAM::Policy":
		return inlinePolicyType()
	case "AWS::S3::Bucket":
		return bucketType()
	case "AWS::S3::BucketPolicy":
		return bucketPolicyType()
	case "AWS::KMS::Key":
		return keyType()
	case "AWS::KMS::Alias":
		return aliasType()
	case "AWS::SNS::Topic":
		return topicType()
	case "AWS::SNS::TopicPolicy":
		return topicPolicyType()
	case "AWS::SNS::Subscription":
		return subscriptionType()
	case "AWS::DynamoDB::Table":
		return tableType()
	case "AWS::SQS::Queue":
		return queueType()
	case "AWS::SQS::QueuePolicy":
		return queuePolicyType()
	case "AWS::Lambda::Function":
		return functionType()
	case "AWS::Lambda::Permission":
		return permissionType()
	case "AWS::Lambda::EventInvokeConfig":
		return invokeConfigType()
	case "AWS::Logs::LogGroup":
		return logGroupType()
	case "AWS::Events::Rule":
		return scheduleType()
	case "AWS::CloudFormation::CustomResource":
		return customType()
	}
	if rest, ok := strings.CutPrefix(name, "Custom::"); ok && rest != "" && len(name) <= 60 {
		return customType()
	}
	return nil
}

func (t *resourceType) hasAttribute(name string) bool {
	return t.custom || slices.Contains(t.attributes, name)
}

func (t *resourceType) tagged() bool {
	_, ok := t.properties["Tags"]
	return ok
}

// prepare gives evaluated properties their canonical form and adds the stack's tags.
func (t *resourceType) prepare(props map[string]any, stackTags []tag) (map[string]any, error) {
	if t.custom {
		if asText(props["ServiceToken"]) == "" && !hasUnknown(props["ServiceToken"]) {
			return nil, reason("Property ServiceToken cannot be empty.")
		}
		out, _ := stringify(props).(map[string]any)
		return out, nil
	}
	out, err := shape(t.properties, props)
	if err != nil || !t.tagged() || len(stackTags) == 0 {
		return out, err
	}
	own := asList(out["Tags"])
	tags := slices.Clone(own)
	for _, st := range stackTags {
		if !slices.ContainsFunc(own, func(v any) bool { return asMap(v)["Key"] == st.Key }) {
			tags = append(tags, map[string]any{"Key": st.Key, "Value": st.Value})
		}
	}
	out["Tags"] = tags
	return out, nil
}

// work is one act on one resource.
type work struct {
	*client
	service    *Service
	stackID    string
	stackName  string
	account    string
	partition  string
	logicalID  string
	typ        string
	props      map[string]any // wanted; for a deletion, what it was made with
	old        map[string]any // before an update
	physicalID string
	attributes map[string]any
}

func (w *work) text(name string) string { return asText(w.props[name]) }

// given reports whether a property is set.
func (w *work) given(name string) bool { _, ok := w.props[name]; return ok }

// changed reports whether an update changes any of the properties.
func (w *work) changed(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return !sameValue(w.props[name], w.old[name]) })
}

// set gives the resource an attribute for Fn::GetAtt.
func (w *work) set(name string, value any) {
	if w.attributes == nil {
		w.attributes = map[string]any{}
	}
	w.attributes[name] = value
}

// name is the given name, or one made from the stack's and the logical ID.
func (w *work) name(property string, limit int) string {
	if s := w.text(property); s != "" {
		return s
	}
	return physicalName(w.stackName, w.logicalID, limit)
}

// arn makes an ARN in the stack's account and region.
func (w *work) arn(service, resource string) string {
	return "arn:" + w.partition + ":" + service + ":" + w.region + ":" + w.account + ":" + resource
}

// pick copies the properties that are set.
func pick(props map[string]any, names ...string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		if v, ok := props[name]; ok {
			out[name] = v
		}
	}
	return out
}

// tag is a tag of a stack.
type tag struct{ Key, Value string }

// tagMap is a Tags property as a map.
func tagMap(v any) map[string]string {
	out := map[string]string{}
	for _, item := range asList(v) {
		out[asText(asMap(item)["Key"])] = asText(asMap(item)["Value"])
	}
	return out
}

// tagChanges are the tags to set and the keys to remove.
func (w *work) tagChanges() (set map[string]string, removed []string) {
	set = map[string]string{}
	old, next := tagMap(w.old["Tags"]), tagMap(w.props["Tags"])
	for k, v := range next {
		if was, ok := old[k]; !ok || was != v {
			set[k] = v
		}
	}
	for _, k := range sortedKeys(old) {
		if _, ok := next[k]; !ok {
			removed = append(removed, k)
		}
	}
	return set, removed
}

// member names a field of the item i, from 0, of a list in a query-protocol form.
func member(list string, i int, field string) string {
	s := list + ".member." + strconv.Itoa(i+1)
	if field != "" {
		s += "." + field
	}
	return s
}

// missingFrom are the items of a that b lacks.
func missingFrom(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}
