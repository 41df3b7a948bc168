package engine_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/sandbox"
)

var (
	chaosSeeds = flag.Int("chaos.seeds", 4, "how many seeds the convergence test runs")
	chaosFirst = flag.Uint64("chaos.first", 1, "the first of them")
)

// TestChaosConverges edits files and lets accounts join and leave at random, while
// events come twice, late and out of order, calls are throttled and fail, reads and IAM
// lag, and functions die at any call. Once that ends, the schedule brings everything to
// what a calm installation makes of the last files.
func TestChaosConverges(t *testing.T) {
	t.Parallel()
	seeds := *chaosSeeds
	if testing.Short() {
		seeds = min(seeds, 2)
	}
	for i := range uint64(seeds) {
		seed := *chaosFirst + i
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			chaos(t, seed)
		})
	}
}

// everyone are the accounts that chaos plays with.
var everyone = []string{payments, shop, lab}

func chaos(t *testing.T, seed uint64) {
	pace := coretest.QuickPace
	pace.Lease = 1500 * time.Millisecond // the dead hold theirs for so long
	in := coretest.Install(t, coretest.Options{
		Pace: pace,
		Sandbox: sandbox.Options{Seed: seed, Chaos: sandbox.Chaos{
			ReplicationLag: 50 * time.Millisecond, Propagation: 50 * time.Millisecond, Delay: 60 * time.Millisecond,
			Duplicate: 0.3, Throttle: 0.01, Fail: 0.01, Kill: 0.02,
		}},
	})
	w := &world{in: in, random: rand.New(rand.NewPCG(seed, 1)), files: map[string]string{}, joined: map[string]bool{}}
	for range 8 {
		w.step(t)
	}
	in.Box.Calm()
	in.Quiet()
	settle(t, in)
	got := in.State(w.members()...).Live()

	calm := coretest.Install(t, coretest.Options{})
	calm.Push(w.files)
	calm.Join(w.members()...)
	calm.Wait()
	if diff := cmp.Diff(calm.State(w.members()...).Live(), got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("after %s\ncalm (-) and chaos (+) end differently:\n%s", strings.Join(w.story, "; "), diff)
	}
}

// settle lets the schedule work until nothing is left to do.
func settle(t *testing.T, in *coretest.Installation) {
	t.Helper()
	for range 10 {
		in.Reconcile()
		if len(in.Open()) == 0 {
			in.Reconcile() // what became due meanwhile, pages included
			return
		}
	}
	t.Fatalf("the schedule does not finish: %v", in.Open())
}

// world is what happens to an installation.
type world struct {
	in     *coretest.Installation
	random *rand.Rand
	files  map[string]string
	joined map[string]bool
	story  []string
}

func (w *world) members() []string {
	return slices.DeleteFunc(slices.Clone(everyone), func(id string) bool { return !w.joined[id] })
}

func (w *world) say(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

// step does something, and mostly does not wait for it.
func (w *world) step(t *testing.T) {
	t.Helper()
	switch n := w.random.IntN(10); {
	case n < 3:
		w.write("account/a.yaml", w.accounts())
	case n < 6:
		w.write("role/r.yaml", w.roles())
	case n < 7:
		w.write("custom_policy/P.json", pick(w, listBuckets, listTopics))
	case n < 9:
		w.joinOrLeave(t, pick(w, everyone...))
	default:
		w.in.Quiet()
		w.say("quiet")
	}
}

func pick[T any](w *world, of ...T) T { return of[w.random.IntN(len(of))] }

func (w *world) write(key, body string) {
	w.files[key] = body
	w.say("%s = %q", key, body)
	w.in.Upload(key, body, 100)
}

// accounts lists some of the accounts, in some groups.
func (w *world) accounts() string {
	var b strings.Builder
	b.WriteString("accounts:\n")
	for _, id := range everyone {
		if w.random.IntN(4) > 0 {
			fmt.Fprintf(&b, "  %q: {name: n%d, groups: [%s]}\n", id, w.random.IntN(3), pick(w, "red", "blue"))
		}
	}
	if b.Len() == len("accounts:\n") {
		return "accounts: {}\n"
	}
	return b.String()
}

// roles lists some of the roles, for some groups.
func (w *world) roles() string {
	var b strings.Builder
	b.WriteString("roles:\n")
	for _, name := range []string{"R", "S"} {
		if w.random.IntN(4) > 0 {
			fmt.Fprintf(&b, "  %s: {policy: P.json, accountgroup: %q, description: d%d}\n", name, pick(w, "red", "blue", core.AllAccounts), w.random.IntN(3))
		}
	}
	if b.Len() == len("roles:\n") {
		return "roles: {}\n"
	}
	return b.String()
}

// joinOrLeave launches or deletes the sub-account stack. Chaos rests meanwhile: what
// CloudFormation makes of a function that dies is a failed stack, for a person to see.
func (w *world) joinOrLeave(t *testing.T, id string) {
	t.Helper()
	verb, do := "leave", w.in.Box.Leave
	if !w.joined[id] {
		verb, do = "join", w.in.Box.Join
	}
	w.say("%s %s", verb, id)
	w.in.Box.Calm()
	defer w.in.Box.Storm()
	if err := do(w.in.Context(), []string{id}, func(string) {}); err != nil {
		t.Fatalf("after %s: %v", strings.Join(w.story, "; "), err)
	}
	w.joined[id] = !w.joined[id]
}
