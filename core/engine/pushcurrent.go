package engine

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"slices"

	"github.com/cross-account-manager/cam/core"
)

// Current reports whether Upload would still do what the plan says: it reads the folder,
// the records and the bucket once more, as Prepare did, and compares. It is for callers
// between whose Prepare and Upload somebody thinks, edits, or pushes from elsewhere.
//
// Errors: CodeConflict, with a sentence that says what changed, if the plan has to be
// made and confirmed again.
func (p *Push) Current(ctx context.Context, folder fs.FS) error {
	if p.Plan == nil {
		return changed("there is no plan of these files")
	}
	local, err := readFolder(folder)
	if err != nil {
		return err
	}
	if !maps.EqualFunc(local, p.local, bytes.Equal) {
		return changed("the files changed since the plan was made")
	}
	now := Push{Bucket: p.Bucket, State: p.State, Files: p.Files, Pace: p.Pace}
	findings, err := now.Prepare(ctx, folder)
	switch {
	case err != nil:
		return err
	case core.HasErrors(findings), now.Plan.Hash != p.Plan.Hash:
		return changed("what is recorded changed since the plan was made")
	case !slices.EqualFunc(p.uploads, now.uploads, upload.equal):
		return changed("the files in the bucket changed since the plan was made")
	default:
		return nil
	}
}

func changed(what string) error {
	return core.Errorf(core.CodeConflict, "%s; nothing was uploaded", what).WithHint("plan again, and look at what it says now")
}

func (u upload) equal(other upload) bool {
	return u.key == other.key && u.gone == other.gone && u.removals == other.removals && bytes.Equal(u.body, other.body) &&
		(u.old == nil) == (other.old == nil) && bytes.Equal(u.old, other.old)
}
