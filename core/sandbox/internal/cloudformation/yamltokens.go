package cloudformation

import (
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// joinColons joins plain scalars that the lexer has split at a colon. In YAML a
// colon ends a plain key only before white space, a comma or a bracket: inside
// {Action: [iam:GetRole, !Ref AWS::Region]} the words are whole.
func joinColons(in token.Tokens) token.Tokens {
	var out token.Tokens
	for i := 0; i < len(in); i++ {
		t := in[i]
		for i+2 < len(in) && isPlain(t) && in[i+1].Type == token.MappingValueType && isPlain(in[i+2]) &&
			adjacent(t, in[i+1]) && adjacent(in[i+1], in[i+2]) {
			joined := *t
			joined.Type = token.StringType
			joined.Value = t.Value + in[i+1].Value + in[i+2].Value
			joined.Origin = t.Origin + in[i+1].Origin + in[i+2].Origin
			t = &joined
			i += 2
		}
		out.Add(splitKey(t, in[i])...)
	}
	return out
}

// splitKey undoes the other half of the lexer's mistake: {aws:SourceAccount: x} it
// takes for the key aws and the text "SourceAccount: x". original is t unless t was
// joined.
func splitKey(t, original *token.Token) token.Tokens {
	key, value, found := strings.Cut(t.Value+" ", ": ")
	if t == original || !found {
		return token.Tokens{t}
	}
	out := token.Tokens{token.String(key, key, t.Position), token.MappingValue(t.Position)}
	if value = strings.TrimSpace(value); value != "" {
		out = append(out, lexer.Tokenize(value)...)
	}
	return out
}

func isPlain(t *token.Token) bool {
	switch t.Type {
	case token.StringType, token.IntegerType, token.FloatType, token.BoolType, token.NullType:
		return true
	}
	return false
}

// adjacent reports whether no white space is between two tokens in the text.
func adjacent(a, b *token.Token) bool {
	return strings.TrimRight(a.Origin, blank) == a.Origin && strings.TrimLeft(b.Origin, blank) == b.Origin
}

const blank = " \t\r\n"
