package core

import (
	"encoding/json"
	"log/slog"
	"time"
)

const redacted = "[redacted]"

// Secret is a string that no encoder shows: printing, formatting, logging and
// marshalling give "[redacted]". Reveal is the only way to its value. The zero value
// is the empty secret.
//
// The value stands behind a pointer because fmt prints the unexported fields of a
// surrounding struct without asking their methods: it then shows an address.
type Secret struct{ value *string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value. Callers write it to where a user asked for it, and
// nowhere else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer, which %#v uses.
func (Secret) GoString() string { return redacted }

// MarshalText implements encoding.TextMarshaler, which JSON, XML and YAML use.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON implements json.Marshaler.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Credentials are temporary AWS credentials.
type Credentials struct {
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey Secret    `json:"secret_access_key"`
	SessionToken    Secret    `json:"session_token"`
	Expires         time.Time `json:"expires"`
}
