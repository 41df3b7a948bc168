package api

// AccessKey is one access key with what verifying a signature needs, and the
// principal it stands for.
type AccessKey struct {
	ID     string
	Secret string
	Token  string // the session token of temporary credentials, else empty
	Caller Caller
}

// Credentials finds access keys. It is called concurrently.
type Credentials interface {
	// AccessKey returns the key with this ID; false when there is none, when it
	// is inactive, or when the principal behind it is gone. An expired key is
	// still returned: its Caller.Session.Expires tells.
	AccessKey(id string) (AccessKey, bool)
}
