package cloudformation

import (
	"unicode/utf8"

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
		out.Add(t)
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

// adjacent reports whether b begins where a ends.
func adjacent(a, b *token.Token) bool {
	return a.Position != nil && b.Position != nil && a.Position.Line == b.Position.Line &&
		a.Position.Column+utf8.RuneCountInString(a.Value) == b.Position.Column
}
