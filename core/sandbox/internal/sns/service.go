package sns

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/delivery"
)

const (
	xmlns            = "http://sns.amazonaws.com/doc/2010-03-31/"
	servicePrincipal = "sns.amazonaws.com"
)

// Options are what the service needs from its neighbours. Clock and Auth are
// required.
type Options struct {
	Clock      api.Clock
	Auth       api.Authorizer
	Keys       api.Keys            // nil: encrypted topics are refused
	Invoker    api.Invoker         // nil: Lambda subscriptions are refused
	Queues     api.Queues          // nil: SQS subscriptions are refused
	Deliveries delivery.Deliveries // nil: each message arrives once, at once
	Seed       uint64              // of message and subscription IDs
}

// Service is SNS for all accounts of the sandbox. It implements api.Service and
// api.Publisher.
type Service struct {
	opt    Options
	events *delivery.Dispatcher

	mu            sync.Mutex // guards all below and what is reachable from it
	topics        map[string]*topic
	subscriptions map[string]*subscription
	random        *rand.ChaCha8
}

// New makes an SNS without topics.
func New(opt Options) *Service {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], opt.Seed)
	return &Service{
		opt: opt, events: delivery.New(opt.Deliveries), random: rand.NewChaCha8(seed),
		topics: map[string]*topic{}, subscriptions: map[string]*subscription{},
	}
}

// Idle waits until no message is on its way, or until ctx is done.
func (s *Service) Idle(ctx context.Context) error { return s.events.Idle(ctx) }

// Close drops the messages that have not left yet.
func (s *Service) Close() { s.events.Close() }

// operation answers one call: the result structure, or an error.
type operation func(*Service, *api.Call) (any, *api.Error)

var operations = map[string]operation{
	"CreateTopic":               (*Service).createTopic,
	"DeleteTopic":               (*Service).deleteTopic,
	"ListTopics":                (*Service).listTopics,
	"GetTopicAttributes":        (*Service).getTopicAttributes,
	"SetTopicAttributes":        (*Service).setTopicAttributes,
	"AddPermission":             (*Service).addPermission,
	"RemovePermission":          (*Service).removePermission,
	"Subscribe":                 (*Service).subscribe,
	"Unsubscribe":               (*Service).unsubscribe,
	"ListSubscriptions":         (*Service).listSubscriptions,
	"ListSubscriptionsByTopic":  (*Service).listSubscriptionsByTopic,
	"GetSubscriptionAttributes": (*Service).getSubscriptionAttributes,
	"SetSubscriptionAttributes": (*Service).setSubscriptionAttributes,
	"Publish":                   (*Service).publish,
	"PublishBatch":              (*Service).publishBatch,
	"TagResource":               (*Service).tagResource,
	"UntagResource":             (*Service).untagResource,
	"ListTagsForResource":       (*Service).listTagsForResource,
}

// Serve implements api.Service.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	op, ok := operations[c.Operation]
	if !ok {
		api.WriteQueryError(w, c, xmlns, api.Errorf(400, "InvalidAction", "Could not find operation %s for version 2010-03-31", c.Operation))
		return
	}
	result, err := op(s, c)
	if err != nil {
		api.WriteQueryError(w, c, xmlns, err)
		return
	}
	api.WriteQuery(w, c, xmlns, result)
}

// newID makes a UUID of version 4.
func (s *Service) newID() string {
	s.mu.Lock()
	b := s.draw(16)
	s.mu.Unlock()
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// draw makes n random bytes. s.mu is held.
func (s *Service) draw(n int) []byte {
	b := make([]byte, n)
	_, _ = s.random.Read(b) // never fails
	return b
}

// allow asks whether the caller may do action ("SNS:Publish") on a topic.
func (s *Service) allow(c *api.Call, action string, t *topic, extra map[string][]string) *api.Error {
	s.mu.Lock()
	doc := t.policyDoc
	s.mu.Unlock()
	return s.authorize(c, api.Ask{Action: action, Resource: t.arn, ResourceAccount: t.owner, ResourcePolicy: doc, Context: extra})
}

// authorize gives a refusal SNS's code.
func (s *Service) authorize(c *api.Call, ask api.Ask) *api.Error {
	e := s.opt.Auth.Authorize(c, ask)
	if e == nil || e.Status != http.StatusForbidden {
		return e
	}
	out := *e
	out.Code = "AuthorizationError"
	return &out
}

func invalid(format string, args ...any) *api.Error {
	return api.Errorf(400, "InvalidParameter", "Invalid parameter: "+format, args...)
}
