// Package lambda turns AWS events into engine calls: S3 notifications, SNS messages,
// the schedule and CloudFormation custom resources. It decodes, calls, logs one line
// for each thing it was asked to do, and decides whether AWS should deliver again.
//
// It holds no rule about accounts and roles, and reads nothing from the environment:
// New is handed the function's variables. The same handlers run in Lambda and in the
// local sandbox.
//
// Start reading at New.
package lambda
