package cloudformation

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// newUUID makes a random UUID of version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// newToken makes an unguessable token of 64 hexadecimal digits.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

const nameSuffix = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// physicalName makes the name of a resource the template does not name: stack name,
// logical ID and a random suffix, cut to limit characters.
func physicalName(stack, logicalID string, limit int) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = nameSuffix[int(b[i])%len(nameSuffix)]
	}
	room := limit - len(b) - 2
	if len(stack)+len(logicalID) > room {
		logicalID = logicalID[:min(len(logicalID), max(room/2, room-len(stack)))]
		stack = stack[:min(len(stack), room-len(logicalID))]
	}
	return strings.Trim(stack, "-") + "-" + logicalID + "-" + string(b[:])
}
