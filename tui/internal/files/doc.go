// Package files is the screen of those who describe accounts and roles: the
// configuration folder as a tree, an editor for its files, forms for new entries, and
// drafts of what was not saved.
//
// It knows no rule of the files: package config parses and validates, and its findings
// are shown as they are. What a person typed is at any time in the editor, in a draft,
// or in the file. The folder is read and written in commands only.
//
// Start reading at Screen, then actions.go. folder.go reads, check.go validates,
// opened.go is the editor with its file, entry.go adds entries to a text.
package files
