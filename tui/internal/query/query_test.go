package query_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/tui/internal/query"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []query.Term
	}{
		{"", nil},
		{"  \t ", nil},
		{"Prod", []query.Term{{Text: "prod"}}},
		{"prod  !failed", []query.Term{{Text: "prod"}, {Text: "failed", Negate: true}}},
		{`"two words" x`, []query.Term{{Text: "two words"}, {Text: "x"}}},
		{`!"two words"x`, []query.Term{{Text: "two words", Negate: true}, {Text: "x"}}},
		{`"open end`, []query.Term{{Text: "open end"}}},
		{"!", nil},
		{"! a", []query.Term{{Text: "a"}}},
		{"!!a", []query.Term{{Text: "!a", Negate: true}}},
		{`""`, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, query.Parse(tt.text).Terms); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	fields := []string{"payments-prod", "111122223333", "production", "devops"}
	tests := []struct {
		text string
		want bool
	}{
		{"", true}, {"pay", true}, {"PAY 2222", true}, {"pay nothing", false},
		{"!stag", true}, {"!prod", false}, {"pay !stag", true}, {"pay !devops", false},
		{"prod111", false}, // a term does not reach over two fields
	}
	for _, tt := range tests {
		if got := query.Parse(tt.text).Match(fields...); got != tt.want {
			t.Errorf("%q matches: %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, in string
		want     []query.Span
	}{
		{"pay", "Payments", []query.Span{{0, 3}}},
		{"aa", "aaaa", []query.Span{{0, 4}}},
		{"ment pay", "payments", []query.Span{{0, 7}}},
		{"!pay", "payments", nil},
		{"ü", "Müller", []query.Span{{1, 3}}},
		{"x", "payments", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, query.Parse(tt.text).Spans(tt.in)); diff != "" {
			t.Errorf("Spans of %q in %q (-want +got):\n%s", tt.text, tt.in, diff)
		}
	}
}

// TestSpansAreParts of the text: in order, apart, never inside a character, and each
// found by the query.
func TestSpansAreParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := query.Parse(rapid.StringOf(rapid.RuneFrom([]rune(`aAbéß !"İ`))).Draw(t, "query"))
		text := rapid.StringOf(rapid.RuneFrom([]rune(`aAbBéÉßİ `))).Draw(t, "text")
		last := -1
		for _, s := range q.Spans(text) {
			if s.From <= last || s.To <= s.From || s.To > len(text) {
				t.Fatalf("spans %v of %q", q.Spans(text), text)
			}
			if !utf8.ValidString(text[s.From:s.To]) {
				t.Fatalf("a span cuts a character: %q of %q", text[s.From:s.To], text)
			}
			last = s.To
		}
		if len(q.Terms) == 1 && !q.Terms[0].Negate && len(query.Fold(text)) == len(text) {
			if found := q.Match(query.Fold(text)); found != (len(q.Spans(text)) > 0) {
				t.Fatalf("%q in %q: match %v, spans %v", q.Terms[0].Text, text, found, q.Spans(text))
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	fields := []string{strings.Repeat("payments-", 3), "111122223333", "payments@example.com", "production", "active"}
	q := query.Parse("pay prod !failed")
	for b.Loop() {
		q.Match(fields...)
	}
}
