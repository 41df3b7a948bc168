package config

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxFileSize is the size in bytes up to which a file is read: room for more than
// 50,000 accounts in one file, and little enough for a small Lambda function.
const MaxFileSize = 8 << 20

var byteOrderMarks = [][]byte{{0xFE, 0xFF}, {0xFF, 0xFE}}

// readable checks that data is text and returns it without byte order mark and with
// line ends \n, so that lines and columns count the same wherever it was written.
// The error is a *problem.
func readable(data []byte) (string, error) {
	if len(data) > MaxFileSize {
		return "", tooLarge(int64(len(data)))
	}
	for _, mark := range byteOrderMarks {
		if bytes.HasPrefix(data, mark) {
			return "", &problem{position{1, 1}, "the file is UTF-16 text", "save it as UTF-8"}
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	text := string(data)
	if strings.ContainsRune(text, '\r') {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	for i, c := range text {
		switch {
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			return "", &problem{positionAt(text, i), "the file is not UTF-8 text", "save it as UTF-8"}
		case unicode.IsControl(c) && c != '\n' && c != '\t', c == '\uFEFF':
			return "", &problem{positionAt(text, i),
				fmt.Sprintf("the character U+%04X is not allowed in a file", c), "remove it"}
		}
	}
	return text, nil
}

func tooLarge(size int64) *problem {
	return &problem{position{1, 1},
		fmt.Sprintf("the file has %d bytes; at most %d are read", size, MaxFileSize), "split it into several files"}
}

// positionAt is the line and column of a byte offset.
func positionAt(text string, offset int) position {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return position{strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1}
}

// tabIndent finds a line, from first to last, that a tab indents. YAML indents with
// spaces only, and what a tab breaks is rarely seen where it is reported.
func tabIndent(text string, first, last int) (position, bool) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		if number < first {
			continue
		}
		if number > last {
			break
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if column := strings.IndexByte(indent, '\t'); column >= 0 {
			return position{number, column + 1}, true
		}
	}
	return position{}, false
}
