package sqs

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// queue is one queue; attributes and messages are guarded by Service.mu.
type queue struct {
	arn, name, account, region string
	created, modified          time.Time
	attributes                 map[string]string // those that were set
	policy                     *policy.Document
	tags                       map[string]string
	messages                   []*message
	arrived                    chan struct{} // closed when a message comes
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// defaults are the settable attributes with their ranges. A range of zeros is text.
var defaults = map[string]struct {
	value     string
	low, high int
}{
	"VisibilityTimeout":             {"30", 0, 43200},
	"DelaySeconds":                  {"0", 0, 900},
	"MaximumMessageSize":            {"1048576", 1024, 1048576},
	"MessageRetentionPeriod":        {"345600", 60, 1209600},
	"ReceiveMessageWaitTimeSeconds": {"0", 0, 20},
	"Policy":                        {}, "RedrivePolicy": {}, "RedriveAllowPolicy": {}, "KmsMasterKeyId": {},
	"KmsDataKeyReusePeriodSeconds": {"", 60, 86400}, "SqsManagedSseEnabled": {value: "true"},
}

// url is the queue's address at the endpoint that was called.
func (q *queue) url(c *api.Call) string {
	scheme := "http://"
	if c.HTTP.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.HTTP.Host + "/" + q.account + "/" + q.name
}

// number is a numeric attribute, set or default.
func (q *queue) number(name string) int {
	text, ok := q.attributes[name]
	if !ok {
		text = defaults[name].value
	}
	n, _ := strconv.Atoi(text) // checked when it was set
	return n
}

func arnOf(region, account, name string) string {
	return "arn:" + api.PartitionOf(region) + ":sqs:" + region + ":" + account + ":" + name
}

// open finds the queue of a QueueUrl and asks whether the caller may do action.
func (s *Service) open(c *api.Call, queueURL, action string) (*queue, *api.Error) {
	parts := strings.Split(strings.TrimSuffix(queueURL, "/"), "/")
	if len(parts) < 2 {
		return nil, api.Errorf(404, "InvalidAddress", "The address %s is not valid for this endpoint.", queueURL)
	}
	return s.openARN(c, arnOf(c.Region, parts[len(parts)-2], parts[len(parts)-1]), action)
}

func (s *Service) openARN(c *api.Call, arn, action string) (*queue, *api.Error) {
	s.mu.Lock()
	q := s.queues[arn]
	var doc *policy.Document
	if q != nil {
		doc = q.policy
	}
	s.mu.Unlock()
	account := strings.Split(arn, ":")[4]
	if err := s.opt.Auth.Authorize(c, api.Ask{Action: action, Resource: arn, ResourceAccount: account, ResourcePolicy: doc}); err != nil {
		return nil, err
	}
	if q == nil {
		return nil, errNoQueue()
	}
	return q, nil
}

func (s *Service) createQueue(c *api.Call, in input) (any, *api.Error) {
	if strings.HasSuffix(in.QueueName, ".fifo") || in.Attributes["FifoQueue"] == "true" {
		return nil, invalidValue("FIFO queues are not supported")
	}
	if !queueName.MatchString(in.QueueName) {
		return nil, invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	now := s.opt.Clock()
	q := &queue{
		arn: arnOf(c.Region, c.Caller.AccountID, in.QueueName), name: in.QueueName, account: c.Caller.AccountID, region: c.Region,
		created: now, modified: now, attributes: map[string]string{}, tags: in.Tags, arrived: make(chan struct{}),
	}
	if err := s.opt.Auth.Authorize(c, api.Ask{Action: "sqs:CreateQueue", Resource: q.arn}); err != nil {
		return nil, err
	}
	if err := q.set(in.Attributes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.queues[q.arn]; old != nil {
		for name, value := range q.attributes {
			if have, ok := old.attributes[name]; ok && have != value || !ok && defaults[name].value != value {
				return nil, api.Errorf(400, "QueueNameExists", "A queue already exists with the same name and a different value for attribute %s", name)
			}
		}
		q = old
	}
	s.queues[q.arn] = q
	return map[string]string{"QueueUrl": q.url(c)}, nil
}

// set checks and sets attributes. Service.mu is held, or the queue is private.
func (q *queue) set(attributes map[string]string) *api.Error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		d, known := defaults[name]
		if !known {
			return api.Errorf(400, "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
		if d.high > 0 {
			if n, err := strconv.Atoi(value); err != nil || n < d.low || n > d.high {
				return api.Errorf(400, "InvalidAttributeValue", "Invalid value for the parameter %s.", name)
			}
		}
		switch {
		case name == "RedrivePolicy" && value != "" && redriveOf(value).Target == "":
			return invalidValue("Value %s for parameter RedrivePolicy is invalid.", value)
		case name == "Policy":
			doc, issues := policy.Parse([]byte(value), policy.Resource)
			if value != "" && policy.HasErrors(issues) {
				return api.Errorf(400, "InvalidAttributeValue", "Invalid value for the parameter Policy.")
			}
			q.policy = doc
		}
		if value == "" {
			delete(q.attributes, name)
			continue
		}
		q.attributes[name] = value
	}
	return nil
}

// redrive is a queue's own RedrivePolicy.
type redrive struct {
	Target string      `json:"deadLetterTargetArn"`
	Max    json.Number `json:"maxReceiveCount"`
}

func redriveOf(text string) redrive {
	var r redrive
	if json.Unmarshal([]byte(text), &r) != nil {
		// SQS also takes the number as a string.
		var loose struct {
			Target string `json:"deadLetterTargetArn"`
			Max    string `json:"maxReceiveCount"`
		}
		if json.Unmarshal([]byte(text), &loose) != nil {
			return redrive{}
		}
		r = redrive{loose.Target, json.Number(loose.Max)}
	}
	if n, err := r.Max.Int64(); err != nil || n < 1 || n > 1000 {
		return redrive{}
	}
	return r
}

func (s *Service) getQueueURL(c *api.Call, in input) (any, *api.Error) {
	account := in.QueueOwnerAWSAccountID
	if account == "" {
		account = c.Caller.AccountID
	}
	q, err := s.openARN(c, arnOf(c.Region, account, in.QueueName), "sqs:GetQueueUrl")
	if err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": q.url(c)}, nil
}

func (s *Service) getQueueAttributes(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:GetQueueAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := q.describe(s.opt.Clock())
	out := map[string]string{}
	for _, name := range in.AttributeNames {
		if name == "All" {
			out = all
			break
		}
		if v, ok := all[name]; ok {
			out[name] = v
		} else if _, settable := defaults[name]; !settable {
			return nil, api.Errorf(400, "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	return map[string]any{"Attributes": out}, nil
}

func (q *queue) describe(now time.Time) map[string]string {
	out := map[string]string{
		"QueueArn": q.arn, "CreatedTimestamp": strconv.FormatInt(q.created.Unix(), 10), "LastModifiedTimestamp": strconv.FormatInt(q.modified.Unix(), 10),
	}
	for name, d := range defaults {
		if d.value != "" {
			out[name] = d.value
		}
	}
	maps.Copy(out, q.attributes)
	visible, inFlight, delayed := 0, 0, 0
	for _, m := range q.messages {
		switch {
		case !m.visible.After(now):
			visible++
		case m.receives > 0:
			inFlight++
		default:
			delayed++
		}
	}
	out["ApproximateNumberOfMessages"] = strconv.Itoa(visible)
	out["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(inFlight)
	out["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	return out
}

func (s *Service) setQueueAttributes(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:SetQueueAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.modified = s.opt.Clock()
	return nil, q.set(in.Attributes)
}

func (s *Service) listQueues(c *api.Call, in input) (any, *api.Error) {
	if err := s.opt.Auth.Authorize(c, api.Ask{Action: "sqs:ListQueues", Resource: "*"}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var urls []string
	for _, arn := range slices.Sorted(maps.Keys(s.queues)) {
		q := s.queues[arn]
		if q.account != c.Caller.AccountID || q.region != c.Region || !strings.HasPrefix(q.name, in.QueueNamePrefix) || q.name <= in.NextToken {
			continue
		}
		if in.MaxResults > 0 && len(urls) == in.MaxResults {
			last := urls[len(urls)-1]
			return map[string]any{"QueueUrls": urls, "NextToken": last[strings.LastIndex(last, "/")+1:]}, nil
		}
		urls = append(urls, q.url(c))
	}
	return map[string]any{"QueueUrls": urls}, nil
}

func (s *Service) deleteQueue(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:DeleteQueue")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.queues, q.arn)
	return nil, nil
}

func (s *Service) purgeQueue(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:PurgeQueue")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.messages = nil
	return nil, nil
}
