package enter

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// batchEvery is how often a list that is being read is shown.
const batchEvery = 100 * time.Millisecond

// loaded is a part of the list. It belongs to one reading of one screen: what another
// one brings late is dropped.
type loaded struct {
	screen  *Screen
	reading int
	entries []broker.Entry
	done    bool
	err     error
	at      time.Time
	next    <-chan loaded
}

// read starts to read the list, and returns a command for its first part. The first
// entries come at once, the others together every tenth of a second.
func (s *Screen) read() tea.Cmd {
	if s.stop != nil {
		s.stop()
	}
	ctx, stop := context.WithCancel(s.ctx)
	s.stop = stop
	s.reading++
	s.loading, s.fresh = true, map[string]bool{}
	parts := make(chan loaded, 1)
	reading, b, role, now := s.reading, s.broker, s.role, s.kit.Now
	return func() tea.Msg {
		go collect(ctx, b, role, loaded{screen: s, reading: reading, next: parts}, now, parts)
		return <-parts
	}
}

// collect reads entries and hands them on in parts. The channel is read until the part
// that is done; a reader that went away has ended the context.
func collect(ctx context.Context, b Broker, role string, part loaded, now func() time.Time, parts chan<- loaded) {
	send := func() bool {
		part.at = now()
		select {
		case parts <- part:
			part.entries = nil
			return true
		case <-ctx.Done():
			return false
		}
	}
	var last time.Time
	for e, err := range b.Each(ctx, role) {
		if err != nil {
			part.err = err
			break
		}
		part.entries = append(part.entries, e)
		if len(part.entries)%64 == 0 && time.Since(last) >= batchEvery {
			if last = time.Now(); !send() {
				break
			}
		}
	}
	part.done, part.at = true, now()
	select {
	case parts <- part:
	case <-ctx.Done():
		close(parts) // whoever still waits gets an empty part of no reading
	}
}

// arrived takes a part of the list.
func (s *Screen) arrived(part loaded) tea.Cmd {
	if part.screen != s || part.reading != s.reading {
		return nil
	}
	s.rows.add(part.entries)
	for i := range part.entries {
		s.fresh[string(part.entries[i].AccountID)] = true
	}
	if !part.done {
		s.refresh()
		return func() tea.Msg { return <-part.next }
	}
	s.loading, s.err = false, part.err
	if part.err != nil {
		s.list.Refresh()
		failed := ui.Failed{What: "reading the accounts approved for you", Err: part.err, Shown: s.rows.Total() == 0}
		return func() tea.Msg { return failed }
	}
	s.asOf = part.at
	s.dropStale()
	s.refresh()
	return nil
}

// dropStale forgets the accounts that the whole list no longer has.
func (s *Screen) dropStale() {
	kept := make([]broker.Entry, 0, len(s.rows.entries))
	for _, e := range s.rows.entries {
		if s.fresh[string(e.AccountID)] {
			kept = append(kept, e)
		}
	}
	s.rows.reset()
	s.rows.add(kept)
	s.list.Table.Forget(func(id string) bool { _, known := s.rows.byID[id]; return !known })
	s.list.Renumbered()
	s.fresh = nil
}
