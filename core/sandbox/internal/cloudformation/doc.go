// Package cloudformation is the sandbox's CloudFormation: stacks, change sets and
// custom resources over the query protocol of API version 2010-05-15.
//
// It holds no resources of its own. What a template declares is created through
// Backend by calling the sandbox's other services with the identity of whoever
// called CloudFormation, as AWS does for a stack without a service role: every
// creation is authorised by the caller's own policies. Log groups and schedule
// rules, which no other service of the sandbox keeps, are records of the stack.
//
// It never ignores what it does not know: intrinsic functions, resource types and
// properties outside the supported set are refused by name. Service roles, nested
// stacks, transforms, stack sets, imports and drift detection are not offered. The
// tags aws:cloudformation:* are not put on resources.
//
// Start reading at Service. An API call runs through actions.go, or changeset.go,
// into deployment.go, updating.go or teardown.go; template.go, intrinsics.go and
// graph.go are the language; registry.go lists the resource types.
package cloudformation
