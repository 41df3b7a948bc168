package policy

import "unicode/utf8"

// A pattern holds * (any number of characters, none included) and ? (exactly one).
// The two bytes below stand for a literal * and ? that a policy variable brought
// in. Neither can occur in UTF-8, so no document can write them.
const (
	literalStar     = 0xfe
	literalQuestion = 0xff
)

// match reports whether s matches the pattern, case-sensitively. The * crosses
// every character, ':' and '/' included.
func match(pattern, s string) bool { return wildcard(pattern, s, false) }

// matchFold is match without regard to the case of ASCII letters, for action names.
func matchFold(pattern, s string) bool { return wildcard(pattern, s, true) }

// wildcard matches greedily and, on a mismatch, goes back to the last * only: the
// time is bounded by the product of the two lengths, whatever the pattern.
func wildcard(pattern, s string, fold bool) bool {
	p, i := 0, 0
	star, resume := -1, 0 // the last *, and where its match may grow
	for i < len(s) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == '*':
				star, resume = p, i
				p++
				continue
			case c == '?':
				_, size := utf8.DecodeRuneInString(s[i:])
				p, i = p+1, i+size
				continue
			case equalByte(c, s[i], fold):
				p, i = p+1, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[resume:])
		resume += size
		p, i = star+1, resume
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func equalByte(pattern, b byte, fold bool) bool {
	switch pattern {
	case literalStar:
		return b == '*'
	case literalQuestion:
		return b == '?'
	case b:
		return true
	}
	return fold && lowerByte(pattern) == lowerByte(b)
}

func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
