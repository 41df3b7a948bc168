package sns

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxMessage is the limit of a message with its attributes, and of a batch, in bytes.
const maxMessage = 256 * 1024

// message is what a publisher sent.
type message struct {
	id         string
	subject    string
	text       string            // for every protocol that byProtocol does not name
	byProtocol map[string]string // of MessageStructure=json
	attributes map[string]messageAttribute
}

// size counts the text and the attributes, in bytes.
func (m message) size(raw string) int {
	n := len(raw)
	for name, a := range m.attributes {
		n += len(name) + len(a.Type) + len(a.Value)
	}
	return n
}

type publishResult struct {
	MessageId string
}

func (s *Service) publish(c *api.Call) (any, *api.Error) {
	parameter := "TopicArn"
	switch {
	case c.Form.Get("PhoneNumber") != "":
		return nil, invalid("PhoneNumber Reason: SMS messages are not supported")
	case c.Form.Get("TargetArn") != "" && c.Form.Get("TopicArn") == "":
		parameter = "TargetArn"
	case c.Form.Get("TopicArn") == "":
		return nil, invalid("TopicArn or TargetArn Reason: no value for required parameter")
	}
	t, err := s.named(c, parameter, "SNS:Publish")
	if err != nil {
		return nil, err
	}
	m, err := readMessage(c.Form, "")
	if err != nil {
		return nil, err
	}
	if m.size(c.Form.Get("Message")) > maxMessage {
		return nil, invalid("Message too long")
	}
	if err := s.useKey(c, t); err != nil {
		return nil, err
	}
	return publishResult{s.accept(t, m)}, nil
}

var subjectForm = regexp.MustCompile(`^[\x20-\x7e]{1,100}$`)

// readMessage reads and checks a message; prefix is "" or that of a batch entry.
func readMessage(form url.Values, prefix string) (message, *api.Error) {
	m := message{text: form.Get(prefix + "Message"), subject: form.Get(prefix + "Subject")}
	switch {
	case m.text == "":
		return m, invalid("Empty message")
	case !utf8.ValidString(m.text):
		return m, invalid("Message Reason: the message is not UTF-8")
	case form.Has(prefix+"Subject") && !subjectForm.MatchString(m.subject):
		return m, invalid("Subject")
	case form.Get(prefix+"MessageGroupId") != "" || form.Get(prefix+"MessageDeduplicationId") != "":
		return m, invalid("MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for this topic type")
	}
	var err *api.Error
	if m.attributes, err = messageAttributes(form, prefix); err != nil {
		return m, err
	}
	switch structure := form.Get(prefix + "MessageStructure"); structure {
	case "":
	case "json":
		if m.byProtocol, err = parseStructure(m.text); err != nil {
			return m, err
		}
		m.text = m.byProtocol["default"]
	default:
		return m, invalid("MessageStructure")
	}
	return m, nil
}

// parseStructure reads a message with a text for each protocol.
func parseStructure(text string) (map[string]string, *api.Error) {
	var raw map[string]any
	if json.Unmarshal([]byte(text), &raw) != nil {
		return nil, invalid("Message Structure - JSON message body failed to parse")
	}
	out := map[string]string{}
	for k, v := range raw {
		if s, ok := v.(string); ok {
			out[k] = s
		}
	}
	if _, ok := out["default"]; !ok {
		return nil, invalid("Message Structure - No default entry in JSON message body")
	}
	return out, nil
}

// useKey asks KMS for the data key of an encrypted topic.
func (s *Service) useKey(c *api.Call, t *topic) *api.Error {
	s.mu.Lock()
	ref := t.attributes["KmsMasterKeyId"]
	s.mu.Unlock()
	if ref == "" {
		return nil
	}
	if s.opt.Keys == nil {
		return api.Errorf(400, "KMSNotFound", "The KMS key %s does not exist", ref)
	}
	arn, err := s.opt.Keys.Resolve(t.owner, t.region, ref)
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		if err == nil {
			err = s.opt.Keys.Use(c, arn, action, "sns."+t.region+".amazonaws.com", map[string]string{"aws:sns:topicArn": t.arn})
		}
	}
	if err == nil {
		return nil
	}
	code := "KMS" + strings.TrimSuffix(strings.TrimPrefix(err.Code, "KMS"), "Exception")
	return &api.Error{Status: err.Status, Code: code, Message: err.Message}
}

type batchSuccess struct {
	Id, MessageId string
}

type batchFailure struct {
	Id, Code, Message string
	SenderFault       bool
}

type batchResult struct {
	Successful []batchSuccess `xml:"Successful>member"`
	Failed     []batchFailure `xml:"Failed>member"`
}

var batchID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func (s *Service) publishBatch(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:Publish")
	if err != nil {
		return nil, err
	}
	prefixes, err := batchEntries(c.Form)
	if err != nil {
		return nil, err
	}
	if err := s.useKey(c, t); err != nil {
		return nil, err
	}
	var out batchResult
	for _, prefix := range prefixes {
		id := c.Form.Get(prefix + "Id")
		m, err := readMessage(c.Form, prefix)
		if err != nil {
			out.Failed = append(out.Failed, batchFailure{id, err.Code, err.Message, true})
			continue
		}
		out.Successful = append(out.Successful, batchSuccess{id, s.accept(t, m)})
	}
	return out, nil
}

// batchEntries checks what concerns a batch as a whole and returns the prefixes of
// its entries.
func batchEntries(form url.Values) ([]string, *api.Error) {
	var out []string
	seen := map[string]bool{}
	size := 0
	for i := 1; ; i++ {
		prefix := "PublishBatchRequestEntries.member." + strconv.Itoa(i) + "."
		id := form.Get(prefix + "Id")
		if !form.Has(prefix+"Id") && !form.Has(prefix+"Message") {
			break
		}
		switch {
		case !batchID.MatchString(id):
			return nil, api.Errorf(400, "InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification.")
		case seen[id]:
			return nil, api.Errorf(400, "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
		}
		seen[id] = true
		m := message{}
		m.attributes, _ = messageAttributes(form, prefix)
		size += m.size(form.Get(prefix + "Message"))
		out = append(out, prefix)
	}
	switch {
	case len(out) == 0:
		return nil, api.Errorf(400, "EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case len(out) > 10:
		return nil, api.Errorf(400, "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
	case size > maxMessage:
		return nil, api.Errorf(400, "BatchRequestTooLong", "The length of all the batch messages put together is more than the limit.")
	}
	return out, nil
}

// PublishAs implements api.Publisher: the topic's policy must let the service in.
func (s *Service) PublishAs(p api.Publication) *api.Error {
	s.mu.Lock()
	t := s.topics[p.TopicARN]
	var doc *policy.Document
	if t != nil {
		doc = t.policyDoc
	}
	s.mu.Unlock()
	if t == nil {
		return errNoTopic()
	}
	d := policy.Evaluate(policy.Request{
		Action: "sns:Publish", Resource: t.arn, ResourceAccount: t.owner,
		Principal: policy.Principal{Service: p.SourceService},
		Context: map[string][]string{
			"aws:sourcearn": {p.SourceARN}, "aws:sourceaccount": {p.SourceAccount}, "aws:securetransport": {"true"},
			"aws:principalservicename": {p.SourceService}, "aws:principalisawsservice": {"true"},
		},
	}, policy.Policies{Resource: doc, ResourceRequired: true})
	if p.SourceService != "" && !d.Allowed {
		return api.Errorf(403, "AuthorizationError", "User: %s is not authorized to perform: SNS:Publish on resource: %s %s", p.SourceService, t.arn, d.Reason)
	}
	if len(p.Message) > maxMessage {
		return invalid("Message too long")
	}
	m := message{subject: p.Subject, text: p.Message, attributes: map[string]messageAttribute{}}
	for name, value := range p.Attributes {
		m.attributes[name] = messageAttribute{"String", value}
	}
	s.accept(t, m)
	return nil
}
