package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// same compares by JSON, for which empty and absent lists and maps are equal.
func same[T any](a, b T) bool { return bytes.Equal(encode(a), encode(b)) }

// digestOf is the hex SHA-256 of a value's JSON.
func digestOf(v any) string {
	sum := sha256.Sum256(encode(v))
	return hex.EncodeToString(sum[:])
}

// encode marshals values made of strings, numbers, lists and maps of these, which
// cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("engine: encoding a record: " + err.Error())
	}
	return b
}
