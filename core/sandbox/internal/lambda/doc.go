// Package lambda is the sandbox's Lambda: functions with their configuration,
// resource policy and concurrency, synchronous and asynchronous invocation with
// retries, dead-letter queues and destinations, over the REST JSON protocol.
//
// It runs no uploaded code: a function's code is the Runner that the sandbox's
// user gives, called in process with the environment the function would have.
// Versions, aliases, layers, container images, function URLs and event source
// mappings are refused.
//
// Start reading at Service; invoke.go is one run of a function, queue.go what
// happens to asynchronous events.
package lambda
