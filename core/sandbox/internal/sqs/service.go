package sqs

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// namespace prefixes the names of SQS's errors.
const namespace = "com.amazonaws.sqs"

// Options are what the service needs from its neighbours; both are required.
type Options struct {
	Clock api.Clock
	Auth  api.Authorizer
	Seed  uint64 // of message IDs and receipt handles
}

// Service is SQS for all accounts of the sandbox. It implements api.Service and
// api.Queues.
type Service struct {
	opt Options

	mu     sync.Mutex // guards all below and what is reachable from it
	queues map[string]*queue
	random *rand.ChaCha8
}

// New makes an SQS without queues.
func New(opt Options) *Service {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], opt.Seed)
	return &Service{opt: opt, queues: map[string]*queue{}, random: rand.NewChaCha8(seed)}
}

type operation func(*Service, *api.Call, input) (any, *api.Error)

var operations = map[string]operation{
	"CreateQueue":             (*Service).createQueue,
	"GetQueueUrl":             (*Service).getQueueURL,
	"GetQueueAttributes":      (*Service).getQueueAttributes,
	"SetQueueAttributes":      (*Service).setQueueAttributes,
	"ListQueues":              (*Service).listQueues,
	"DeleteQueue":             (*Service).deleteQueue,
	"PurgeQueue":              (*Service).purgeQueue,
	"SendMessage":             (*Service).sendMessage,
	"ReceiveMessage":          (*Service).receiveMessage,
	"DeleteMessage":           (*Service).deleteMessage,
	"ChangeMessageVisibility": (*Service).changeMessageVisibility,
}

// input is the union of the members of all requests.
type input struct {
	QueueName              string
	QueueOwnerAWSAccountID string `json:"QueueOwnerAWSAccountId"`
	QueueNamePrefix        string
	QueueURL               string `json:"QueueUrl"`
	Attributes             map[string]string
	AttributeNames         []string
	MaxResults             int
	NextToken              string
	MessageBody            string
	DelaySeconds           *int
	MessageAttributes      map[string]attribute
	MessageAttributeNames  []string
	MessageSystemAttrs     []string `json:"MessageSystemAttributeNames"`
	MaxNumberOfMessages    *int
	VisibilityTimeout      *int
	WaitTimeSeconds        *int
	ReceiptHandle          string
	Tags                   map[string]string `json:"tags"`
}

// Serve implements api.Service.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	op, ok := operations[c.Operation]
	if !ok {
		writeError(w, c, api.Errorf(400, "UnknownOperationException", "The operation %s is not supported", c.Operation))
		return
	}
	var in input
	if err := json.Unmarshal(c.Body, &in); len(c.Body) > 0 && err != nil {
		writeError(w, c, api.Errorf(400, "SerializationException", "Start of structure or map found where not expected: %v", err))
		return
	}
	out, err := op(s, c, in)
	if err != nil {
		writeError(w, c, err)
		return
	}
	if out == nil {
		w.Header().Set("x-amzn-RequestId", c.RequestID)
		w.WriteHeader(http.StatusOK)
		return
	}
	api.WriteJSON(w, c, "1.0", out)
}

// queryCodes are the codes that the query protocol had, which clients still match.
var queryCodes = map[string]string{
	"QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
	"QueueNameExists":   "QueueAlreadyExists",
}

func writeError(w http.ResponseWriter, c *api.Call, e *api.Error) {
	code := e.Code
	if old, ok := queryCodes[code]; ok {
		code = old
	}
	w.Header().Set("x-amzn-query-error", code+";"+e.Fault())
	api.WriteJSONError(w, c, "1.0", namespace, e)
}

func errNoQueue() *api.Error {
	return api.Errorf(400, "QueueDoesNotExist", "The specified queue does not exist.")
}

func invalidValue(format string, args ...any) *api.Error {
	return api.Errorf(400, "InvalidParameterValue", format, args...)
}

// newID makes an ID of the form of a UUID. s.mu is held.
func (s *Service) newID() string {
	b := make([]byte, 16)
	_, _ = s.random.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Enqueue implements api.Queues.
func (s *Service) Enqueue(l api.Letter) *api.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[l.QueueARN]
	if q == nil {
		return errNoQueue()
	}
	if l.SourceService != "" {
		d := policy.Evaluate(policy.Request{
			Action: "sqs:SendMessage", Resource: q.arn, ResourceAccount: q.account,
			Principal: policy.Principal{Service: l.SourceService},
			Context: map[string][]string{
				"aws:sourcearn": {l.SourceARN}, "aws:sourceaccount": {l.SourceAccount}, "aws:securetransport": {"true"},
			},
		}, policy.Policies{Resource: q.policy, ResourceRequired: true})
		if !d.Allowed {
			return api.Errorf(403, "AccessDenied", "User: %s is not authorized to perform: sqs:SendMessage on resource: %s %s", l.SourceService, q.arn, d.Reason)
		}
	}
	m := &message{id: s.newID(), body: l.Body, attributes: map[string]attribute{}, sender: l.SourceService, sent: s.opt.Clock()}
	for name, value := range l.Attributes {
		m.attributes[name] = attribute{DataType: "String", StringValue: value}
	}
	q.push(m)
	return nil
}
