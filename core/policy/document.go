package policy

// The two versions of the policy language. Without a Version element a document
// has Version2008, in which policy variables are plain text.
const (
	Version2012 = "2012-10-17"
	Version2008 = "2008-10-17"
)

// Document is a parsed policy. The element names are those of the IAM JSON policy
// grammar (IAM User Guide, "Grammar of the IAM JSON policy language"). Treat a
// Document as immutable once it is shared: every function of this package only
// reads it, so that any number of goroutines may use one.
type Document struct {
	Version    string // as written; empty means Version2008
	ID         string
	Statements []Statement
}

// Effect is Allow or Deny.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Statement is one statement. A nil slice means the element is absent; exactly
// one of Action and NotAction is present in a valid statement.
type Statement struct {
	Sid          string
	Effect       Effect
	Principal    *Principals
	NotPrincipal *Principals
	Action       []string
	NotAction    []string
	Resource     []string
	NotResource  []string
	Conditions   []Condition
}

// Principals is the value of Principal or NotPrincipal. Any is the bare "*".
type Principals struct {
	Any           bool
	AWS           []string // "*", account IDs, ARNs, unique IDs
	Service       []string
	Federated     []string
	CanonicalUser []string
}

// Condition is one operator with one key: {"StringEquals": {"aws:x": ["a","b"]}}.
// A statement applies when all its conditions hold.
type Condition struct {
	Operator string // as written, with ForAllValues:/ForAnyValue: and IfExists
	Key      string
	Values   []string
}
