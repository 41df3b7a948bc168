package sqs

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// attribute is a message attribute.
type attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// message is one message; all of it is guarded by Service.mu.
type message struct {
	id, body, sender string
	attributes       map[string]attribute
	sent             time.Time
	visible          time.Time // when it may be received (again)
	first            time.Time // first receipt
	receives         int
	handle           string // newest receipt handle
}

// push appends m and wakes waiting readers. Service.mu is held.
func (q *queue) push(m *message) {
	q.messages = append(q.messages, m)
	close(q.arrived)
	q.arrived = make(chan struct{})
}

func (s *Service) sendMessage(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:SendMessage")
	if err != nil {
		return nil, err
	}
	if in.MessageBody == "" {
		return nil, api.Errorf(400, "MissingParameter", "The request must contain the parameter MessageBody.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit := q.number("MaximumMessageSize"); len(in.MessageBody) > limit {
		return nil, invalidValue("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
	}
	delay := q.number("DelaySeconds")
	if in.DelaySeconds != nil {
		delay = *in.DelaySeconds
	}
	if delay < 0 || delay > 900 {
		return nil, invalidValue("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", delay)
	}
	now := s.opt.Clock()
	m := &message{id: s.newID(), body: in.MessageBody, attributes: in.MessageAttributes, sender: c.Caller.UserID, sent: now, visible: now.Add(time.Duration(delay) * time.Second)}
	q.push(m)
	out := map[string]string{"MessageId": m.id, "MD5OfMessageBody": md5Hex([]byte(m.body))}
	if len(m.attributes) > 0 {
		out["MD5OfMessageAttributes"] = attributesMD5(m.attributes)
	}
	return out, nil
}

type received struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	MD5OfBody              string
	Body                   string
	Attributes             map[string]string    `json:",omitempty"`
	MD5OfMessageAttributes string               `json:",omitempty"`
	MessageAttributes      map[string]attribute `json:",omitempty"`
}

func (s *Service) receiveMessage(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:ReceiveMessage")
	if err != nil {
		return nil, err
	}
	limit := 1
	if in.MaxNumberOfMessages != nil {
		limit = *in.MaxNumberOfMessages
	}
	if limit < 1 || limit > 10 {
		return nil, invalidValue("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", limit)
	}
	s.mu.Lock()
	wait := q.number("ReceiveMessageWaitTimeSeconds")
	s.mu.Unlock()
	if in.WaitTimeSeconds != nil {
		wait = *in.WaitTimeSeconds
	}
	if wait < 0 || wait > 20 {
		return nil, invalidValue("Value %d for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.", wait)
	}
	ctx, cancel := context.WithTimeout(c.Context(), time.Duration(wait)*time.Second)
	defer cancel()
	for {
		s.mu.Lock()
		got, arrived := s.take(q, in, limit), q.arrived
		s.mu.Unlock()
		if len(got) > 0 {
			return map[string]any{"Messages": got}, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return struct{}{}, nil
		}
	}
}

// take receives up to limit visible messages. s.mu is held.
func (s *Service) take(q *queue, in input, limit int) []received {
	now := s.opt.Clock()
	retention := time.Duration(q.number("MessageRetentionPeriod")) * time.Second
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return now.Sub(m.sent) > retention })
	hidden := q.number("VisibilityTimeout")
	if in.VisibilityTimeout != nil {
		hidden = *in.VisibilityTimeout
	}
	var out []received
	for _, m := range slices.Clone(q.messages) {
		if len(out) == limit {
			break
		}
		if m.visible.After(now) || s.bury(q, m) {
			continue
		}
		if m.receives == 0 {
			m.first = now
		}
		m.receives++
		m.visible = now.Add(time.Duration(hidden) * time.Second)
		m.handle = s.newID()
		out = append(out, m.receive(in))
	}
	return out
}

// bury moves a message that was received too often to the queue's dead-letter
// queue, and reports whether it did. s.mu is held.
func (s *Service) bury(q *queue, m *message) bool {
	r := redriveOf(q.attributes["RedrivePolicy"])
	limit, err := r.Max.Int64()
	target := s.queues[r.Target]
	if err != nil || target == nil || int64(m.receives) < limit {
		return false
	}
	q.messages = slices.DeleteFunc(q.messages, func(other *message) bool { return other == m })
	m.receives, m.visible = 0, time.Time{}
	target.push(m)
	return true
}

// receive is the message as ReceiveMessage returns it.
func (m *message) receive(in input) received {
	out := received{MessageID: m.id, ReceiptHandle: m.handle, Body: m.body, MD5OfBody: md5Hex([]byte(m.body))}
	system := map[string]string{
		"SenderId": m.sender, "SentTimestamp": millis(m.sent), "ApproximateReceiveCount": strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": millis(m.first),
	}
	for _, name := range slices.Concat(in.AttributeNames, in.MessageSystemAttrs) {
		if name == "All" {
			out.Attributes = system
			break
		}
		if v, ok := system[name]; ok {
			if out.Attributes == nil {
				out.Attributes = map[string]string{}
			}
			out.Attributes[name] = v
		}
	}
	chosen := map[string]attribute{}
	for name, a := range m.attributes {
		if slices.ContainsFunc(in.MessageAttributeNames, func(want string) bool { return attributeWanted(want, name) }) {
			chosen[name] = a
		}
	}
	if len(chosen) > 0 {
		out.MessageAttributes, out.MD5OfMessageAttributes = chosen, attributesMD5(chosen)
	}
	return out
}

// attributeWanted matches All, .*, prefix.* and plain names.
func attributeWanted(want, name string) bool {
	if prefix, ok := strings.CutSuffix(want, ".*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return want == "All" || want == name
}

// byHandle finds the message of a receipt handle. s.mu is held.
func (q *queue) byHandle(handle string) (int, *api.Error) {
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.handle == handle && handle != "" })
	if i < 0 && len(handle) != 36 {
		return -1, api.Errorf(400, "ReceiptHandleIsInvalid", "The input receipt handle %q is not a valid receipt handle.", handle)
	}
	return i, nil
}

// deleteMessage succeeds for a message that is gone already.
func (s *Service) deleteMessage(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:DeleteMessage")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := q.byHandle(in.ReceiptHandle)
	if err == nil && i >= 0 {
		q.messages = slices.Delete(q.messages, i, i+1)
	}
	return nil, err
}

func (s *Service) changeMessageVisibility(c *api.Call, in input) (any, *api.Error) {
	q, err := s.open(c, in.QueueURL, "sqs:ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	if in.VisibilityTimeout == nil || *in.VisibilityTimeout < 0 || *in.VisibilityTimeout > 43200 {
		return nil, invalidValue("Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := q.byHandle(in.ReceiptHandle)
	if err != nil {
		return nil, err
	}
	now := s.opt.Clock()
	if i < 0 || !q.messages[i].visible.After(now) {
		return nil, api.Errorf(400, "MessageNotInflight", "The message referred to isn't in flight.")
	}
	q.messages[i].visible = now.Add(time.Duration(*in.VisibilityTimeout) * time.Second)
	return nil, nil
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func md5Hex(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// attributesMD5 is the digest of "Calculating the MD5 message digest for message
// attributes" (SQS Developer Guide).
func attributesMD5(attributes map[string]attribute) string {
	var b bytes.Buffer
	field := func(p []byte) {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		b.Write(p)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		field([]byte(name))
		field([]byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			b.WriteByte(2)
			field(a.BinaryValue)
			continue
		}
		b.WriteByte(1)
		field([]byte(a.StringValue))
	}
	return md5Hex(b.Bytes())
}
