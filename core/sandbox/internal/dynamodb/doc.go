// Package dynamodb is the sandbox's Amazon DynamoDB: tables with secondary
// indexes, items, expressions, batches and transactions, spoken in the service's
// JSON 1.0 protocol and kept in memory for every account and region.
//
// It follows the DynamoDB API Reference and Developer Guide, error texts included.
// It never injects faults, never expires items by their time to live, and has no
// streams, backups to restore, global tables or PartiQL; such operations answer
// UnknownOperationException, and parameters of that kind a ValidationException.
//
// Start reading at Service, then items.go (one item), query.go (many items),
// parser.go and condition.go (expressions), and table.go (storage).
package dynamodb
