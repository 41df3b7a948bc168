// Package ui is what all screens of the terminal interface share: the theme, the key
// map, the layout, text that fits, dialogs, and the messages that screens send to the
// root model.
//
// It knows no account and no role, does no I/O, and starts no goroutine.
//
// Start reading at Screen, then Actions (the one key map).
package ui
