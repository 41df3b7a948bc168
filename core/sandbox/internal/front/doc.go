// Package front is the HTTP entry of the local AWS sandbox. It turns a request into
// an api.Call: it reads the body, verifies AWS Signature Version 4 (in headers, in
// the query string, and of aws-chunked streams), finds out who signed, decodes the
// protocol as far as the operation's name, and hands the call to the service named
// in the credential scope.
//
// It never authorises: that is each service's work, with api.Authorizer. It holds no
// state beside its options.
//
// Start reading at New and Front.ServeHTTP; the rules of the signature are in
// signature.go, their source is the IAM User Guide, "AWS Signature Version 4 for API
// requests", and the S3 API Reference, "Authenticating Requests".
package front
