package sns

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// attributeJSON is a message attribute as subscribers see it.
type attributeJSON struct {
	Type  string `json:"Type"`
	Value string `json:"Value"`
}

// lambdaEvent is the event of "Invoking Lambda functions with Amazon SNS".
type lambdaEvent struct {
	Records []lambdaRecord `json:"Records"`
}

type lambdaRecord struct {
	EventSource          string    `json:"EventSource"`
	EventVersion         string    `json:"EventVersion"`
	EventSubscriptionArn string    `json:"EventSubscriptionArn"`
	SNS                  lambdaSNS `json:"Sns"`
}

type lambdaSNS struct {
	Type              string                   `json:"Type"`
	MessageID         string                   `json:"MessageId"`
	TopicArn          string                   `json:"TopicArn"`
	Subject           *string                  `json:"Subject"`
	Message           string                   `json:"Message"`
	Timestamp         string                   `json:"Timestamp"`
	SignatureVersion  string                   `json:"SignatureVersion"`
	Signature         string                   `json:"Signature"`
	SigningCertURL    string                   `json:"SigningCertUrl"`
	UnsubscribeURL    string                   `json:"UnsubscribeUrl"`
	MessageAttributes map[string]attributeJSON `json:"MessageAttributes"`
}

// queueBody is the body of a message in an SQS queue without raw delivery.
type queueBody struct {
	Type              string                   `json:"Type"`
	MessageID         string                   `json:"MessageId"`
	TopicArn          string                   `json:"TopicArn"`
	Subject           *string                  `json:"Subject,omitempty"`
	Message           string                   `json:"Message"`
	Timestamp         string                   `json:"Timestamp"`
	SignatureVersion  string                   `json:"SignatureVersion"`
	Signature         string                   `json:"Signature"`
	SigningCertURL    string                   `json:"SigningCertURL"`
	UnsubscribeURL    string                   `json:"UnsubscribeURL"`
	MessageAttributes map[string]attributeJSON `json:"MessageAttributes,omitempty"`
}

// receiver is a subscription as of the time of publishing.
type receiver struct {
	arn, protocol, endpoint string
	raw                     bool
	redrive                 string
}

// accept gives the message an ID and sends it to every subscription that wants it.
func (s *Service) accept(t *topic, m message) string {
	m.id = s.newID()
	s.mu.Lock()
	var receivers []receiver
	for _, arn := range slices.Sorted(maps.Keys(s.subscriptions)) {
		sub := s.subscriptions[arn]
		if sub.topic == t && sub.wants(m) {
			receivers = append(receivers, receiver{
				sub.arn, sub.protocol, sub.endpoint, sub.attributes["RawMessageDelivery"] == "true", redriveTarget(sub.attributes["RedrivePolicy"]),
			})
		}
	}
	body := s.envelope(t, m)
	s.mu.Unlock()
	for _, r := range receivers {
		s.events.Send(func() { s.deliver(t, m, body, r) })
	}
	return m.id
}

// envelope is what all receivers of a message have in common. s.mu is held.
func (s *Service) envelope(t *topic, m message) lambdaSNS {
	out := lambdaSNS{
		Type: "Notification", MessageID: m.id, TopicArn: t.arn,
		Timestamp:        s.opt.Clock().UTC().Format("2006-01-02T15:04:05.000Z"),
		SignatureVersion: "1", Signature: base64.StdEncoding.EncodeToString(s.draw(256)),
		SigningCertURL:    host(t) + "/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem",
		MessageAttributes: map[string]attributeJSON{},
	}
	if v := t.attributes["SignatureVersion"]; v != "" {
		out.SignatureVersion = v
	}
	if m.subject != "" {
		out.Subject = &m.subject
	}
	for name, a := range m.attributes {
		out.MessageAttributes[name] = attributeJSON(a)
	}
	return out
}

func host(t *topic) string {
	suffix := ".amazonaws.com"
	if api.PartitionOf(t.region) == "aws-cn" {
		suffix += ".cn"
	}
	return "https://sns." + t.region + suffix
}

// deliver hands the message to one receiver, or to its dead-letter queue.
func (s *Service) deliver(t *topic, m message, body lambdaSNS, r receiver) {
	body.Message = m.text
	if text, ok := m.byProtocol[r.protocol]; ok {
		body.Message = text
	}
	body.UnsubscribeURL = host(t) + "/?Action=Unsubscribe&SubscriptionArn=" + r.arn
	if s.hand(t, m, body, r) == nil || r.redrive == "" || s.opt.Queues == nil {
		return
	}
	// A dead-letter queue that refuses loses the message, as with SNS itself.
	s.opt.Queues.Enqueue(s.letter(t, m, body, receiver{endpoint: r.redrive, raw: r.raw}))
}

func (s *Service) hand(t *topic, m message, body lambdaSNS, r receiver) *api.Error {
	if r.protocol == "sqs" {
		return s.opt.Queues.Enqueue(s.letter(t, m, body, r))
	}
	event, err := json.Marshal(lambdaEvent{[]lambdaRecord{{"aws:sns", "1.0", r.arn, body}}})
	if err != nil {
		return api.Errorf(500, "InternalError", "encoding the event: %v", err)
	}
	return s.opt.Invoker.InvokeAsync(api.Invocation{
		FunctionARN: r.endpoint, SourceService: servicePrincipal, SourceARN: t.arn, SourceAccount: t.owner, Event: event,
	})
}

// letter is the message for a queue; raw delivery sends only the text.
func (s *Service) letter(t *topic, m message, body lambdaSNS, r receiver) api.Letter {
	out := api.Letter{QueueARN: r.endpoint, SourceService: servicePrincipal, SourceARN: t.arn, SourceAccount: t.owner, Body: body.Message}
	if r.raw {
		out.Attributes = map[string]string{}
		for name, a := range m.attributes {
			out.Attributes[name] = a.Value
		}
		return out
	}
	b, err := json.Marshal(queueBody(body))
	if err == nil {
		out.Body = string(b)
	}
	return out
}
