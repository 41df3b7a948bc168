package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a policy document and checks it against the grammar of its kind
// (IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy
// element reference"). It returns everything it found at once, ordered by place.
//
// The document is nil only when there is no policy to speak of: no valid JSON, or
// something else than an object. With an error among the issues the document is
// what could be read, good for showing but not for deciding: see HasErrors.
//
// Parse does not check quotas; see Size.
func Parse(data []byte, kind Kind) (*Document, []Issue) {
	c := &checker{kind: kind, sids: map[string]bool{}}
	doc := c.parse(data)
	return doc, locate(data, c.issues)
}

// MustParse is for documents that are constants of a program or a test. It panics
// on any error in the document.
func MustParse(text string, kind Kind) *Document {
	doc, issues := Parse([]byte(text), kind)
	if HasErrors(issues) {
		panic(fmt.Sprintf("policy: %v in %s", issues, text))
	}
	return doc
}

// checker collects issues while it turns nodes into a document.
type checker struct {
	kind   Kind
	base   int // bytes before the JSON text: a byte order mark
	issues []Issue
	sids   map[string]bool
	// variables: the document has a version in which ${...} is replaced.
	variables bool
}

func (c *checker) errorf(offset int, advice, format string, args ...any) {
	c.issues = append(c.issues, Issue{Offset: c.base + offset, Message: fmt.Sprintf(format, args...), Advice: advice})
}

func (c *checker) warnf(offset int, advice, format string, args ...any) {
	c.errorf(offset, advice, format, args...)
	c.issues[len(c.issues)-1].Severity = Warning
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func (c *checker) parse(data []byte) *Document {
	if len(data) > maxDocument {
		c.errorf(0, "split the policy", "the document has %d bytes; IAM takes at most %d", len(data), maxDocument)
		return nil
	}
	if bytes.HasPrefix(data, byteOrderMark) {
		c.errorf(0, "save the file as UTF-8 without a byte order mark", "the document starts with a byte order mark")
		data, c.base = data[len(byteOrderMark):], len(byteOrderMark)
	}
	c.characters(data)
	if len(bytes.TrimSpace(data)) == 0 {
		c.errorf(0, "write a policy document: an object with Version and Statement", "the document is empty")
		return nil
	}
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		c.syntax(data, err)
		return nil
	}
	root, tooDeep := buildTree(data)
	for _, at := range tooDeep {
		c.errorf(at, "", "nested more than %d levels deep", maxDepth)
	}
	if root.kind != objectNode {
		c.errorf(root.offset, `write {"Version": "2012-10-17", "Statement": [...]}`,
			"a policy document is an object, not %s", root.kind)
		return nil
	}
	return c.document(root)
}

// characters reports what lies outside IAM's character set for policy documents,
// [\u0009\u000A\u000D\u0020-\u00FF]+; one issue for each run of such characters.
func (c *checker) characters(data []byte) {
	inRun := false
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		bad := r > 0xff || r < 0x20 && r != '\t' && r != '\n' && r != '\r'
		switch {
		case !bad || inRun:
		case r == utf8.RuneError && size == 1:
			c.errorf(at, "save the file as UTF-8", "byte 0x%02x is not valid UTF-8", data[at])
		default:
			c.errorf(at, "IAM takes tab, line feed, carriage return and U+0020 to U+00FF; typographic quotes and dashes are the usual cause",
				"character %U is not allowed in a policy document", r)
		}
		inRun = bad
		at += size
	}
}

func (c *checker) syntax(data []byte, err error) {
	at, advice := len(data), ""
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && int(syntax.Offset) <= len(data) {
		at = max(int(syntax.Offset)-1, 0)
	}
	if strings.Contains(err.Error(), "unexpected end") {
		at, advice = len(data), "a closing bracket, brace or quote is missing"
	} else if before := bytes.TrimRight(data[:at], " \t\r\n"); bytes.HasSuffix(before, []byte(",")) {
		advice = "remove the comma after the last entry"
	}
	c.errorf(at, advice, "not valid JSON: %v", err)
}

// eachMember calls visit for the members of an object, each key once; a repeated
// key is an error, as the grammar allows one instance of a key in an element.
func (c *checker) eachMember(n node, fold bool, visit func(member)) {
	seen := make(map[string]bool, len(n.members))
	for _, m := range n.members {
		key := m.key
		if fold {
			key = strings.ToLower(key)
		}
		if seen[key] {
			c.errorf(m.offset, "merge the two", "%q occurs twice in the same object", m.key)
			continue
		}
		seen[key] = true
		visit(m)
	}
}

var documentElements = []string{"Version", "Id", "Statement"}

func (c *checker) document(root node) *Document {
	doc := &Document{}
	var statement *node
	c.eachMember(root, false, func(m member) {
		switch m.key {
		case "Version":
			doc.Version = c.version(m.value)
		case "Id":
			doc.ID = c.text(m.value, "Id")
		case "Statement":
			statement = &m.value
		default:
			c.unknownElement(m, "document", documentElements)
		}
	})
	if !hasKey(root, "Version") {
		c.warnf(root.offset, `add "Version": "2012-10-17"`,
			"Version is missing, which means 2008-10-17: policy variables do not work")
	}
	c.variables = doc.Version == Version2012
	switch {
	case statement == nil:
		c.errorf(root.offset, "add a Statement element", "Statement is missing")
	case statement.kind == objectNode:
		doc.Statements = []Statement{c.statement(*statement)}
	case statement.kind == arrayNode:
		doc.Statements = c.statements(*statement)
	default:
		c.errorf(statement.offset, "", "Statement is an object or an array of objects, not %s", statement.kind)
	}
	return doc
}

func (c *checker) version(n node) string {
	version := c.text(n, "Version")
	switch {
	case n.kind != stringNode:
	case version == Version2008:
		c.warnf(n.offset, "use 2012-10-17", "with version 2008-10-17 policy variables do not work")
	case version != Version2012:
		c.errorf(n.offset, "use 2012-10-17: it is the version of the policy language, not a date of yours",
			"version %q does not exist", version)
	}
	return version
}

func (c *checker) statements(n node) []Statement {
	if len(n.items) == 0 {
		c.errorf(n.offset, "add a statement", "Statement has no statements")
	}
	var out []Statement
	for _, item := range n.items {
		if item.kind != objectNode {
			c.errorf(item.offset, "", "a statement is an object, not %s", item.kind)
			continue
		}
		out = append(out, c.statement(item))
	}
	return out
}

// text returns a string value, or reports that it is something else.
func (c *checker) text(n node, element string) string {
	if n.kind != stringNode {
		c.errorf(n.offset, "", "%s is a string, not %s", element, n.kind)
		return ""
	}
	return n.text
}

// list returns the strings of a value that is one string or an array of them.
func (c *checker) list(n node, element string, check func(offset int, value string)) []string {
	items := []node{n}
	if n.kind == arrayNode {
		items = n.items
		if len(items) == 0 {
			c.errorf(n.offset, "add a value or remove the element", "%s is empty", element)
		}
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		if item.kind != stringNode {
			c.errorf(item.offset, "", "%s is a string or an array of strings, not %s", element, item.kind)
			continue
		}
		check(item.offset, item.text)
		out = append(out, item.text)
	}
	return out
}

func (c *checker) unknownElement(m member, where string, known []string) {
	advice := didYouMean(m.key, known)
	if advice == "" {
		advice = "the elements are " + strings.Join(known, ", ")
	}
	c.errorf(m.offset, advice, "%q is not an element of a policy %s", m.key, where)
}

func hasKey(n node, key string) bool {
	for _, m := range n.members {
		if m.key == key {
			return true
		}
	}
	return false
}
