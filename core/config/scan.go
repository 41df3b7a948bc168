package config

import (
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// The scanner is go-yaml's: its tokens carry exact positions and the source text of
// scalars, which account IDs need. The tree is built in tree.go and not by go-yaml's
// parser, because that parser recurses once per sibling and copies all of them each
// time: a file of a few megabytes takes it minutes, or the whole stack.

// Limits of what is read. Configurations need a few levels and a few thousand
// tokens; more is a mistake or an attack.
const (
	maxDepth  = 32
	maxTokens = 1_500_000
)

// lexeme is what the tree builder needs of a token.
type lexeme struct {
	kind   token.Type
	at     position
	text   string // of scalars: the value with quotes and escapes resolved
	broken bool   // a plain scalar that spans lines
}

// scan splits text into tokens without comments. The error is a *problem.
func scan(text string) (lexemes []lexeme, err error) {
	last := position{1, 1}
	defer func() {
		if cause := recover(); cause != nil { // the scanner's code is not ours
			err = &problem{last, "this is not YAML that can be read", "look for unusual characters or indentation here"}
		}
	}()
	var s scanner.Scanner
	s.Init(text)
	open := 0
	for {
		batch, err := s.Scan()
		if err == io.EOF {
			return lexemes, nil
		}
		for _, t := range batch {
			last = position{t.Position.Line, max(t.Position.Column, 1)}
			switch t.Type {
			case token.CommentType:
				continue
			case token.InvalidType:
				return nil, invalidToken(text, t)
			case token.MappingStartType, token.SequenceStartType:
				open++
			case token.MappingEndType, token.SequenceEndType:
				open--
			}
			if open > maxDepth {
				return nil, tooDeep(last)
			}
			if len(lexemes) == maxTokens {
				return nil, &problem{last, fmt.Sprintf("the file has more than %d words", maxTokens), "split it into several files"}
			}
			lexemes = append(lexemes, lexeme{
				kind: t.Type, at: last, text: t.Value,
				broken: t.Type == token.StringType && strings.ContainsRune(strings.TrimSpace(t.Origin), '\n'),
			})
		}
		if err != nil {
			return nil, &problem{last, "this is not YAML that can be read", ""}
		}
	}
}

func tooDeep(at position) *problem {
	return &problem{at, fmt.Sprintf("nested more than %d levels deep", maxDepth), "an entry needs four"}
}

func invalidToken(text string, t *token.Token) *problem {
	at := position{t.Position.Line, max(t.Position.Column, 1)}
	if tab, found := tabIndent(text, at.line, at.line); found {
		return tabProblem(tab)
	}
	message := strings.TrimSpace(t.Error)
	advice := ""
	switch {
	case strings.Contains(message, "end character"):
		message, advice = "a quotation mark opens here and is never closed", "close it, or remove it"
	case strings.Contains(message, "reserved character"):
		message, advice = fmt.Sprintf("a value cannot start with %s", strings.TrimSpace(t.Value)), "put the value in quotes"
	case strings.Contains(message, "escape"):
		message, advice = "unknown escape sequence in a double-quoted value", `write \\ for a backslash, or use single quotes`
	default:
		message = "this is not YAML: " + message
	}
	return &problem{at, message, advice}
}

func tabProblem(at position) *problem {
	return &problem{at, "a tab indents this line", "YAML indents with spaces only: replace the tab"}
}
