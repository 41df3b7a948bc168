// Package s3 is the sandbox's Simple Storage Service: buckets, versioned objects,
// multipart uploads, bucket policies, block public access, SSE-KMS and event
// notifications, over the REST XML protocol of API version 2006-03-01.
//
// It keeps everything in memory and never encrypts anything: what SSE-KMS asks of
// the caller and of the key is checked, the bytes stay as they are. Signatures,
// aws-chunked bodies and clocks are the business of the HTTP front.
//
// Start reading at Service, then route.go for which function answers what.
package s3
