package api

import "strings"

// Publication is a message that an AWS service publishes to an SNS topic.
type Publication struct {
	TopicARN   string
	Subject    string
	Message    string
	Attributes map[string]string // string message attributes
	// SourceService (s3.amazonaws.com) is checked against the topic's policy, with
	// SourceARN and SourceAccount. Empty means the sender was authorised already.
	SourceService string
	SourceARN     string
	SourceAccount string
}

// Publisher publishes to a topic on behalf of a service; the topic's policy is
// checked first, as AWS does. It never blocks on a subscriber.
type Publisher interface {
	PublishAs(Publication) *Error
}

// InvocationChecker is what an Invoker may implement beside InvokeAsync: it says
// whether an invocation would be let in, without queueing one.
type InvocationChecker interface {
	CheckInvoke(Invocation) *Error
}

// Letter is a message that a service puts into an SQS queue.
type Letter struct {
	QueueARN string
	Body     string
	// Attributes are string message attributes.
	Attributes map[string]string
	// SourceService is checked against the queue's policy, with SourceARN and
	// SourceAccount. Empty means the sender was authorised already.
	SourceService string
	SourceARN     string
	SourceAccount string
}

// Queues puts letters into SQS queues. It never blocks on a reader.
type Queues interface {
	Enqueue(Letter) *Error
}

// PartitionOf is the ARN partition of a region: aws, aws-cn or aws-us-gov.
func PartitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
