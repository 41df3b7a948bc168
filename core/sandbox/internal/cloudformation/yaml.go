package cloudformation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxDepth bounds the nesting of a template.
const maxDepth = 100

// parseDocument reads a template's text, JSON or YAML, into values.
func parseDocument(body string) (any, *api.Error) {
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		if v, err := parseJSON(body); err == nil {
			return v, nil
		} else if !looksLikeFlowYAML(body) {
			return nil, templateError("JSON not well-formed. %s", jsonPosition(body, err))
		}
	}
	return parseYAML(body)
}

// looksLikeFlowYAML tells YAML's flow style, which also starts with a brace, by its tags.
func looksLikeFlowYAML(body string) bool { return strings.Contains(body, "!") }

func parseJSON(body string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text after the end")
	}
	return v, nil
}

// jsonPosition is "(line L, column C)" of a syntax error.
func jsonPosition(body string, err error) string {
	offset := len(body)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = min(int(syntax.Offset), len(body))
	}
	before := body[:offset]
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("(line %d, column %d)", line, offset-strings.LastIndex(before, "\n")-1)
}

func parseYAML(body string) (v any, apiErr *api.Error) {
	// The parser is not ours; a template that makes it panic is malformed too.
	defer func() {
		if recover() != nil {
			v, apiErr = nil, templateError("YAML not well-formed.")
		}
	}()
	file, err := parser.Parse(joinColons(lexer.Tokenize(body)), 0)
	if err != nil {
		return nil, templateError("YAML not well-formed. %s", yamlPosition(err))
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, templateError("unsupported structure.")
	}
	return readNode(file.Docs[0].Body, 0)
}

func yamlPosition(err error) string {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil && e.GetToken().Position != nil {
		p := e.GetToken().Position
		return fmt.Sprintf("(line %d, column %d)", p.Line, p.Column)
	}
	return ""
}

// readNode turns the nodes of one document into values.
func readNode(n ast.Node, depth int) (any, *api.Error) {
	if depth > maxDepth {
		return nil, templateError("the template is nested too deeply.")
	}
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil, nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return number(n.GetToken().Value), nil
	case *ast.SequenceNode:
		out := make([]any, 0, len(n.Values))
		for _, item := range n.Values {
			v, err := readNode(item, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case *ast.MappingNode:
		return readMapping(n.Values, depth)
	case *ast.MappingValueNode:
		return readMapping([]*ast.MappingValueNode{n}, depth)
	case *ast.TagNode:
		return readTag(n, depth)
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return nil, templateError("YAML aliases are not allowed in CloudFormation templates")
	}
	return nil, templateError("unsupported structure.")
}

func readMapping(values []*ast.MappingValueNode, depth int) (any, *api.Error) {
	out := make(map[string]any, len(values))
	for _, kv := range values {
		key, err := mapKey(kv.Key)
		if err != nil {
			return nil, err
		}
		if _, twice := out[key]; twice {
			return nil, templateError("YAML not well-formed. duplicate key %s", key)
		}
		v, err := readNode(kv.Value, depth+1)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// mapKey is a key as it is spelled: 012345670123 and true are strings there.
func mapKey(n ast.MapKeyNode) (string, *api.Error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.MappingKeyNode:
		if s, ok := n.Value.(*ast.StringNode); ok {
			return s.Value, nil
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return n.GetToken().Value, nil
	case *ast.MergeKeyNode:
		return "", templateError("YAML aliases are not allowed in CloudFormation templates")
	}
	return "", templateError("unsupported structure.")
}

// number keeps the spelling. What JSON would not call a number (a leading zero, an
// underscore, hexadecimal) is a string.
func number(text string) any {
	var n json.Number
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	if dec.Decode(&n) == nil && n.String() == text {
		return n
	}
	return text
}

// readTag reads a short form: !Ref x is {"Ref": x}, !GetAtt a.b is
// {"Fn::GetAtt": [a, b]}, any other !F is {"Fn::F": ...}.
func readTag(n *ast.TagNode, depth int) (any, *api.Error) {
	tag := n.Start.Value
	if strings.HasPrefix(tag, "!!") {
		return readCoreTag(tag, n.Value, depth)
	}
	v, err := readNode(n.Value, depth+1)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(tag, "!")
	switch name {
	case "":
		return nil, templateError("YAML not well-formed.")
	case "Ref", "Condition":
		return map[string]any{name: v}, nil
	case "GetAtt":
		if s, ok := v.(string); ok {
			id, attribute, found := strings.Cut(s, ".")
			if !found {
				return nil, templateFault("Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
			}
			v = []any{id, attribute}
		}
	}
	return map[string]any{"Fn::" + name: v}, nil
}

// readCoreTag reads YAML's own tags; only !!str changes anything here.
func readCoreTag(tag string, n ast.Node, depth int) (any, *api.Error) {
	v, err := readNode(n, depth+1)
	if err != nil || tag != "!!str" {
		return v, err
	}
	s, ok := scalarText(v)
	if !ok {
		return nil, templateError("YAML not well-formed.")
	}
	return s, nil
}

// templateError is an error in a template's form.
func templateError(format string, args ...any) *api.Error {
	return invalid("Template format error: "+format, args...)
}

// templateFault is an error in a template's content.
func templateFault(format string, args ...any) *api.Error {
	return invalid("Template error: "+format, args...)
}

func invalid(format string, args ...any) *api.Error {
	return api.Errorf(400, "ValidationError", format, args...)
}
