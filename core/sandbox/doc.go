// Package sandbox is a local AWS: one HTTP endpoint that stands for many accounts,
// told apart by the access key that signs a request. It speaks the wire protocols of
// STS, IAM, S3, SNS, SQS, DynamoDB, KMS, CloudFormation, Lambda's control plane and
// the sign-in federation endpoint well enough that the AWS SDK and the aws command
// cannot tell, authorises every call as IAM documents it, and deploys the same
// CloudFormation templates as a real installation.
//
// It is judged against AWS's documentation and knows nothing of the engine, the broker
// or the cloud package: functions' code is handed in by whoever starts it. It keeps
// everything in memory and is not for production data.
//
// Start reading at Start; the services are in internal/, one package each, behind
// internal/front, which verifies signatures.
package sandbox
