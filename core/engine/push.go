package engine

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/plan"
)

// Push brings a configuration folder to the bucket and watches what becomes of it. It
// is used by one caller at a time: Prepare, show the plan and have it confirmed, Current
// if that took time, Upload, Wait.
type Push struct {
	Bucket core.Objects
	State  State
	Files  core.Files
	Pace   Pace

	Plan    *plan.Plan
	Desired *core.Configuration

	local    map[string][]byte
	uploads  []upload
	versions map[string]string // of what Upload wrote, by key
}

// Prepare reads the folder, the bucket and the records, and computes the plan. With
// findings that are errors there is no plan, and nothing to upload.
func (p *Push) Prepare(ctx context.Context, folder fs.FS) ([]core.Finding, error) {
	desired, findings, err := config.Load(ctx, folder)
	if err != nil || core.HasErrors(findings) {
		return findings, err
	}
	p.Desired = desired
	if p.local, err = readFolder(folder); err != nil {
		return findings, err
	}
	recorded, err := Recorded(ctx, p.State)
	if err != nil {
		return findings, err
	}
	if clashes := caseClashes(desired.Roles, recorded.Roles); len(clashes) > 0 {
		return append(findings, clashes...), nil
	}
	p.Plan = plan.Compute(desired, recorded, plan.Options{RemoveOrphans: true})
	remote, err := ConfigurationFiles(ctx, p.Bucket)
	if err != nil {
		return findings, err
	}
	p.uploads = uploads(p.local, remote, p.Plan)
	return findings, nil
}

// Pending counts the objects that Upload will write.
func (p *Push) Pending() int { return len(p.uploads) }

// Removals counts the entries that vanished from the files and will be removed.
func (p *Push) Removals() int {
	n := 0
	for _, u := range p.uploads {
		n += u.removals
	}
	return n
}

// Upload writes the files, as Changes shows them, and calls done after each. Before the first file that loses
// entries it waits until the others are processed.
func (p *Push) Upload(ctx context.Context, done func(key string)) error {
	p.versions = map[string]string{}
	for i := range p.uploads {
		u := &p.uploads[i]
		if u.loses() && i > 0 && !p.uploads[i-1].loses() {
			if err := p.processed(ctx); err != nil {
				return err
			}
		}
		if err := p.write(ctx, u); err != nil {
			return err
		}
		done(u.key)
	}
	return nil
}

func (p *Push) write(ctx context.Context, u *upload) error {
	o := core.Object{Key: u.key, Body: u.body, ContentType: "application/yaml", Metadata: map[string]string{}}
	if strings.HasSuffix(u.key, ".json") {
		o.ContentType = "application/json"
	}
	if u.removals > 0 {
		o.Metadata[core.RemovalsMetadata] = strconv.Itoa(u.removals)
	}
	version, err := p.Bucket.PutObject(ctx, o)
	p.versions[u.key] = version
	return err
}

// processed waits until the engine has processed what was written so far.
func (p *Push) processed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for attempt := 0; ; attempt++ {
		left, err := p.unprocessed(ctx)
		if err != nil || left == 0 {
			return rolloutError(ctx, err)
		}
		if err := p.Pace.wait(ctx, min(attempt, 3)); err != nil {
			return rolloutError(ctx, err)
		}
	}
}

// unprocessed counts the files whose written version the engine has not processed.
func (p *Push) unprocessed(ctx context.Context) (int, error) {
	left := 0
	for _, key := range slices.Sorted(maps.Keys(p.versions)) {
		if strings.HasPrefix(key, core.PolicyFolder) {
			continue // processed with the role files that name it
		}
		rec, err := p.Files.File(ctx, key)
		if ignoreMissing(err) != nil {
			return left, err
		}
		switch {
		case rec.Processed != p.versions[key]:
			left++
		case core.HasErrors(rec.Findings):
			return left, core.Errorf(core.CodeRollout, "the engine did not accept a file: %s", firstError(rec.Findings))
		case rec.Failure != nil:
			return left, core.Errorf(core.CodeRollout, "the engine did not do all that %s says: %s", key, rec.Failure.Message).
				WithHint("mend the cause and push again")
		}
	}
	return left, nil
}

func firstError(findings []core.Finding) core.Finding {
	i := slices.IndexFunc(findings, func(f core.Finding) bool { return f.Severity == core.SeverityError })
	return findings[max(i, 0)]
}

// Progress is how far a rollout is.
type Progress struct {
	Files   int // still to be processed
	Pending int // assignments that are being provisioned
	Leaving int // assignments that are being removed
	Failed  []core.AssignmentRecord
	Waiting int // assignments whose account has not registered
}

// Wait follows the rollout until nothing is under way, calling report on every look.
//
// Errors: CodeRollout if an assignment is failed, also since an earlier push, if a file
// was not accepted, or if the context ended first.
func (p *Push) Wait(ctx context.Context, report func(Progress)) error {
	for attempt := 0; ; attempt++ {
		progress, err := p.look(ctx)
		if err != nil {
			return rolloutError(ctx, err)
		}
		report(progress)
		if progress.Files+progress.Pending+progress.Leaving == 0 {
			if len(progress.Failed) > 0 {
				return failedError(progress.Failed)
			}
			settled, err := p.settled(ctx)
			if err != nil || settled {
				return rolloutError(ctx, err)
			}
		}
		if err := p.Pace.wait(ctx, min(attempt, 3)); err != nil {
			return rolloutError(ctx, err)
		}
	}
}

func rolloutError(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return core.Errorf(core.CodeRollout, "the rollout was not finished in time").
			WithHint("it goes on without you: look again with cam status")
	}
	return err
}

func failedError(failed []core.AssignmentRecord) error {
	first := failed[0]
	e := core.Errorf(core.CodeRollout, "%s in %s failed", first.Role, first.Account)
	if more := len(failed) - 1; more > 0 {
		e.Message = fmt.Sprintf("%d assignments failed, %s in %s among them", len(failed), first.Role, first.Account)
	}
	if first.Failure != nil {
		e.Message += ": " + first.Failure.Message
	}
	return e.WithHint("see cam status --failed; after mending the cause, cam retry")
}

func (p *Push) look(ctx context.Context) (Progress, error) {
	var out Progress
	var err error
	if out.Files, err = p.unprocessed(ctx); err != nil {
		return out, err
	}
	for r, err := range p.State.OpenAssignments(ctx, core.AssignmentPending, core.AssignmentDeleting, core.AssignmentFailed) {
		if err != nil {
			return out, err
		}
		switch {
		case r.Waiting:
			out.Waiting++
		case r.Status == core.AssignmentFailed:
			out.Failed = append(out.Failed, r)
		case r.Status == core.AssignmentDeleting:
			out.Leaving++
		case r.Status == core.AssignmentPending:
			out.Pending++
		}
	}
	return out, nil
}

// settled plans again: what was confirmed must have happened, all of it.
func (p *Push) settled(ctx context.Context) (bool, error) {
	recorded, err := Recorded(ctx, p.State)
	if err != nil {
		return false, err
	}
	for i := range recorded.Roles {
		if r := &recorded.Roles[i]; r.Status == core.RoleActive && r.Failure != nil {
			return false, core.Errorf(core.CodeRollout, "role %s in the master account: %s", r.Name, r.Failure.Message).
				WithHint("mend the cause and push again")
		}
	}
	return plan.Compute(p.Desired, recorded, plan.Options{RemoveOrphans: true}).Empty(), nil
}
