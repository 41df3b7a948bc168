// Package core holds the nouns of Cross-Account Manager: accounts, roles,
// assignments, configuration, their statuses, the one error type, the secret type,
// and the ports through which the engine and the broker reach the outside.
//
// It is pure. It never talks to AWS, reads files or the environment, and imports no
// other package of this module.
//
// Start reading at Account, Role and Assignment, then Configuration (what the files
// say) and the records (what DynamoDB says).
package core
