package engine

import (
	"bytes"
	"cmp"
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/plan"
)

// ConfigurationFiles reads what the configuration bucket holds, by key. A file that a
// push found gone from its folder holds a notice instead of entries.
func ConfigurationFiles(ctx context.Context, bucket core.Objects) (map[string][]byte, error) {
	var keys []string
	for _, prefix := range []string{core.AccountFolder, core.RoleFolder, core.PolicyFolder} {
		for o, err := range bucket.ListObjects(ctx, prefix) {
			if err != nil {
				return nil, err
			}
			keys = append(keys, o.Key)
		}
	}
	bodies := make([][]byte, len(keys))
	err := each(ctx, 8, indexes(keys), func(ctx context.Context, i int) error {
		o, err := bucket.Object(ctx, keys[i])
		if err == nil {
			bodies[i] = append([]byte{}, o.Body...) // not nil, which is for objects that went meanwhile
		}
		return ignoreMissing(err)
	})
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(keys))
	for i, key := range keys {
		if bodies[i] != nil {
			files[key] = bodies[i]
		}
	}
	return files, nil
}

// readFolder reads the files of a folder that make up a configuration, by key.
func readFolder(folder fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, pattern := range []string{"account/*.yaml", "account/*.yml", "role/*.yaml", "role/*.yml", "custom_policy/*.json"} {
		names, err := fs.Glob(folder, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasPrefix(name[strings.LastIndexByte(name, '/')+1:], ".") {
				continue
			}
			if files[name], err = fs.ReadFile(folder, name); err != nil {
				return nil, core.Errorf(core.CodeFailure, "reading %s: %w", name, err)
			}
		}
	}
	return files, nil
}

// FileChange is one object that Upload writes. Its texts are not to be changed.
type FileChange struct {
	Key      string
	Old      []byte // what the bucket holds; nil if nothing
	New      []byte // what it will hold; nil if Gone
	Gone     bool   // the folder no longer has the file: a notice takes the place of its entries
	Removals int    // entries that were recorded from the file and that it no longer has
}

// Changes lists what Upload will write, in that order. A file may be there with the
// text that the bucket has: its entries are not what is recorded.
func (p *Push) Changes() []FileChange {
	out := make([]FileChange, len(p.uploads))
	for i, u := range p.uploads {
		out[i] = FileChange{Key: u.key, Old: u.old, New: u.body, Gone: u.gone, Removals: u.removals}
		if out[i].Gone {
			out[i].New = nil
		}
	}
	return out
}

// upload is one object to write.
type upload struct {
	key       string
	old, body []byte
	gone      bool // the folder no longer has the file
	removals  int
}

// emptied is written in the place of a file that the folder no longer has: deleting
// the object could not say how many removals were confirmed.
const emptied = "# This file was removed from the configuration.\n"

// uploads lists what has to be written: files that differ from the bucket's, files
// whose entries the plan changes, files that lost entries, and files that the folder
// no longer has. Policies come first, so that roles find them; files that lose entries
// come last, so that entries which moved are found where they went.
func uploads(local, remote map[string][]byte, p *plan.Plan) []upload {
	touched, lost := map[string]bool{}, map[string]int{}
	for i := range p.Changes {
		switch c := &p.Changes[i]; {
		case c.Kind == plan.KindAssignment:
		case c.Orphan:
			lost[c.Source]++
		case c.Source != "":
			touched[c.Source] = true
		}
	}
	var out []upload
	for key, body := range local {
		old, known := remote[key]
		if !known || !bytes.Equal(old, body) || touched[key] || lost[key] > 0 {
			out = append(out, upload{key: key, old: old, body: body, removals: lost[key]})
		}
	}
	for key, body := range remote {
		_, has := local[key]
		isEntries := isYAML(key, core.AccountFolder) || isYAML(key, core.RoleFolder)
		if !has && isEntries && (lost[key] > 0 || string(body) != emptied) {
			out = append(out, upload{key: key, old: body, body: []byte(emptied), gone: true, removals: lost[key]})
		}
	}
	// What was recorded from an object that somebody deleted goes by a new one.
	for key, n := range lost {
		_, has := local[key]
		if _, known := remote[key]; !has && !known {
			out = append(out, upload{key: key, body: []byte(emptied), gone: true, removals: n})
		}
	}
	slices.SortFunc(out, func(a, b upload) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.key, b.key)) })
	return out
}

// rank orders uploads.
func (u *upload) rank() int {
	switch {
	case u.loses():
		return 3
	case strings.HasPrefix(u.key, core.RoleFolder):
		return 2
	case strings.HasPrefix(u.key, core.AccountFolder):
		return 1
	default:
		return 0
	}
}

// loses reports whether the file has fewer entries than were recorded from it.
func (u *upload) loses() bool { return u.removals > 0 || u.gone }
