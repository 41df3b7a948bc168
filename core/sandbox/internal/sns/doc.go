// Package sns is the sandbox's Simple Notification Service: topics with policies,
// subscriptions of Lambda functions and SQS queues, publishing and its batches,
// over the query protocol of API version 2010-03-31.
//
// It never sends anything outside the sandbox: HTTP, e-mail and SMS subscriptions
// are refused, and so are FIFO topics. Signatures of messages are random bytes.
//
// Start reading at Service; publish.go and deliver.go are what a message goes through.
package sns
