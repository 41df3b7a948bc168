package editor

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var classNames = [classes]string{
	textClass: "_", keyClass: "key", stringClass: "str", numberClass: "num",
	commentClass: "com", punctuationClass: "pun", keywordClass: "word",
}

// tagged writes spans as class:text, white space left out.
func tagged(line string, spans []span) string {
	var out []string
	from := 0
	for _, s := range spans {
		if text := strings.TrimSpace(line[from:s.end]); text != "" {
			out = append(out, classNames[s.class]+":"+text)
		}
		from = s.end
	}
	return strings.Join(out, " ")
}

func TestLexYAML(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"name: value":                "key:name pun:: str:value",
		"  - id: 123456789012 # c":   "pun:- key:id pun:: num:123456789012 com:# c",
		"- - a":                      "pun:- pun:- str:a",
		"? a: b":                     "pun:? key:a pun:: str:b",
		"a: \"x # y\\\" : z\" # c":   "key:a pun:: str:\"x # y\\\" : z\" com:# c",
		"a: 'it''s'":                 "key:a pun:: str:'it''s'",
		"'quoted key' : 1.5":         "key:'quoted key' pun:: num:1.5",
		"url: https://x.y/#z":        "key:url pun:: str:https://x.y/#z",
		"arn:aws:iam::1:role/x":      "str:arn:aws:iam::1:role/x",
		"a: arn:aws:iam::1:role/x: ": "key:a pun:: key:arn:aws:iam::1:role/x pun::",
		"a: [1, true, *ref, {b: c}]": "key:a pun:: pun:[ num:1 pun:, word:true pun:, word:*ref pun:, pun:{ key:b pun:: str:c pun:}]",
		"{\"a\":\"b\",\"c\":2}":      "pun:{ key:\"a\" pun:: str:\"b\" pun:, key:\"c\" pun:: num:2 pun:}",
		"a, b":                       "str:a, b",
		"a: &x !!str null":           "key:a pun:: word:&x word:!!str word:null",
		"a: no-reply":                "key:a pun:: str:no-reply",
		"a: |-":                      "key:a pun:: pun:|-",
		"a: > # folded":              "key:a pun:: pun:> com:# folded",
		"a: | b":                     "key:a pun:: str:| b",
		"# all":                      "com:# all",
		"a#b: c#d":                   "key:a#b pun:: str:c#d",
		"---":                        "pun:---",
		"...":                        "pun:...",
		"%YAML 1.2":                  "word:%YAML 1.2",
		"--- # c":                    "str:--- com:# c",
		"-1":                         "num:-1",
		"-":                          "pun:-",
		"a: \"open":                  "key:a pun:: str:\"open",
		"日本: 語 # 注":                  "key:日本 pun:: str:語 com:# 注",
		"a: 1.2.3":                   "key:a pun:: str:1.2.3",
		"a: +":                       "key:a pun:: str:+",
		"a: ~":                       "key:a pun:: word:~",
		"a: infinity":                "key:a pun:: str:infinity",
		"\ta: b":                     "key:a pun:: str:b",
	} {
		if got := tagged(line, lexYAML(line)); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

func TestLexJSON(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`  "a": "b: c",`:            `key:"a" pun:: str:"b: c" pun:,`,
		`{"a" : [1, -2.5e3, null]}`: `pun:{ key:"a" pun:: pun:[ num:1 pun:, num:-2.5e3 pun:, word:null pun:]}`,
		`"\"": true`:                `key:"\"" pun:: word:true`,
		`"open: 1`:                  `str:"open: 1`,
		`"open\`:                    `str:"open\`,
		`nul 1x`:                    `_:nul 1x`,
		`// no`:                     `_:// no`,
		`"日": false}`:               `key:"日" pun:: word:false pun:}`,
	} {
		if got := tagged(line, lexJSON(line)); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

func TestLexersTakeEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := texts().Draw(t, "line")
		for name, spans := range map[string][]span{"yaml": lexYAML(line), "json": lexJSON(line)} {
			end := 0
			for _, s := range spans {
				if s.end <= end {
					t.Fatalf("%s of %q: %v", name, line, spans)
				}
				end = s.end
			}
			if end != len(line) {
				t.Fatalf("%s of %q ends at %d", name, line, end)
			}
		}
	})
}

// A line marked with = is inside a block scalar, wherever the screen begins.
func TestBlockScalars(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		" a: |\n=  # text\n=  b: |\n=    c\n=\n=  d\n e: f\n",
		" - name: >-\n=    text\n   other: x\n",
		" - |\n=  text\n - x\n",
		" - - |2 # c\n=    text\n   - x\n",
		" a:\n   b: !!str |+\n=    text\n   c: x\n a: d |\n   no\n",
		" a: &x |\n=  {\n=    text\n=  }\n=\n=\n b: \"|\n   no\"\n",
		" a: |x\n   no\n |\n   no\n # a: |\n   no\n",
	} {
		var lines, want []string
		for line := range strings.Lines(text) {
			want, lines = append(want, line[:1]), append(lines, line[1:])
		}
		b := newBuffer(strings.Join(lines, ""))
		h := highlighter{format: yaml}
		for top := range lines {
			header := h.scalarAbove(&b, top)
			for row := top; row < len(lines); row++ {
				if got := inScalar(b.body(row), header); got != (want[row] == "=") {
					t.Errorf("%q: line %d seen from %d: %v", text, row+1, top+1, got)
				}
				header = h.scalarAfter(b.body(row), header)
			}
		}
	}
}

func TestHighlightingIsRemembered(t *testing.T) {
	t.Parallel()
	h := highlighter{format: yaml}
	a := h.line("a: b", false)
	if b := h.line("a: b", false); &a[0] != &b[0] {
		t.Error("lexed again")
	}
	if got := tagged("a: b", h.line("a: b", true)); got != "str:a: b" {
		t.Errorf("in a scalar: %s", got)
	}
	if h.line(strings.Repeat("a", maxHighlight+1), false) != nil {
		t.Error("a line too long is lexed")
	}
	for i := range 2 * maxLexed {
		h.line(strings.Repeat("-", i%1000)+strings.Repeat("a", i/1000), false)
	}
	if len(h.lexed) > maxLexed {
		t.Errorf("%d are kept", len(h.lexed))
	}
}
