// Package editor is a text editor component for configuration files in YAML or JSON:
// undo, highlighting, findings in the gutter, and files of megabytes.
//
// It never reads or writes a file, never looks at a clock, and never changes a byte that
// was not edited: line endings, a byte order mark, a missing final newline and invalid
// UTF-8 survive. It never lets a control character or an escape sequence of the text
// through to the screen. It does not know what the text means: its owner validates it
// and hands the findings back.
//
// An Editor belongs to one goroutine, like every Bubble Tea component.
//
// Start reading at editor.go. From the ground up: cluster.go is one character on the
// screen, ruler.go measures a line, buffer.go holds the lines, undo.go the history,
// keys.go maps keys to movement.go and commands.go, and view.go draws.
package editor
