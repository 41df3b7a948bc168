// Package query is the language of every filter: words that must all be found, words
// with a ! that must not, and "quoted words" with spaces. Case does not matter.
//
// It only compares text. Which fields of a row are searched is the business of whoever
// has rows.
//
// Start reading at Parse.
package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Term is one word of a query.
type Term struct {
	Text   string // folded
	Negate bool   // must not be found
}

// Query is all its terms together: a row matches if every term does. The zero value
// matches everything.
type Query struct{ Terms []Term }

// Parse reads a query; every text is one. A quote that is not closed reaches to the
// end, and a lone ! is nothing yet, so that a query is useful while it is typed.
func Parse(text string) Query {
	var q Query
	for text = strings.TrimLeftFunc(text, unicode.IsSpace); text != ""; text = strings.TrimLeftFunc(text, unicode.IsSpace) {
		var term Term
		if rest, negated := strings.CutPrefix(text, "!"); negated {
			term.Negate, text = true, rest
		}
		if rest, quoted := strings.CutPrefix(text, `"`); quoted {
			term.Text, text, _ = strings.Cut(rest, `"`)
		} else {
			end := strings.IndexFunc(text, unicode.IsSpace)
			if end < 0 {
				end = len(text)
			}
			term.Text, text = text[:end], text[end:]
		}
		if term.Text = Fold(term.Text); term.Text != "" {
			q.Terms = append(q.Terms, term)
		}
	}
	return q
}

// Empty reports whether everything matches.
func (q Query) Empty() bool { return len(q.Terms) == 0 }

// Fold is text as it is compared.
func Fold(s string) string { return strings.ToLower(s) }

// Match reports whether every term is found in one of the fields, or in none if it is
// negated. The fields are folded already.
func (q Query) Match(folded ...string) bool {
	for _, t := range q.Terms {
		if t.in(folded) == t.Negate {
			return false
		}
	}
	return true
}

func (t Term) in(fields []string) bool {
	for _, f := range fields {
		if strings.Contains(f, t.Text) {
			return true
		}
	}
	return false
}

// Span is a part of a text, in bytes.
type Span struct{ From, To int }

// Spans lists where the terms that are wanted stand in a text, in order and without
// overlaps: what a view highlights.
func (q Query) Spans(text string) []Span {
	var marked []bool
	folded := Fold(text)
	if len(folded) != len(text) {
		return nil // folding moved the bytes; rare, and a highlight is a convenience
	}
	for _, t := range q.Terms {
		if t.Negate {
			continue
		}
		for at := 0; ; {
			i := strings.Index(folded[at:], t.Text)
			if i < 0 {
				break
			}
			if marked == nil {
				marked = make([]bool, len(text)+1)
			}
			for j := at + i; j < at+i+len(t.Text); j++ {
				marked[j] = true
			}
			_, size := utf8.DecodeRuneInString(folded[at+i:])
			at += i + size
		}
	}
	return spans(marked)
}

func spans(marked []bool) []Span {
	var out []Span
	for i := 0; i < len(marked); i++ {
		if !marked[i] {
			continue
		}
		from := i
		for marked[i] {
			i++
		}
		out = append(out, Span{from, i})
	}
	return out
}
