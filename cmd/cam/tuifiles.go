package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/cross-account-manager/cam/core"
)

// writeFile replaces a file as a whole or not at all.
func writeFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".cam-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing after the rename
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// workFolder is a configuration folder on disk.
type workFolder struct {
	path   string
	editor string
}

func (a *app) newWorkFolder(dir string) (workFolder, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return workFolder{}, core.Errorf(core.CodeFailure, "finding %s: %w", dir, err)
	}
	return workFolder{path: path, editor: cmp.Or(a.getenv("VISUAL"), a.getenv("EDITOR"))}, nil
}

// Path implements tui.Folder.
func (f workFolder) Path() string { return f.path }

// FS implements tui.Folder.
func (f workFolder) FS() fs.FS { return os.DirFS(f.path) }

func (f workFolder) file(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", core.Errorf(core.CodeUsage, "%q is not a file of the folder", name)
	}
	return filepath.Join(f.path, filepath.FromSlash(name)), nil
}

// Write implements tui.Folder. A link stays one: what it leads to is written.
func (f workFolder) Write(name string, data []byte) error {
	path, err := f.file(name)
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return core.Errorf(core.CodeFailure, "writing %s: %w", name, err)
	}
	if err := writeFile(path, data, mode); err != nil {
		return core.Errorf(core.CodeFailure, "writing %s: %w", name, err).WithHint("what you wrote is kept as a draft")
	}
	return nil
}

// Remove implements tui.Folder.
func (f workFolder) Remove(name string) error {
	path, err := f.file(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return core.Errorf(core.CodeFailure, "deleting %s: %w", name, err)
	}
	return nil
}

// Editor implements tui.Folder. The variable may hold arguments, as for git.
func (f workFolder) Editor(name string) (*exec.Cmd, error) {
	path, err := f.file(name)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "windows" {
		return exec.Command(cmp.Or(f.editor, "notepad"), path), nil
	}
	return exec.Command("sh", "-c", cmp.Or(f.editor, "vi")+` "$@"`, "sh", path), nil
}

// stateStore keeps drafts and habits, for the user only.
type stateStore struct{ dir string }

// stateDir is where state belongs (XDG Base Directory Specification).
func (a *app) stateDir() (string, error) {
	dir := a.getenv("XDG_STATE_HOME")
	switch {
	case filepath.IsAbs(dir):
	case runtime.GOOS == "windows":
		dir = a.getenv("LOCALAPPDATA")
	default:
		home := a.getenv("HOME")
		if home == "" {
			return "", core.Errorf(core.CodeFailure, "there is no place for drafts").WithHint("set HOME or XDG_STATE_HOME")
		}
		dir = filepath.Join(home, ".local", "state")
	}
	dir = filepath.Join(dir, "cam")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", core.Errorf(core.CodeFailure, "making the folder for drafts: %w", err).WithHint("set XDG_STATE_HOME to a folder that can be written to")
	}
	return dir, nil
}

func (a *app) newStateStore() (stateStore, error) {
	dir, err := a.stateDir()
	return stateStore{dir}, err
}

// Read implements tui.Store.
func (s stateStore) Read(name string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, core.Errorf(core.CodeNotFound, "%w", err)
	}
	return data, err
}

// Write implements tui.Store.
func (s stateStore) Write(name string, data []byte) error {
	if err := writeFile(filepath.Join(s.dir, filepath.Base(name)), data, 0o600); err != nil {
		return core.Errorf(core.CodeFailure, "writing to %s: %w", s.dir, err).WithHint("is the disk full, or the folder not yours?")
	}
	return nil
}

// Remove implements tui.Store.
func (s stateStore) Remove(name string) error {
	if err := os.Remove(filepath.Join(s.dir, filepath.Base(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return core.Errorf(core.CodeFailure, "%w", err)
	}
	return nil
}
