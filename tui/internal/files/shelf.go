package files

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/memory"
)

// shelf keeps the drafts of one folder in the store, and a list of their files there, as
// a draft may be of a file that was never saved. It is safe for concurrent use:
// what is asked for later wins, also where its command runs earlier.
type shelf struct {
	store  memory.Store
	folder string

	mu    sync.Mutex
	steps map[string]uint64 // the last step done, by file
	names map[string]bool   // nil until the list was read
}

func newShelf(store memory.Store, folder string) *shelf {
	return &shelf{store: store, folder: folder, steps: map[string]uint64{}}
}

func (s *shelf) listName() string {
	sum := sha256.Sum256([]byte(s.folder))
	return "drafts-" + hex.EncodeToString(sum[:12]) + ".json"
}

// list reads the list of files once.
func (s *shelf) list() map[string]bool {
	if s.names == nil {
		s.names = map[string]bool{}
		var files []string
		if data, err := s.store.Read(s.listName()); err == nil && json.Unmarshal(data, &files) == nil {
			for _, file := range files {
				s.names[file] = true
			}
		}
	}
	return s.names
}

func (s *shelf) writeList() error {
	data, err := json.Marshal(slices.Sorted(maps.Keys(s.names)))
	if err != nil {
		return err
	}
	return s.store.Write(s.listName(), data)
}

// all finds the drafts of some files, and those of files that are not there.
func (s *shelf) all(files map[string]*file) (map[string]*memory.Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := maps.Clone(s.list())
	for name := range files {
		names[name] = true
	}
	found := map[string]*memory.Draft{}
	for name := range names {
		if !isConfiguration(name) {
			continue
		}
		d, err := memory.FindDraft(s.store, s.folder, name)
		switch {
		case err == nil:
			found[name] = d
		case !core.IsCode(err, core.CodeNotFound):
			return found, err
		}
	}
	return found, nil
}

// put keeps a draft, unless a later step was done for its file already. The list is
// written first: it may name too much, and never too little.
func (s *shelf) put(d *memory.Draft, step uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if step < s.steps[d.File] {
		return nil
	}
	if !s.list()[d.File] {
		s.names[d.File] = true
		if err := s.writeList(); err != nil {
			delete(s.names, d.File)
			return err
		}
	}
	if err := d.Save(s.store); err != nil {
		return err
	}
	s.steps[d.File] = step
	return nil
}

// forget removes the draft of a file, unless a later step was done for it already.
func (s *shelf) forget(file string, step uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if step < s.steps[file] {
		return nil
	}
	s.steps[file] = step
	if err := (&memory.Draft{Folder: s.folder, File: file}).Forget(s.store); err != nil {
		return err
	}
	if !s.list()[file] {
		return nil
	}
	delete(s.names, file)
	return s.writeList()
}
