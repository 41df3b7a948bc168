// Package sqs is as much of the Simple Queue Service as dead-letter queues need:
// standard queues, sending, receiving with a visibility timeout and deleting, over
// the AWS JSON 1.0 protocol.
//
// FIFO queues, batches and message move tasks are refused. Encryption settings are
// kept but nothing is encrypted.
//
// Start reading at Service.
package sqs
