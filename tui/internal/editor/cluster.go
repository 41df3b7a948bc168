package editor

import (
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxCluster bounds a character in bytes. The longest emoji sequences need 41; text with
// longer ones stacks marks to do harm.
const maxCluster = 64

// substitute stands for a character that must not be drawn, or would not be seen.
const substitute = "·"

// cluster is what a reader takes for one character (Unicode Standard Annex #29, extended
// grapheme cluster), as it is drawn.
type cluster struct {
	glyph string // never a control character; never empty
	bytes int    // its length in the text, at least 1
	width int    // of the glyph in cells, at least 1
	odd   bool   // the glyph is a substitute
}

// nextCluster is the first cluster of s, which is not empty. It depends on s only, and on
// no more than its first maxCluster bytes and one.
func nextCluster(s string) cluster {
	b := s[0]
	if ascii := len(s) == 1 || s[1] < utf8.RuneSelf; ascii && b >= ' ' && b < 0x7f {
		return cluster{glyph: s[:1], bytes: 1, width: 1}
	}
	switch {
	case b == '\t':
		return odd("→ ", 1)
	case b < ' ':
		return odd(string('\u2400'+rune(b)), 1) // Unicode's control pictures
	case b == 0x7f:
		return odd("␡", 1)
	}
	if r, n := utf8.DecodeRuneInString(s); r == utf8.RuneError && n == 1 {
		return odd("\ufffd", 1)
	}
	glyph, width := ansi.FirstGraphemeCluster(s[:min(len(s), maxCluster)], ansi.GraphemeWidth)
	if len(glyph) == maxCluster || !utf8.ValidString(glyph) {
		return odd(substitute, wholeRunes(glyph))
	}
	if width < 1 || !visible(glyph) {
		return odd(substitute, len(glyph))
	}
	return cluster{glyph: glyph, bytes: len(glyph), width: width}
}

func odd(glyph string, bytes int) cluster {
	return cluster{glyph: glyph, bytes: bytes, width: ansi.StringWidth(glyph), odd: true}
}

// wholeRunes is how many bytes at the beginning of s make up valid runes, at least 1.
func wholeRunes(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return max(n, 1)
}

// visible reports whether a cluster shows all it holds: no control, no mark that reorders
// or hides text, no space that only looks like one.
func visible(glyph string) bool {
	for i, r := range glyph {
		joiner := r == '\u200c' || r == '\u200d'
		switch {
		case i == 0 && unicode.Is(unicode.M, r):
			return false // would join whatever is drawn before it
		case joiner:
		case !unicode.IsGraphic(r), r != ' ' && unicode.IsSpace(r):
			return false
		}
	}
	return true
}
