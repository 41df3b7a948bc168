package sqs

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type allowAll struct{}

func (allowAll) Authorize(*api.Call, api.Ask) *api.Error { return nil }

type fixture struct {
	t       *testing.T
	service *Service
	now     time.Time
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	f.service = New(Options{Clock: func() time.Time { return f.now }, Auth: allowAll{}, Seed: 1})
	f.call("CreateQueue", `{"QueueName":"q"}`, "")
	return f
}

type answer struct {
	QueueURL   string `json:"QueueUrl"`
	QueueUrls  []string
	MD5        string `json:"MD5OfMessageBody"`
	Messages   []received
	Attributes map[string]string
	Type       string `json:"__type"`
}

// call makes one call on queue q and checks the error's name.
func (f *fixture) call(operation, body, wantError string) answer {
	f.t.Helper()
	body = strings.ReplaceAll(body, "$Q", `"QueueUrl":"http://h/111122223333/q"`)
	w := httptest.NewRecorder()
	f.service.Serve(w, &api.Call{
		Service: "sqs", Operation: operation, Region: "us-east-1", RequestID: "id", Body: []byte(body),
		HTTP: httptest.NewRequest("POST", "http://h/", nil), Caller: api.Caller{AccountID: "111122223333", UserID: "AIDA"},
	})
	var out answer
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	if got := strings.TrimPrefix(out.Type, namespace+"#"); got != wantError {
		f.t.Errorf("%s: %q, want %q: %s", operation, got, wantError, w.Body)
	}
	return out
}

func TestSendReceiveDelete(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if got := f.call("GetQueueUrl", `{"QueueName":"q"}`, "").QueueURL; got != "http://h/111122223333/q" {
		t.Error(got)
	}
	if got := f.call("SendMessage", `{$Q,"MessageBody":"hello"}`, "").MD5; got != "5d41402abc4b2a76b9719d911017c592" {
		t.Error(got)
	}
	first := f.call("ReceiveMessage", `{$Q,"AttributeNames":["All"]}`, "").Messages
	if len(first) != 1 || first[0].Body != "hello" || first[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Fatalf("received %+v", first)
	}
	if again := f.call("ReceiveMessage", `{$Q}`, "").Messages; len(again) != 0 {
		t.Error("a message in flight is visible")
	}
	f.now = f.now.Add(31 * time.Second)
	second := f.call("ReceiveMessage", `{$Q}`, "").Messages
	if len(second) != 1 {
		t.Fatal("the message did not come back after the visibility timeout")
	}
	f.call("DeleteMessage", `{$Q,"ReceiptHandle":"`+second[0].ReceiptHandle+`"}`, "")
	f.now = f.now.Add(time.Hour)
	if left := f.call("ReceiveMessage", `{$Q}`, "").Messages; len(left) != 0 {
		t.Error("a deleted message came back")
	}
	f.call("DeleteMessage", `{$Q,"ReceiptHandle":"x"}`, "ReceiptHandleIsInvalid")
	f.call("GetQueueUrl", `{"QueueName":"none"}`, "QueueDoesNotExist")
	f.call("CreateQueue", `{"QueueName":"q","Attributes":{"VisibilityTimeout":"7"}}`, "QueueNameExists")
	f.call("SetQueueAttributes", `{$Q,"Attributes":{"Nonsense":"7"}}`, "InvalidAttributeName")
	f.call("SendMessageBatch", `{$Q}`, "UnknownOperationException")
}

func TestEnqueueAsksTheQueuePolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const arn = "arn:aws:sqs:us-east-1:111122223333:q"
	letter := api.Letter{QueueARN: arn, Body: "b", SourceService: "sns.amazonaws.com", SourceARN: "arn:aws:sns:us-east-1:111122223333:t", SourceAccount: "111122223333"}
	if e := f.service.Enqueue(letter); e == nil || e.Code != "AccessDenied" {
		t.Errorf("sent without permission: %v", e)
	}
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + arn + `"}]}`
	text, _ := json.Marshal(doc)
	f.call("SetQueueAttributes", `{$Q,"Attributes":{"Policy":`+string(text)+`}}`, "")
	if e := f.service.Enqueue(letter); e != nil {
		t.Error(e)
	}
	if e := f.service.Enqueue(api.Letter{QueueARN: arn, Body: "c", Attributes: map[string]string{"k": "v"}}); e != nil {
		t.Error(e)
	}
	got := f.call("ReceiveMessage", `{$Q,"MaxNumberOfMessages":10,"MessageAttributeNames":["All"]}`, "").Messages
	if len(got) != 2 || got[1].MessageAttributes["k"].StringValue != "v" {
		t.Errorf("received %+v", got)
	}
}

func TestRedrive(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.call("CreateQueue", `{"QueueName":"dead"}`, "")
	f.call("SetQueueAttributes", `{$Q,"Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:111122223333:dead\",\"maxReceiveCount\":\"1\"}"}}`, "")
	f.call("SendMessage", `{$Q,"MessageBody":"m"}`, "")
	f.call("ReceiveMessage", `{$Q}`, "")
	f.now = f.now.Add(time.Minute)
	if got := f.call("ReceiveMessage", `{$Q}`, "").Messages; len(got) != 0 {
		t.Error("received more often than allowed")
	}
	if got := f.call("ReceiveMessage", `{"QueueUrl":"http://h/111122223333/dead"}`, "").Messages; len(got) != 1 {
		t.Error("the message is not in the dead-letter queue")
	}
}
