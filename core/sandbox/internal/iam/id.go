package iam

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

var base32ID = base32.StdEncoding.WithPadding(base32.NoPadding)

// newID makes a unique ID: the prefix that tells its type (IAM User Guide, "Unique
// identifiers") and 17 characters.
func newID(prefix string) string {
	return prefix + base32ID.EncodeToString(random(11))[:17]
}

// NewAccessKeyID makes an access key ID of 20 characters. Like AWS's, it carries the
// account: bits 7 to 46 of its first 48 are the account ID.
func NewAccessKeyID(prefix, accountID string) string {
	b := random(10)
	n, _ := strconv.ParseUint(accountID, 10, 64)
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], 1<<47|n<<7|uint64(b[5]&0x7f))
	copy(b, head[2:])
	return prefix + base32ID.EncodeToString(b)
}

// AccountOfKey reads the account ID out of an access key ID; empty when the ID is
// not one.
func AccountOfKey(accessKeyID string) string {
	if len(accessKeyID) != 20 {
		return ""
	}
	b, err := base32ID.DecodeString(accessKeyID[4:])
	if err != nil {
		return ""
	}
	n := binary.BigEndian.Uint64(append([]byte{0, 0}, b[:6]...)) &^ (1 << 47) >> 7
	s := strconv.FormatUint(n, 10)
	if len(s) > 12 {
		return ""
	}
	return "000000000000"[len(s):] + s
}

// NewSecretKey makes a secret access key of 40 characters.
func NewSecretKey() string { return base64.StdEncoding.EncodeToString(random(30)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return b
}
