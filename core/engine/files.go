package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// file is a configuration object as read under the lease of its record.
type file struct {
	core.Object
	removals int // entries that the upload allows to remove because the file lost them
}

// processFile reads an object and lets apply bring the records to what it says, one
// processing of a file at a time: a newer version is never overtaken by an older one.
// apply returns the findings to record; its error leaves the file to be processed
// again. An object that is gone is an empty file that allows no removal.
func (e *Engine) processFile(ctx context.Context, key string, apply func(context.Context, file) ([]core.Finding, error)) error {
	ctx, cancel, lease, err := acquire(ctx, e, e.fileUpdate(key), fileLease)
	if err != nil {
		return err
	}
	defer cancel()
	f, err := e.readFile(ctx, key)
	var findings []core.Finding
	if err == nil {
		findings, err = apply(ctx, f)
	}
	_, finishErr := lease.finish(ctx, func(r *core.FileRecord) {
		r.Findings, r.Failure, r.Updated = findings, nil, e.now()
		if err != nil {
			r.Failure = e.failure(err, 1)
		}
		if err == nil || Permanent(err) {
			r.Processed = f.Version
		}
	})
	if err != nil {
		return fmt.Errorf("processing %s: %w", key, err)
	}
	return finishErr
}

func (e *Engine) fileUpdate(key string) update[core.FileRecord] {
	return func(ctx context.Context, c core.Change[core.FileRecord]) (core.FileRecord, error) {
		return e.Files.UpdateFile(ctx, key, c)
	}
}

func fileLease(r *core.FileRecord) *core.Lease { return &r.Lease }

func (e *Engine) readFile(ctx context.Context, key string) (file, error) {
	o, err := e.Config.Object(ctx, key)
	if core.IsCode(err, core.CodeNotFound) {
		return file{Object: core.Object{Key: key}}, nil
	}
	if err != nil {
		return file{}, err
	}
	n, _ := strconv.Atoi(o.Metadata[core.RemovalsMetadata])
	return file{Object: o, removals: n}, nil
}

// vanishedFinding tells that entries were left alone although the file lost them.
func vanishedFinding(key string, lost, allowed int, what string) core.Finding {
	return core.Finding{
		Severity: core.SeverityWarning, File: key,
		Message: fmt.Sprintf("%d %s recorded from this file are no longer in it and were left as they are; the upload allows %d removals", lost, what, allowed),
		Advice:  "push with cam, which shows and confirms removals, or list them with action: remove",
	}
}

// isYAML reports whether a key is a configuration file of a folder.
func isYAML(key, folder string) bool {
	rest, ok := strings.CutPrefix(key, folder)
	return ok && !strings.Contains(rest, "/") && (strings.HasSuffix(rest, ".yaml") || strings.HasSuffix(rest, ".yml"))
}
