package editor

import "strings"

// format is what the text is written in.
type format int

const (
	plain format = iota
	yaml
	json
)

func formatOf(extension string) format {
	switch strings.ToLower(extension) {
	case ".yaml", ".yml":
		return yaml
	case ".json":
		return json
	}
	return plain
}

// opensBlock reports whether what follows the beginning of a line belongs to it.
func (f format) opensBlock(before string) bool {
	before = strings.TrimSpace(before)
	switch f {
	case yaml:
		return strings.HasSuffix(before, ":") && !strings.HasPrefix(before, "#")
	case json:
		return strings.HasSuffix(before, "{") || strings.HasSuffix(before, "[")
	}
	return false
}
