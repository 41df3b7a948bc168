package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const testAccount = "111122223333"

// fakeClock is a clock that moves only when told.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// recorder allows everything but what deny says, and keeps the questions.
type recorder struct {
	mu   sync.Mutex
	asks []api.Ask
	deny func(api.Ask) bool
}

func (r *recorder) Authorize(c *api.Call, ask api.Ask) *api.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = append(r.asks, ask)
	if ask.ResourceAccount != c.Caller.AccountID || r.deny != nil && r.deny(ask) {
		return api.Errorf(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: %s", c.Caller.ARN, ask.Action)
	}
	return nil
}

func (r *recorder) take() []api.Ask {
	r.mu.Lock()
	defer r.mu.Unlock()
	asks := r.asks
	r.asks = nil
	return asks
}

// handlerFor turns HTTP requests into calls of the service by one fixed caller.
func handlerFor(s *Service, clock api.Clock) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		s.Serve(w, &api.Call{
			Service: "dynamodb", Operation: op, Region: "eu-west-1",
			Caller: api.Caller{
				AccountID: testAccount, ARN: "arn:aws:iam::" + testAccount + ":user/alice",
				PrincipalARN: "arn:aws:iam::" + testAccount + ":user/alice", Type: "User",
			},
			RequestID: fmt.Sprintf("REQUEST%d", n.Add(1)), Now: clock(), HTTP: r, Body: body,
		})
	})
}

// fixture is a service behind HTTP with the SDK's client for it.
type fixture struct {
	*dynamodb.Client
	t     *testing.T
	auth  *recorder
	clock *fakeClock
	url   string
}

func newFixture(t *testing.T, change func(*Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, auth: &recorder{}, clock: newClock()}
	opts := Options{Clock: f.clock.Now, Auth: f.auth}
	if change != nil {
		change(&opts)
	}
	server := httptest.NewServer(handlerFor(New(opts), f.clock.Now))
	t.Cleanup(server.Close)
	f.url = server.URL
	f.Client = dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(server.URL), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	})
	return f
}

// createTable makes a table with key pk and sk, a global index by g and h and a
// local index by l.
func (f *fixture) createTable(name string) {
	f.t.Helper()
	_, err := f.CreateTable(f.t.Context(), tableWithIndexes(name))
	if err != nil {
		f.t.Fatal(err)
	}
}

func tableWithIndexes(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:            &name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: attributes("pk S", "sk N", "g S", "h S", "l S"),
		KeySchema:            keySchema("pk", "sk"),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{IndexName: aws.String("by-g"), KeySchema: keySchema("g", "h"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll}},
			{IndexName: aws.String("keys-g"), KeySchema: keySchema("g"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}},
		},
		LocalSecondaryIndexes: []types.LocalSecondaryIndex{
			{IndexName: aws.String("by-l"), KeySchema: keySchema("pk", "l"), Projection: &types.Projection{
				ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"n"},
			}},
		},
	}
}

func attributes(defs ...string) []types.AttributeDefinition {
	var out []types.AttributeDefinition
	for _, def := range defs {
		name, kind, _ := strings.Cut(def, " ")
		out = append(out, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeType(kind)})
	}
	return out
}

func keySchema(names ...string) []types.KeySchemaElement {
	kinds := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}
	var out []types.KeySchemaElement
	for i, name := range names {
		out = append(out, types.KeySchemaElement{AttributeName: aws.String(name), KeyType: kinds[i]})
	}
	return out
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n any) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: fmt.Sprint(n)}
}

// av makes an attribute map of alternating names and values; a string is S, a
// number is N, and attribute values stand for themselves.
func av(pairs ...any) map[string]types.AttributeValue {
	out := map[string]types.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case string:
			out[name] = str(v)
		case types.AttributeValue:
			out[name] = v
		default:
			out[name] = num(v)
		}
	}
	return out
}

// diff compares values that hold the SDK's attribute values.
func diff(want, got any) string {
	return cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true }))
}

func (f *fixture) put(table string, pairs ...any) {
	f.t.Helper()
	if _, err := f.PutItem(f.t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: av(pairs...)}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) get(table string, pairs ...any) map[string]types.AttributeValue {
	f.t.Helper()
	out, err := f.GetItem(f.t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: av(pairs...), ConsistentRead: aws.Bool(true)})
	if err != nil {
		f.t.Fatal(err)
	}
	return out.Item
}

// wantError checks the code and a part of the message of an API error.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var failure smithy.APIError
	if !errors.As(err, &failure) {
		t.Fatalf("error %v, want %s %q", err, code, message)
	}
	if failure.ErrorCode() != code || !strings.Contains(failure.ErrorMessage(), message) {
		t.Errorf("error %s %q, want %s %q", failure.ErrorCode(), failure.ErrorMessage(), code, message)
	}
}

// raw posts a body as the named operation and returns status and answer.
func (f *fixture) raw(op, body string) (int, string) {
	f.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, f.url, strings.NewReader(body))
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}
