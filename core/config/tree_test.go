package config

import (
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// plain turns a node into what a YAML decoder gives.
func plain(n *node) any {
	switch n.kind {
	case scalar:
		return n.text
	case mapping:
		m := map[string]any{}
		for _, f := range n.fields {
			m[f.key.text] = plain(f.value)
		}
		return m
	case list:
		l := []any{}
		for _, item := range n.items {
			l = append(l, plain(item))
		}
		return l
	}
	return nil
}

// TestTreeAgreesWithDecoder compares the tree with go-yaml's own decoder, for values
// that are text in both.
func TestTreeAgreesWithDecoder(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a: b\nc: d e\n",
		"a:\n  b:\n    c: d\n  e: f\ng: h\n",
		"a:\n- b\n- c\nd: e\n",
		"a:\n  - b\n  -   c: d\n      e: f\n  - - g\n    - h\n  -\n    i: j\n",
		"- a\n-\n- b: c\n",
		"a: {b: c, d: [e, f, {g: h}], i: }\n",
		"a: {\n  b: c,\n  d: [e,\n f],\n}\n",
		"a: [b, c,]\n",
		"a: []\nb: {}\n",
		"a: 'it''s'\nb: \"x\\ty\\u00e9\\\"\"\n'c d': e\n",
		"a: b # c\n# d\ne: \"# f\"\ng: h#i\n",
		"a: |\n  b\n    c\n\n  d\ne: f\n",
		"a: >-\n  b\n  c\nd: |+\n  e\n\nf: g\n",
		"a: b\n  c\n  d\ne: f\n",
		"a: 'b\n  c'\nd: e\n",
		"a: &x {b: c}\nd: *x\ne: [*x, *x]\n",
		"a: &x\n  b: c\n  d: e\nf:\n  <<: *x\n  b: z\ng: {<<: *x}\n",
		"a: &x text\nb: *x\n",
		"a: &x\n- b\nc: *x\n",
		"---\na: b\n...\n",
		"a:   \n\n\n  b:    c   \n\n",
		"a :  b\nc :\n  d : e\n",
		"\"a\": b\n? \n",
		"a: http://example.com:80/x\nb: ::c\nd: a:b\n",
		"a: -b\nc: a - b\nd: x ? y\n",
	} {
		var want any
		if err := yaml.Unmarshal([]byte(text), &want); err != nil {
			want = "refused"
		}
		r := &report{}
		root, ok := r.parse([]byte(text))
		var got any = "refused"
		if ok {
			got = plain(root)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q %v (-decoder +tree)\n%s", text, r.findings, diff)
		}
	}
}

// TestMergeOrder holds what YAML's merge key says and the decoder above does not: of
// several maps the earlier one wins, and what is written out wins over all.
func TestMergeOrder(t *testing.T) {
	t.Parallel()
	r := &report{}
	root, ok := r.parse([]byte("a: &x {b: 1, c: 1}\nd: &y {c: 2, e: 2}\nf: {e: 3, <<: [*x, *y]}\n"))
	if !ok {
		t.Fatal(r.findings)
	}
	want := map[string]any{"b": "1", "c": "1", "e": "3"}
	if diff := cmp.Diff(want, plain(root).(map[string]any)["f"]); diff != "" {
		t.Error(diff)
	}
}
