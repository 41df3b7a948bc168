package dynamodb

import (
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// tokenKind is the class of a token; punctuation has its own text as its kind.
type tokenKind string

const (
	tokenEnd    tokenKind = "<EOF>"
	tokenIdent  tokenKind = "identifier"
	tokenName   tokenKind = "#name"
	tokenValue  tokenKind = ":value"
	tokenNumber tokenKind = "number"
)

// token is a piece of an expression and where it stands in the text.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// is reports whether the token is the keyword, in any case.
func (t token) is(keyword string) bool {
	return t.kind == tokenIdent && strings.EqualFold(t.text, keyword)
}

// tokenize splits an expression into tokens and ends them with tokenEnd.
func tokenize(text string) ([]token, *api.Error) {
	var tokens []token
	for i := 0; i < len(text); {
		if strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			i++
			continue
		}
		kind, width := nextToken(text[i:])
		if width == 0 {
			return nil, syntaxError(text, append(tokens, token{start: i, end: i + 1, text: text[i : i+1]}), len(tokens))
		}
		tokens = append(tokens, token{kind, text[i : i+width], i, i + width})
		i += width
	}
	return append(tokens, token{kind: tokenEnd, text: string(tokenEnd), start: len(text), end: len(text)}), nil
}

// nextToken measures the token at the start of text; width 0 means there is none.
func nextToken(text string) (kind tokenKind, width int) {
	switch c := text[0]; {
	case c == '#' || c == ':':
		width = 1 + wordLen(text[1:])
		if width == 1 {
			return "", 0
		}
		if c == '#' {
			return tokenName, width
		}
		return tokenValue, width
	case c >= '0' && c <= '9':
		for width < len(text) && text[width] >= '0' && text[width] <= '9' {
			width++
		}
		return tokenNumber, width
	case isWord(c):
		return tokenIdent, wordLen(text)
	}
	for _, p := range []string{"<>", "<=", ">=", "<", ">", "=", "(", ")", "[", "]", ".", ",", "+", "-"} {
		if strings.HasPrefix(text, p) {
			return tokenKind(p), len(p)
		}
	}
	return "", 0
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func wordLen(text string) int {
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	return n
}

// syntaxError names the token at position at and its neighbourhood in the text.
func syntaxError(text string, tokens []token, at int) *api.Error {
	from, to := max(at-1, 0), min(at+1, len(tokens)-1)
	return invalid("Syntax error; token: %q, near: %q", tokens[at].text, text[tokens[from].start:tokens[to].end])
}
