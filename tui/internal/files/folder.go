package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// folders are those of a configuration, in the order of the tree.
var folders = []string{core.AccountFolder, core.RoleFolder, core.PolicyFolder}

// file is a file as the folder had it at some time. It is never changed.
type file struct {
	name     string
	size     int64
	modified time.Time
	data     []byte // nil if it is too large or was not readable
	digest   string // of data
	err      error  // why it could not be read
}

func newFile(name string, data []byte) *file {
	return &file{name: name, size: int64(len(data)), data: data, digest: memory.Digest(data)}
}

// locked says why a file cannot be edited here; empty if it can.
func (f *file) locked() string {
	switch {
	case f.err != nil:
		return "it cannot be read: " + ui.Clean(f.err.Error())
	case f.size > config.MaxFileSize:
		return fmt.Sprintf("it has %s bytes; files of more than %s are not read", ui.Number(int(f.size)), ui.Number(config.MaxFileSize))
	case !utf8.Valid(f.data) || bytes.IndexByte(f.data, 0) >= 0:
		return "it is not UTF-8 text; your own editor (v) may be able to open it"
	}
	return ""
}

// contents is what a look at the folder found.
type contents struct {
	files  map[string]*file // those of the configuration, by name
	others map[string]bool  // what else is in its folders, by name; true for folders
}

// lookAt reads a folder. Files that look as they did in known are not read again, unless
// known is nil. The error is about the folder as a whole.
func lookAt(ctx context.Context, fsys fs.FS, known map[string]*file) (contents, error) {
	c := contents{files: map[string]*file{}, others: map[string]bool{}}
	if _, err := fs.Stat(fsys, "."); err != nil {
		return c, noFolder(err)
	}
	for _, folder := range folders {
		entries, err := fs.ReadDir(fsys, strings.TrimSuffix(folder, "/"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return c, core.Errorf(core.CodeFailure, "the folder %s cannot be read: %w", folder, err)
		}
		for _, entry := range entries {
			if err := ctx.Err(); err != nil {
				return c, err
			}
			c.take(fsys, folder+entry.Name(), known)
		}
	}
	return c, nil
}

func noFolder(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return core.Errorf(core.CodeNotFound, "the configuration folder is not there").
			WithHint("cam init DIR makes one with a sample to start from")
	}
	return core.Errorf(core.CodeFailure, "the configuration folder cannot be read: %w", err)
}

func (c *contents) take(fsys fs.FS, name string, known map[string]*file) {
	if hidden(name) {
		return
	}
	info, err := fs.Stat(fsys, name)
	switch {
	case err == nil && info.IsDir(), !isConfiguration(name):
		c.others[name] = err == nil && info.IsDir()
	case err != nil:
		c.files[name] = &file{name: name, err: err}
	default:
		old := known[name]
		if old != nil && old.err == nil && old.size == info.Size() && old.modified.Equal(info.ModTime()) {
			c.files[name] = old
			return
		}
		f := readFile(fsys, name, info.Size())
		f.modified = info.ModTime()
		c.files[name] = f
	}
}

// readFile reads a file that is said to have a size.
func readFile(fsys fs.FS, name string, size int64) *file {
	if size > config.MaxFileSize {
		return &file{name: name, size: size}
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return &file{name: name, size: size, err: err}
	}
	if data == nil {
		data = []byte{}
	}
	if len(data) > config.MaxFileSize { // it grew meanwhile
		return &file{name: name, size: int64(len(data))}
	}
	return newFile(name, data)
}

// isConfiguration tells by its name whether a push would read a file.
func isConfiguration(name string) bool {
	folder, base := path.Split(name)
	switch path.Ext(base) {
	case ".yaml", ".yml":
		return folder == core.AccountFolder || folder == core.RoleFolder
	case ".json":
		return folder == core.PolicyFolder
	}
	return false
}

// hidden tells files that are not meant to be seen from others.
func hidden(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "#")
}
