package editor

import tea "charm.land/bubbletea/v2"

// Press does what a key means: text is typed, other keys move or edit. It reports false,
// having done nothing, if the key means nothing to an editor. Undo and redo have no key
// here; their owner calls them.
func (e *Editor) Press(key tea.KeyPressMsg) bool {
	if key.Text != "" {
		e.insert(typing, key.Text)
		return true
	}
	stroke := key.Keystroke()
	action := movement(stroke)
	if action == nil {
		action = command(stroke)
	}
	if action == nil {
		return false
	}
	action(e)
	return true
}

// movement is what a key does that only moves the cursor.
func movement(stroke string) func(*Editor) {
	switch stroke {
	case "left":
		return (*Editor).left
	case "right":
		return (*Editor).right
	case "up":
		return func(e *Editor) { e.vertical(-1) }
	case "down":
		return func(e *Editor) { e.vertical(1) }
	case "home", "ctrl+a":
		return func(e *Editor) { e.moveTo(position{row: e.cursor.row}) }
	case "end", "ctrl+e":
		return func(e *Editor) { e.moveTo(position{e.cursor.row, len(e.line())}) }
	case "ctrl+left":
		return func(e *Editor) { e.moveTo(e.wordLeft()) }
	case "ctrl+right":
		return func(e *Editor) { e.moveTo(e.wordRight()) }
	case "pgup":
		return func(e *Editor) { e.page(-1) }
	case "pgdown":
		return func(e *Editor) { e.page(1) }
	case "ctrl+home":
		return func(e *Editor) { e.moveTo(position{}) }
	case "ctrl+end":
		return func(e *Editor) { e.moveTo(e.text.end()) }
	}
	return nil
}

// command is what a key does that changes the text. Some terminals report shift with keys
// that mean the same without.
func command(stroke string) func(*Editor) {
	switch stroke {
	case "space", "shift+space":
		return func(e *Editor) { e.insert(typing, " ") }
	case "enter", "shift+enter":
		return (*Editor).newline
	case "tab":
		return func(e *Editor) { e.insert(typing, indentation) }
	case "shift+tab":
		return (*Editor).outdent
	case "backspace", "shift+backspace":
		return (*Editor).backspace
	case "delete":
		return (*Editor).deleteRight
	case "ctrl+k":
		return func(e *Editor) { e.erase(single, e.cursor, position{e.cursor.row, len(e.line())}) }
	case "ctrl+u":
		return func(e *Editor) { e.erase(single, position{row: e.cursor.row}, e.cursor) }
	case "ctrl+w":
		return func(e *Editor) { e.erase(single, e.wordLeft(), e.cursor) }
	case "alt+up":
		return func(e *Editor) { e.moveLine(-1) }
	case "alt+down":
		return func(e *Editor) { e.moveLine(1) }
	}
	return nil
}
