package main

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/templates"
)

// BenchmarkFirstRowOfMany is what the interface waits for before it can draw its first
// row, with 10,000 accounts approved: a new session asks who it is, and reads the first
// page of its role's rows. All of it is HTTP to a sandbox, so the network's own time
// comes on top.
func BenchmarkFirstRowOfMany(b *testing.B) {
	ctx := b.Context()
	box, err := newInstalled(ctx, "", slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer box.Close()
	a := &app{out: io.Discard, err: io.Discard}
	if err := a.populate(ctx, box, templates.Organisation()); err != nil {
		b.Fatal(err)
	}
	admin, err := box.AdminOf(box.Master())
	if err != nil {
		b.Fatal(err)
	}
	tables, err := clientOf(ctx, box, admin)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 10000 {
		id := core.AccountID(fmt.Sprintf("%012d", 700000000000+i))
		_, err := tables.Tables().UpdateAssignment(ctx, core.Pair{Role: "DevOps", Account: id}, func(r *core.AssignmentRecord) error {
			r.Of = core.Account{ID: id, Name: fmt.Sprintf("service-%d", i), Email: fmt.Sprintf("aws+%d@example.com", i), Groups: []string{"production"}}
			r.Status = core.AssignmentActive
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		client, err := sandboxClient(ctx, box, "DevOps")
		if err != nil {
			b.Fatal(err)
		}
		session := a.tuiSession(client, engine.DefaultPace)
		if _, err := session.Users.Whoami(ctx); err != nil {
			b.Fatal(err)
		}
		for _, err := range session.Users.Each(ctx, "") {
			if err != nil {
				b.Fatal(err)
			}
			break
		}
	}
}
