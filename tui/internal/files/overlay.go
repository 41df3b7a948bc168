package files

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// overlay is a folder in memory: the files as they would be if all unsaved text were
// saved. It implements fs.FS, fs.StatFS, fs.ReadFileFS and fs.ReadDirFS, and is never
// changed, so it is safe for concurrent use.
type overlay struct {
	files   map[string]content
	folders map[string][]fs.DirEntry // sorted; "." is the root
}

// content is a file of an overlay.
type content struct {
	data  []byte
	size  int64 // of a file whose data is not there: it is too large
	isDir bool  // a folder where a file belongs
}

// newOverlay takes files by their names; the folders are those of the names.
func newOverlay(files map[string]content) *overlay {
	o := &overlay{files: files, folders: map[string][]fs.DirEntry{".": nil}}
	for name, c := range files {
		if c.isDir {
			o.folder(name)
		} else {
			o.folder(path.Dir(name))
			o.folders[path.Dir(name)] = append(o.folders[path.Dir(name)], fs.FileInfoToDirEntry(c.info(name)))
		}
	}
	for _, entries := range o.folders {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return o
}

// folder makes a folder and those above it.
func (o *overlay) folder(name string) {
	if _, made := o.folders[name]; made {
		return
	}
	o.folders[name] = nil
	above := path.Dir(name)
	o.folder(above)
	o.folders[above] = append(o.folders[above], fs.FileInfoToDirEntry(info{name: path.Base(name), isDir: true}))
}

func (c content) info(name string) info {
	return info{name: path.Base(name), size: max(c.size, int64(len(c.data)))}
}

// Open implements fs.FS.
func (o *overlay) Open(name string) (fs.File, error) {
	found, err := o.Stat(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if found.IsDir() {
		return &openFolder{info: found.(info), entries: o.folders[name]}, nil
	}
	return &openFile{info: found.(info), Reader: bytes.NewReader(o.files[name].data)}, nil
}

// Stat implements fs.StatFS.
func (o *overlay) Stat(name string) (fs.FileInfo, error) {
	if _, ok := o.folders[name]; ok {
		return info{name: path.Base(name), isDir: true}, nil
	}
	if c, ok := o.files[name]; ok {
		return c.info(name), nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// ReadFile implements fs.ReadFileFS.
func (o *overlay) ReadFile(name string) ([]byte, error) {
	c, ok := o.files[name]
	if !ok || c.isDir {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(c.data), nil
}

// ReadDir implements fs.ReadDirFS.
func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, ok := o.folders[name]
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(entries), nil
}

// info describes a file or a folder of an overlay.
type info struct {
	name  string
	size  int64
	isDir bool
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.isDir }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.isDir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	info
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Size() int64                { return f.info.size }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	info
	entries []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.entries) {
		n = len(f.entries)
	}
	next := f.entries[:n]
	f.entries = f.entries[n:]
	return slices.Clone(next), nil
}
