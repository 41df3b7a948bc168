package sns

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	function = "arn:aws:lambda:us-east-1:111122223333:function:f"
	queueARN = "arn:aws:sqs:us-east-1:111122223333:q"
	topicT   = "arn:aws:sns:us-east-1:111122223333:t"
)

// neighbours record what they are given.
type neighbours struct {
	mu      sync.Mutex
	invoked []api.Invocation
	letters []api.Letter
	refuse  bool // invocations fail
	deny    string
}

func (n *neighbours) Authorize(c *api.Call, ask api.Ask) *api.Error {
	if ask.Action == n.deny {
		return api.Errorf(403, "AccessDenied", "User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action", c.Caller.ARN, ask.Action, ask.Resource, ask.Action)
	}
	return nil
}

func (n *neighbours) InvokeAsync(in api.Invocation) *api.Error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuse {
		return api.Errorf(404, "ResourceNotFoundException", "gone")
	}
	n.invoked = append(n.invoked, in)
	return nil
}

func (n *neighbours) Enqueue(l api.Letter) *api.Error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.letters = append(n.letters, l)
	return nil
}

type plan struct {
	copies int
	delay  time.Duration
}

func (p plan) Plan() (int, time.Duration) { return p.copies, p.delay }

func setup(t *testing.T, edit func(*Options)) (*Service, *sns.Client, *neighbours) {
	t.Helper()
	n := &neighbours{}
	opt := Options{Clock: func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC) }, Auth: n, Invoker: n, Queues: n, Seed: 1}
	if edit != nil {
		edit(&opt)
	}
	s := New(opt)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		s.Serve(w, &api.Call{
			Service: "sns", Operation: form.Get("Action"), Region: "us-east-1", RequestID: "id", HTTP: r, Body: body, Form: form,
			Caller: api.Caller{AccountID: "111122223333", ARN: "arn:aws:iam::111122223333:user/u", PrincipalARN: "arn:aws:iam::111122223333:user/u"},
		})
	}))
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	client := sns.New(sns.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIA", "secret", ""),
	})
	if _, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{"DisplayName": "T"}}); err != nil {
		t.Fatal(err)
	}
	return s, client, n
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	var ae smithy.APIError
	if errors.As(err, &ae) {
		got = ae.ErrorCode()
	}
	if got != want || err != nil && got == "" {
		t.Errorf("code %q, want %q (%v)", got, want, err)
	}
}

func subscribe(t *testing.T, c *sns.Client, protocol, endpoint string, attributes map[string]string) string {
	t.Helper()
	out, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: aws.String(topicT), Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes, ReturnSubscriptionArn: true})
	if err != nil {
		t.Fatal(err)
	}
	return *out.SubscriptionArn
}

func TestTopics(t *testing.T) {
	t.Parallel()
	_, c, _ := setup(t, nil)
	ctx := t.Context()
	create := func(in sns.CreateTopicInput) error {
		_, err := c.CreateTopic(ctx, &in)
		return err
	}
	wantCode(t, create(sns.CreateTopicInput{Name: aws.String("t")}), "")
	wantCode(t, create(sns.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{"DisplayName": "other"}}), "InvalidParameter")
	wantCode(t, create(sns.CreateTopicInput{Name: aws.String("t"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}), "InvalidParameter")
	wantCode(t, create(sns.CreateTopicInput{Name: aws.String("t.fifo")}), "InvalidParameter")
	wantCode(t, create(sns.CreateTopicInput{Name: aws.String("a b")}), "InvalidParameter")
	attributes, err := c.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(topicT)})
	if err != nil || attributes.Attributes["DisplayName"] != "T" || !strings.Contains(attributes.Attributes["Policy"], "__default_statement_ID") {
		t.Errorf("%v %v", attributes, err)
	}
	_, err = c.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(topicT + "x"), Message: aws.String("m")})
	wantCode(t, err, "NotFound")
	for range 2 {
		_, err = c.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(topicT)})
		wantCode(t, err, "")
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	s, c, n := setup(t, nil)
	ctx := t.Context()
	add := func(action string) error {
		_, err := c.AddPermission(ctx, &sns.AddPermissionInput{TopicArn: aws.String(topicT), Label: aws.String("l"), AWSAccountId: []string{"444455556666"}, ActionName: []string{action}})
		return err
	}
	wantCode(t, add("Nonsense"), "InvalidParameter")
	wantCode(t, add("Publish"), "")
	wantCode(t, add("Publish"), "InvalidParameter")
	publish := func() *api.Error {
		return s.PublishAs(api.Publication{TopicARN: topicT, SourceService: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::b", SourceAccount: "111122223333", Message: "m"})
	}
	if e := publish(); e == nil || e.Code != "AuthorizationError" {
		t.Errorf("S3 may publish by default: %v", e)
	}
	set := func(text string) error {
		_, err := c.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: aws.String(topicT), AttributeName: aws.String("Policy"), AttributeValue: &text})
		return err
	}
	wantCode(t, set("{"), "InvalidParameter")
	wantCode(t, set(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"`+topicT+`","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"}}}]}`), "")
	if e := publish(); e != nil {
		t.Error(e)
	}
	n.deny = "SNS:Publish"
	_, err := c.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(topicT), Message: aws.String("m")})
	wantCode(t, err, "AuthorizationError")
}

func TestDeliveryToLambda(t *testing.T) {
	t.Parallel()
	_, c, n := setup(t, nil)
	arn := subscribe(t, c, "lambda", function, nil)
	if again := subscribe(t, c, "lambda", function, nil); again != arn {
		t.Error("subscribing twice makes two subscriptions")
	}
	out, err := c.Publish(t.Context(), &sns.PublishInput{
		TopicArn: aws.String(topicT), Message: aws.String(`{"default":"d","lambda":"l"}`), MessageStructure: aws.String("json"), Subject: aws.String("S"),
		MessageAttributes: map[string]types.MessageAttributeValue{"k": {DataType: aws.String("String"), StringValue: aws.String("v")}},
	})
	wantCode(t, err, "")
	if len(n.invoked) != 1 || n.invoked[0].SourceService != "sns.amazonaws.com" || n.invoked[0].SourceARN != topicT || n.invoked[0].FunctionARN != function {
		t.Fatalf("invoked %+v", n.invoked)
	}
	var event lambdaEvent
	if err := json.Unmarshal(n.invoked[0].Event, &event); err != nil {
		t.Fatal(err)
	}
	got := event.Records[0]
	got.SNS.Signature = ""
	want := lambdaRecord{"aws:sns", "1.0", arn, lambdaSNS{
		Type: "Notification", MessageID: *out.MessageId, TopicArn: topicT, Subject: aws.String("S"), Message: "l", Timestamp: "2026-03-04T05:06:07.008Z",
		SignatureVersion: "1", SigningCertURL: got.SNS.SigningCertURL, UnsubscribeURL: "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=" + arn,
		MessageAttributes: map[string]attributeJSON{"k": {"String", "v"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeadLettersAndRawDelivery(t *testing.T) {
	t.Parallel()
	_, c, n := setup(t, nil)
	n.refuse = true
	subscribe(t, c, "lambda", function, map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + queueARN + `"}`})
	subscribe(t, c, "sqs", queueARN+"2", map[string]string{"RawMessageDelivery": "true"})
	_, err := c.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(topicT), Message: aws.String("m")})
	wantCode(t, err, "")
	bodies := map[string]string{}
	for _, l := range n.letters {
		bodies[l.QueueARN] = l.Body
	}
	if bodies[queueARN+"2"] != "m" || !strings.Contains(bodies[queueARN], `"Type":"Notification"`) {
		t.Errorf("letters %v", bodies)
	}
}

func TestPublishIsChecked(t *testing.T) {
	t.Parallel()
	_, c, _ := setup(t, nil)
	for name, test := range map[string]struct {
		in   sns.PublishInput
		want string
	}{
		"empty":     {sns.PublishInput{Message: aws.String("")}, "InvalidParameter"},
		"largest":   {sns.PublishInput{Message: aws.String(strings.Repeat("x", maxMessage))}, ""},
		"too large": {sns.PublishInput{Message: aws.String(strings.Repeat("x", maxMessage+1))}, "InvalidParameter"},
		"subject":   {sns.PublishInput{Message: aws.String("m"), Subject: aws.String("a\nb")}, "InvalidParameter"},
		"structure": {sns.PublishInput{Message: aws.String(`{"lambda":"x"}`), MessageStructure: aws.String("json")}, "InvalidParameter"},
		"attribute": {sns.PublishInput{Message: aws.String("m"), MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: aws.String("Nope"), StringValue: aws.String("v")}}}, "ParameterValueInvalid"},
	} {
		test.in.TopicArn = aws.String(topicT)
		_, err := c.Publish(t.Context(), &test.in)
		if err != nil || test.want != "" {
			t.Run(name, func(t *testing.T) { wantCode(t, err, test.want) })
		}
	}
	_, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: aws.String(topicT), Protocol: aws.String("https"), Endpoint: aws.String("https://x")})
	wantCode(t, err, "InvalidParameter")
}

func TestPublishBatch(t *testing.T) {
	t.Parallel()
	_, c, n := setup(t, nil)
	subscribe(t, c, "lambda", function, nil)
	batch := func(entries ...types.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
		return c.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: aws.String(topicT), PublishBatchRequestEntries: entries})
	}
	entry := func(id, message string) types.PublishBatchRequestEntry {
		return types.PublishBatchRequestEntry{Id: &id, Message: &message}
	}
	out, err := batch(entry("a", "1"), entry("b", ""))
	wantCode(t, err, "")
	if len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Code != "InvalidParameter" || !out.Failed[0].SenderFault || len(n.invoked) != 1 {
		t.Errorf("batch %+v", out)
	}
	_, err = batch(entry("a", "1"), entry("a", "2"))
	wantCode(t, err, "BatchEntryIdsNotDistinct")
	_, err = batch([]types.PublishBatchRequestEntry{}...)
	wantCode(t, err, "EmptyBatchRequest")
	_, err = batch(entry("a", strings.Repeat("x", maxMessage)), entry("b", "x"))
	wantCode(t, err, "BatchRequestTooLong")
	var many []types.PublishBatchRequestEntry
	for _, id := range strings.Split("abcdefghijk", "") {
		many = append(many, entry(id, "m"))
	}
	_, err = batch(many...)
	wantCode(t, err, "TooManyEntriesInBatchRequest")
}

func TestUnkindDelivery(t *testing.T) {
	t.Parallel()
	s, c, n := setup(t, func(o *Options) { o.Deliveries = plan{copies: 3, delay: time.Millisecond} })
	subscribe(t, c, "lambda", function, nil)
	_, err := c.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(topicT), Message: aws.String("m")})
	wantCode(t, err, "")
	if err := s.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(n.invoked) != 3 {
		t.Errorf("%d deliveries, want 3", len(n.invoked))
	}
}

func TestFilterPolicy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		filter, scope, body string
		attributes          map[string]messageAttribute
		want                bool
	}{
		{`{"a":["x","y"]}`, "", "", map[string]messageAttribute{"a": {"String", "y"}}, true},
		{`{"a":["x"]}`, "", "", map[string]messageAttribute{"a": {"String", "y"}}, false},
		{`{"a":["x"]}`, "", "", nil, false},
		{`{"a":[{"prefix":"ab"}]}`, "", "", map[string]messageAttribute{"a": {"String", "abc"}}, true},
		{`{"a":[{"anything-but":["x"]}]}`, "", "", map[string]messageAttribute{"a": {"String", "x"}}, false},
		{`{"a":[{"numeric":[">",1,"<=",2]}]}`, "", "", map[string]messageAttribute{"a": {"Number", "2"}}, true},
		{`{"a":[{"numeric":[">",2]}]}`, "", "", map[string]messageAttribute{"a": {"Number", "2"}}, false},
		{`{"a":[{"exists":false}]}`, "", "", nil, true},
		{`{"a":["y"]}`, "", "", map[string]messageAttribute{"a": {"String.Array", `["x","y"]`}}, true},
		{`{"a":{"b":["x"]}}`, "MessageBody", `{"a":{"b":"x"}}`, nil, true},
		{`{"a":{"b":["x"]}}`, "MessageBody", `{"a":{"b":"y"}}`, nil, false},
		{`{"a":["x"]}`, "MessageBody", `no JSON`, nil, false},
	} {
		f, err := parseFilter(test.filter)
		if err != nil {
			t.Fatal(err)
		}
		sub := &subscription{filter: f, attributes: map[string]string{"FilterPolicyScope": test.scope}}
		if got := sub.wants(message{text: test.body, attributes: test.attributes}); got != test.want {
			t.Errorf("%s on %q %v: %v", test.filter, test.body, test.attributes, got)
		}
	}
	if _, err := parseFilter(`{"$or":[{"a":["x"]}]}`); err == nil {
		t.Error("$or is taken but not applied")
	}
}
