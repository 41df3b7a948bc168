package sns

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// subscription is one confirmed subscription; attributes and filter are guarded by
// Service.mu.
type subscription struct {
	arn, owner, protocol, endpoint string
	topic                          *topic
	attributes                     map[string]string
	filter                         filterPolicy
}

type subscriptionResult struct {
	SubscriptionArn string
}

func (s *Service) subscribe(c *api.Call) (any, *api.Error) {
	protocol, endpoint := c.Form.Get("Protocol"), c.Form.Get("Endpoint")
	arn := c.Form.Get("TopicArn")
	if err := checkARN("TopicArn", arn); err != nil {
		return nil, err
	}
	if err := s.checkEndpoint(protocol, endpoint); err != nil {
		return nil, err
	}
	s.mu.Lock()
	t := s.topics[arn]
	s.mu.Unlock()
	if t == nil {
		return nil, errNoTopic()
	}
	extra := map[string][]string{"sns:protocol": {protocol}, "sns:endpoint": {endpoint}}
	if err := s.allow(c, "SNS:Subscribe", t, extra); err != nil {
		return nil, err
	}
	sub := &subscription{
		arn: t.arn + ":" + s.newID(), owner: c.Caller.AccountID, protocol: protocol, endpoint: endpoint, topic: t, attributes: map[string]string{},
	}
	attributes := entries(c.Form, "Attributes")
	for _, k := range slices.Sorted(maps.Keys(attributes)) {
		if err := sub.set(k, attributes[k]); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.subscriptions {
		if old.topic != t || old.protocol != protocol || old.endpoint != endpoint {
			continue
		}
		if len(attributes) > 0 && !maps.Equal(old.attributes, sub.attributes) {
			return nil, invalid("Attributes Reason: Subscription already exists with different attributes")
		}
		return subscriptionResult{old.arn}, nil
	}
	s.subscriptions[sub.arn] = sub
	return subscriptionResult{sub.arn}, nil
}

// checkEndpoint refuses protocols and endpoints that cannot be delivered to.
func (s *Service) checkEndpoint(protocol, endpoint string) *api.Error {
	switch protocol {
	case "lambda":
		if s.opt.Invoker == nil || !strings.HasPrefix(endpoint, "arn:") || !strings.Contains(endpoint, ":lambda:") {
			return invalid("Lambda endpoint ARN")
		}
	case "sqs":
		if s.opt.Queues == nil || !strings.HasPrefix(endpoint, "arn:") || !strings.Contains(endpoint, ":sqs:") {
			return invalid("SQS endpoint ARN")
		}
	case "http", "https", "email", "email-json", "sms", "application", "firehose":
		return invalid("Protocol Reason: the protocol %s is not supported", protocol)
	default:
		return invalid("Does not support this protocol string: %s", protocol)
	}
	return nil
}

// set changes one attribute. Service.mu is held, or the subscription is private.
func (sub *subscription) set(name, value string) *api.Error {
	reason := func(format string, args ...any) *api.Error {
		return invalid("Attributes Reason: "+format, args...)
	}
	switch name {
	case "RawMessageDelivery":
		if value != "true" && value != "false" {
			return reason("RawMessageDelivery: Invalid value [%s]. Must be true or false.", value)
		}
		if sub.protocol == "lambda" && value == "true" {
			return reason("RawMessageDelivery: Delivery protocol [lambda] does not support raw message delivery.")
		}
	case "RedrivePolicy":
		if value != "" && redriveTarget(value) == "" {
			return reason("RedrivePolicy: deadLetterTargetArn is an invalid arn")
		}
	case "FilterPolicy":
		f, err := parseFilter(value)
		if err != nil {
			return reason("FilterPolicy: %s", err.Error())
		}
		sub.filter = f
	case "FilterPolicyScope":
		if value != "MessageAttributes" && value != "MessageBody" {
			return reason("FilterPolicyScope: Invalid value [%s]. Please use either MessageBody or MessageAttributes", value)
		}
	case "DeliveryPolicy":
		if value != "" && !isJSONObject(value) {
			return reason("DeliveryPolicy: failed to parse JSON.")
		}
	default:
		return invalid("AttributeName")
	}
	if value == "" {
		delete(sub.attributes, name)
		return nil
	}
	sub.attributes[name] = value
	return nil
}

// redriveTarget is the queue's ARN in a RedrivePolicy, or "".
func redriveTarget(text string) string {
	var p struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(text), &p) != nil || !strings.Contains(p.Target, ":sqs:") {
		return ""
	}
	return p.Target
}

// mine finds the subscription of a call. Only its owner and the topic's may
// handle it.
func (s *Service) mine(c *api.Call, action string) (*subscription, *api.Error) {
	arn := c.Form.Get("SubscriptionArn")
	if err := checkARN("SubscriptionArn", arn); err != nil {
		return nil, err
	}
	s.mu.Lock()
	sub := s.subscriptions[arn]
	s.mu.Unlock()
	if sub == nil {
		return nil, api.Errorf(404, "NotFound", "Subscription does not exist")
	}
	account := sub.owner
	if c.Caller.AccountID == sub.topic.owner {
		account = sub.topic.owner
	}
	return sub, s.authorize(c, api.Ask{Action: action, Resource: sub.topic.arn, ResourceAccount: account})
}

func (s *Service) unsubscribe(c *api.Call) (any, *api.Error) {
	sub, err := s.mine(c, "SNS:Unsubscribe")
	if err != nil {
		if err.Code == "NotFound" {
			err = nil // unsubscribing twice succeeds
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.subscriptions[sub.arn]; ok {
		delete(s.subscriptions, sub.arn)
		sub.topic.deleted++
	}
	return nil, nil
}

func (s *Service) getSubscriptionAttributes(c *api.Call) (any, *api.Error) {
	sub, err := s.mine(c, "SNS:GetSubscriptionAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{
		"SubscriptionArn": sub.arn, "TopicArn": sub.topic.arn, "Owner": sub.owner, "Protocol": sub.protocol, "Endpoint": sub.endpoint,
		"RawMessageDelivery": "false", "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true",
		"SubscriptionPrincipal": c.Caller.PrincipalARN,
	}
	maps.Copy(out, sub.attributes)
	if sub.attributes["FilterPolicy"] != "" && sub.attributes["FilterPolicyScope"] == "" {
		out["FilterPolicyScope"] = "MessageAttributes"
	}
	return attributesOf(out), nil
}

func (s *Service) setSubscriptionAttributes(c *api.Call) (any, *api.Error) {
	sub, err := s.mine(c, "SNS:SetSubscriptionAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, sub.set(c.Form.Get("AttributeName"), c.Form.Get("AttributeValue"))
}

type subscriptionEntry struct {
	SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string
}

type listSubscriptionsResult struct {
	Subscriptions []subscriptionEntry `xml:"Subscriptions>member"`
	NextToken     string              `xml:",omitempty"`
}

func (s *Service) listSubscriptions(c *api.Call) (any, *api.Error) {
	if err := s.authorize(c, api.Ask{Action: "SNS:ListSubscriptions", Resource: topicARN(c, "*")}); err != nil {
		return nil, err
	}
	return s.subscriptionsPage(c, func(sub *subscription) bool {
		return sub.owner == c.Caller.AccountID && sub.topic.region == c.Region
	})
}

func (s *Service) listSubscriptionsByTopic(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:ListSubscriptionsByTopic")
	if err != nil {
		return nil, err
	}
	return s.subscriptionsPage(c, func(sub *subscription) bool { return sub.topic == t })
}

func (s *Service) subscriptionsPage(c *api.Call, want func(*subscription) bool) (any, *api.Error) {
	after, err := pageAfter(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out listSubscriptionsResult
	for _, arn := range slices.Sorted(maps.Keys(s.subscriptions)) {
		sub := s.subscriptions[arn]
		if arn <= after || !want(sub) {
			continue
		}
		if len(out.Subscriptions) == page {
			out.NextToken = encodeToken(out.Subscriptions[page-1].SubscriptionArn)
			break
		}
		out.Subscriptions = append(out.Subscriptions, subscriptionEntry{sub.arn, sub.owner, sub.protocol, sub.endpoint, sub.topic.arn})
	}
	return out, nil
}
