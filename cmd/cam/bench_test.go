package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/templates"
)

// BenchmarkSample fills a fresh sandbox with the sample organisation: sixteen
// accounts, seven roles, 52 assignments.
func BenchmarkSample(b *testing.B) {
	for b.Loop() {
		box, err := newInstalled(b.Context(), "", slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		a := &app{out: io.Discard, err: io.Discard}
		if err := a.populate(b.Context(), box, templates.Organisation()); err != nil {
			b.Fatal(err)
		}
		if err := box.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRolloutOfARole pushes a new role to three registered accounts and waits
// until it is active in all of them.
func BenchmarkRolloutOfARole(b *testing.B) {
	ctx := b.Context()
	box, err := newInstalled(ctx, "", slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer box.Close()
	a := &app{out: io.Discard, err: io.Discard}
	folder := fstest.MapFS{
		"account/a.yaml":       {Data: []byte("accounts: {\"111122223333\": {}, \"222233334444\": {}, \"333344445555\": {}}\n")},
		"custom_policy/P.json": {Data: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`)},
		"role/permanent.yaml":  {Data: []byte("roles: {Permanent: {policy: P.json}}\n")},
	}
	if err := a.populate(ctx, box, folder); err != nil {
		b.Fatal(err)
	}
	client, err := sandboxClient(ctx, box, "admin")
	if err != nil {
		b.Fatal(err)
	}
	var slowest time.Duration
	n := 0
	for b.Loop() {
		n++
		name := fmt.Sprintf("role/r%d.yaml", n)
		folder[name] = &fstest.MapFile{Data: fmt.Appendf(nil, "roles: {Role%d: {policy: P.json}}\n", n)}
		started := time.Now()
		if err := pushAll(ctx, &engine.Push{
			Bucket: client.Bucket(box.ConfigBucket(), ""), State: client.Tables(), Files: client.Tables(),
			Pace: engine.Pace{Base: 5 * time.Millisecond, Max: 20 * time.Millisecond, Attempts: 6, Parallel: 8},
		}, folder); err != nil {
			b.Fatal(err)
		}
		slowest = max(slowest, time.Since(started))
	}
	b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
}

func pushAll(ctx context.Context, p *engine.Push, folder fstest.MapFS) error {
	if _, err := p.Prepare(ctx, folder); err != nil {
		return err
	}
	if err := p.Upload(ctx, func(string) {}); err != nil {
		return err
	}
	return p.Wait(ctx, func(engine.Progress) {})
}
