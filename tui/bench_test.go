package tui

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
)

// live runs a model without a terminal: messages in, commands in the background.
type live struct {
	m    *model
	msgs chan tea.Msg
	stop context.CancelFunc
}

func start(b *testing.B, o Options) *live {
	ctx, stop := context.WithCancel(b.Context())
	b.Cleanup(stop)
	l := &live{m: newModel(ctx, o), msgs: make(chan tea.Msg, 10000), stop: stop}
	l.run(l.m.Init())
	l.handle(tea.WindowSizeMsg{Width: 120, Height: 40})
	return l
}

func (l *live) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, c := range batch {
				l.run(c)
			}
			return
		}
		if msg != nil {
			l.msgs <- msg
		}
	}()
}

// handle is what a program does with a message: update, and draw.
func (l *live) handle(msg tea.Msg) string {
	_, cmd := l.m.Update(msg)
	l.run(cmd)
	return l.m.View().Content
}

// until handles messages until the screen shows something.
func (l *live) until(b *testing.B, text string) {
	for deadline := time.After(time.Minute); ; {
		select {
		case msg := <-l.msgs:
			if strings.Contains(l.handle(msg), text) {
				return
			}
		case <-deadline:
			b.Fatalf("the screen never shows %q:\n%s", text, l.m.View().Content)
		}
	}
}

// BenchmarkFirstRow: from the start to the first account on the screen, of 10,000 that
// arrive one by one.
func BenchmarkFirstRow(b *testing.B) {
	o, p, _, _ := options()
	p.entries = nil
	for i := range 10000 {
		p.entries = append(p.entries, entry(core.AccountID(fmt.Sprintf("%012d", i)), fmt.Sprintf("account-%05d", i), core.AssignmentActive, "production"))
	}
	for b.Loop() {
		start(b, o).until(b, "account-00000")
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/first-row")
}

// large opens the rollout of 10,000 accounts and 50 roles.
func large(b *testing.B) *live {
	o, _, _, _ := options()
	state := tuitest.Enterprise(10000, 50, now())
	o.Session.Installation = func(context.Context) (*Installation, error) { return installation(state, nil), nil }
	o.View = "rollout"
	l := start(b, o)
	l.until(b, "500,000 assignments")
	for l.m.admin != nil && !l.m.admin.loaded {
		l.handle(<-l.msgs)
	}
	return l
}

// BenchmarkKeyToPaint: 500,000 rows; every key is handled and its screen drawn. The
// metric is the 95th percentile over all keys of the sequence.
func BenchmarkKeyToPaint(b *testing.B) {
	l := large(b)
	sequences := map[string][]string{
		"list":   append([]string{"down", "down", "pgdown", "pgdown", "end", "up", "home", "down", "f", "f"}, typed("/team-03 !failed prod")...),
		"filter": append(typed("/role-1 service-77 active"), "esc", "esc"),
		"grid":   append([]string{"tab", "down", "down", "right", "right", "pgdown", "end", "left"}, append(typed("/team-1"), "esc", "esc", "tab")...),
	}
	for _, name := range []string{"list", "filter", "grid"} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				for _, k := range sequences[name] {
					before := time.Now()
					l.handle(tuitest.Key(k))
					took = append(took, time.Since(before))
				}
				for range 4 {
					l.handle(tuitest.Key("esc"))
				}
				l.m.view = "rollout"
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkMemory is the heap that the interface needs for 500,000 assignments, all of
// them loaded, the list and the grid drawn, beside the records that they were read from,
// which stand for the tables.
func BenchmarkMemory(b *testing.B) {
	state := tuitest.Enterprise(10000, 50, now())
	o, _, _, _ := options()
	o.Session.Installation = func(context.Context) (*Installation, error) { return installation(state, nil), nil }
	o.View = "rollout"
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // the first empties pools
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	most := 0.0
	for b.Loop() {
		before := heap()
		l := start(b, o)
		l.until(b, "500,000 assignments")
		for !l.m.admin.loaded {
			l.handle(<-l.msgs)
		}
		l.handle(tuitest.Key("tab"))
		l.handle(tuitest.Key("tab"))
		most = max(most, heap()-before)
		runtime.KeepAlive(l)
		l.stop()
		time.Sleep(100 * time.Millisecond) // for the watch to end
	}
	b.ReportMetric(most, "MB-heap")
	b.ReportMetric(0, "ns/op")
	runtime.KeepAlive(state)
}

// BenchmarkStorm: a hundred updates of the records a second, one assignment each, as
// seen from the processor: time spent for each.
func BenchmarkStorm(b *testing.B) {
	l := large(b)
	a := l.m.admin
	r := l.m.admin.installation.State.(*tuitest.Tables).Assignments["Role-07"][5]
	for b.Loop() {
		r.Version++
		r.Status = []core.AssignmentStatus{core.AssignmentActive, core.AssignmentPending}[r.Version%2]
		a.board.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{r}})
		l.m.dirty = true
		l.m.View()
	}
}
