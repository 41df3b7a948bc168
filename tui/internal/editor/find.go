package editor

import (
	"unicode"
	"unicode/utf8"
)

// match is a stretch of a line that was found, in bytes. The zero value is none.
type match struct{ row, from, to int }

// Find moves the cursor to a text in a line, whatever its case, and highlights it until
// the cursor moves. It looks from the cursor on, a match at the cursor included unless
// next is true, and wraps to the beginning. It reports whether there is one; empty text
// is never found.
func (e *Editor) Find(text string, next bool) bool {
	if text == "" {
		return false
	}
	wanted := newNeedle(text)
	start := e.cursor.off
	if line := e.line(); next && start < len(line) {
		start += nextCluster(line[start:]).bytes
	} else if next {
		start++ // past the end
	}
	rows := len(e.text.lines)
	for i := range rows + 1 {
		row, skip := (e.cursor.row+i)%rows, 0
		line := e.text.body(row)
		if i == 0 {
			skip = min(start, len(line))
		}
		if from, to, ok := wanted.in(line[skip:]); ok {
			e.moveTo(position{row, skip + from})
			e.match = match{row, skip + from, skip + to}
			return true
		}
	}
	return false
}

// needle is folded text to be found. If its first rune is one byte in each case, which is
// usual, candidates are found byte by byte.
type needle struct {
	runes        []rune
	lower, upper byte // 0 for a first rune that has more forms
}

func newNeedle(text string) needle {
	var n needle
	for _, r := range text {
		n.runes = append(n.runes, fold(r))
	}
	if len(n.runes) > 0 && n.runes[0] < utf8.RuneSelf && n.runes[0] != 'k' && n.runes[0] != 's' {
		n.lower, n.upper = byte(n.runes[0]), byte(unicode.ToUpper(n.runes[0]))
	}
	return n
}

// in finds the needle in a line.
func (n *needle) in(line string) (from, to int, ok bool) {
	for i := n.candidate(line, 0); i < len(line); {
		if length, ok := prefixFold(line[i:], n.runes); ok {
			return i, i + length, true
		}
		_, size := utf8.DecodeRuneInString(line[i:])
		i = n.candidate(line, i+size)
	}
	return 0, 0, false
}

// candidate is where the first rune is found from an offset on, else the line's length.
func (n *needle) candidate(line string, from int) int {
	if n.lower != 0 {
		for from < len(line) && line[from] != n.lower && line[from] != n.upper {
			from++
		}
		return from
	}
	for i, r := range line[from:] {
		if fold(r) == n.runes[0] {
			return from + i
		}
	}
	return len(line)
}

// prefixFold is the length of the folded runes at the beginning of s.
func prefixFold(s string, runes []rune) (length int, ok bool) {
	for _, want := range runes {
		r, n := utf8.DecodeRuneInString(s[length:])
		if n == 0 || fold(r) != want {
			return 0, false
		}
		length += n
	}
	return length, true
}

// fold is one rune for all that differ only in case.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return foldWide(r)
}

func foldWide(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}
