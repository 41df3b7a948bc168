// Package memory is what survives a run: how each account was opened last, and drafts
// of files that were not saved. No secret ever goes there.
//
// It decides names and formats; reading and writing is the Store's work, and all of it
// happens in commands.
//
// Start reading at Store, then Preferences and Draft.
package memory

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Store keeps small files for one user, private to them. Write replaces a file as a
// whole or not at all. A file that is not there is CodeNotFound. Safe for concurrent
// use.
type Store interface {
	Read(name string) ([]byte, error)
	Write(name string, data []byte) error
	Remove(name string) error // nil where there is none
}

// Opened is how an account was opened last.
type Opened struct {
	At         time.Time `json:"at,omitzero"`
	Service    string    `json:"service,omitempty"`
	Region     string    `json:"region,omitempty"`
	SwitchRole bool      `json:"switch_role,omitempty"`
}

// Preferences are what is remembered of how somebody works.
type Preferences struct {
	Accounts map[core.AccountID]Opened   `json:"accounts,omitempty"`
	Roles    map[core.RoleName]time.Time `json:"roles,omitempty"` // roles that were used, and when last
	Format   string                      `json:"format,omitempty"`
}

// file is the name of the preferences of one master account.
func file(master core.AccountID) string { return "preferences-" + string(master) + ".json" }

// Load reads the preferences for a master account. What is missing or broken is empty:
// nobody should be kept from an account by a file of habits.
func Load(store Store, master core.AccountID) Preferences {
	p := Preferences{}
	if data, err := store.Read(file(master)); err == nil {
		if json.Unmarshal(data, &p) != nil {
			p = Preferences{}
		}
	}
	if p.Accounts == nil {
		p.Accounts = map[core.AccountID]Opened{}
	}
	if p.Roles == nil {
		p.Roles = map[core.RoleName]time.Time{}
	}
	return p
}

// Save writes them.
func (p Preferences) Save(store Store, master core.AccountID) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return store.Write(file(master), data)
}

// Draft is the text of a file that was edited and not saved.
type Draft struct {
	Folder string    `json:"folder"` // the configuration folder, absolute
	File   string    `json:"file"`   // below it
	Text   string    `json:"text"`
	Base   string    `json:"base"` // digest of the file that was edited; empty if there was none
	At     time.Time `json:"at"`
}

// name tells drafts of the same file in different folders apart.
func (d *Draft) name() string {
	sum := sha256.Sum256([]byte(d.Folder + "\x00" + d.File))
	return "draft-" + hex.EncodeToString(sum[:12]) + ".json"
}

// Digest is what Base holds of a file.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Save writes the draft.
func (d *Draft) Save(store Store) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return store.Write(d.name(), data)
}

// Forget removes it.
func (d *Draft) Forget(store Store) error { return store.Remove(d.name()) }

// FindDraft reads the draft of a file; CodeNotFound if there is none.
func FindDraft(store Store, folder, file string) (*Draft, error) {
	d := &Draft{Folder: folder, File: file}
	data, err := store.Read(d.name())
	if err != nil {
		return nil, err
	}
	found := &Draft{}
	if err := json.Unmarshal(data, found); err != nil || found.Folder != folder || found.File != file {
		return nil, core.Errorf(core.CodeNotFound, "the draft of %s cannot be read", file)
	}
	return found, nil
}
