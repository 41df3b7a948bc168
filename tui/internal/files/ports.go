package files

import (
	"io/fs"
	"os/exec"
)

// Folder is the configuration folder on disk. Names are as in package fs: below the
// folder, with slashes. Safe for concurrent use.
type Folder interface {
	// Path is absolute. It is shown, and tells the drafts of folders apart.
	Path() string
	// FS reads the folder.
	FS() fs.FS
	// Write replaces a file as a whole or not at all. It makes the folder of the file if
	// there is none, and keeps the mode of a file that is there.
	Write(name string, data []byte) error
	// Remove deletes a file.
	Remove(name string) error
	// Editor is the user's own editor on a file, not started.
	Editor(name string) (*exec.Cmd, error)
}
