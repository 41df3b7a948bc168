package policy

import (
	"bytes"
	"encoding/json"
	"unicode/utf16"
)

// JSON returns the document as compact JSON with the elements in the grammar's
// order, a list of one value as that value. The same document always gives the same
// bytes, and Parse turns them back into an equal document. Characters outside IAM's
// character set are written as \u escapes. Conditions of one operator are grouped
// where the operator first occurs.
func (d *Document) JSON() []byte {
	var w encoder
	w.object(func() {
		w.optional("Version", d.Version)
		w.optional("Id", d.ID)
		w.key("Statement")
		w.array(len(d.Statements), func(i int) { w.statement(&d.Statements[i]) })
	})
	return w.buf.Bytes()
}

// encoder writes JSON. Keys and values separate themselves from what precedes them.
type encoder struct{ buf bytes.Buffer }

func (w *encoder) statement(s *Statement) {
	w.object(func() {
		w.optional("Sid", s.Sid)
		w.optional("Effect", string(s.Effect))
		w.principals("Principal", s.Principal)
		w.principals("NotPrincipal", s.NotPrincipal)
		w.list("Action", s.Action)
		w.list("NotAction", s.NotAction)
		w.list("Resource", s.Resource)
		w.list("NotResource", s.NotResource)
		if len(s.Conditions) > 0 {
			w.key("Condition")
			w.conditions(s.Conditions)
		}
	})
}

func (w *encoder) principals(key string, p *Principals) {
	if p == nil {
		return
	}
	w.key(key)
	if p.Any {
		w.text("*")
		return
	}
	w.object(func() {
		w.list("AWS", p.AWS)
		w.list("Service", p.Service)
		w.list("Federated", p.Federated)
		w.list("CanonicalUser", p.CanonicalUser)
	})
}

func (w *encoder) conditions(conditions []Condition) {
	written := make(map[string]bool, len(conditions))
	w.object(func() {
		for i, first := range conditions {
			if written[first.Operator] {
				continue
			}
			written[first.Operator] = true
			w.key(first.Operator)
			w.object(func() {
				for _, c := range conditions[i:] {
					if c.Operator == first.Operator {
						w.key(c.Key)
						w.values(c.Values)
					}
				}
			})
		}
	})
}

func (w *encoder) optional(key, value string) {
	if value != "" {
		w.key(key)
		w.text(value)
	}
}

func (w *encoder) list(key string, values []string) {
	if values != nil {
		w.key(key)
		w.values(values)
	}
}

func (w *encoder) values(values []string) {
	if len(values) == 1 {
		w.text(values[0])
		return
	}
	w.array(len(values), func(i int) { w.text(values[i]) })
}

func (w *encoder) object(content func()) {
	w.buf.WriteByte('{')
	content()
	w.buf.WriteByte('}')
}

func (w *encoder) array(n int, item func(i int)) {
	w.buf.WriteByte('[')
	for i := range n {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		item(i)
	}
	w.buf.WriteByte(']')
}

func (w *encoder) key(key string) {
	if b := w.buf.Bytes(); b[len(b)-1] != '{' {
		w.buf.WriteByte(',')
	}
	w.text(key)
	w.buf.WriteByte(':')
}

// text writes a string: escaped as JSON needs it, not for HTML, and within IAM's
// character set.
func (w *encoder) text(s string) {
	var quoted bytes.Buffer
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string written to a buffer cannot fail
	for _, r := range string(bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))) {
		switch {
		case r <= 0xff:
			w.buf.WriteRune(r)
		case r <= 0xffff:
			w.escape(r)
		default:
			high, low := utf16.EncodeRune(r)
			w.escape(high)
			w.escape(low)
		}
	}
}

func (w *encoder) escape(unit rune) {
	const hex = "0123456789abcdef"
	w.buf.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		w.buf.WriteByte(hex[unit>>shift&0xf])
	}
}
