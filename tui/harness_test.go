package tui

import (
	"context"
	"errors"
	"iter"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
)

// now is when the tests take place: synctest's clocks begin there.
func now() time.Time { return time.Now() }

// people is a Users of a test: what AWS would answer.
type people struct {
	mu       sync.Mutex
	who      broker.Whoami
	whoErr   error
	entries  []broker.Entry
	listErr  error
	hold     chan struct{} // Each waits for it after the first hundred entries, if set
	err      error         // of Console and Credentials
	consoles []broker.ConsoleRequest
	lists    []string // roles that were listed for
}

func (p *people) Whoami(context.Context) (broker.Whoami, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.who, p.whoErr
}

func (p *people) Each(ctx context.Context, role string) iter.Seq2[broker.Entry, error] {
	return func(yield func(broker.Entry, error) bool) {
		p.mu.Lock()
		entries, err, hold := p.entries, p.listErr, p.hold
		p.lists = append(p.lists, role)
		p.mu.Unlock()
		for i, e := range entries {
			if hold != nil && i == 100 {
				select {
				case <-hold:
				case <-ctx.Done():
					return
				}
			}
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(broker.Entry{}, err)
		}
	}
}

// The secrets that nothing may show.
const (
	secretKey   = "sEcReT/AcCeSs+KeY"
	secretToken = "ToKeN//0fTheSession"
	secretLink  = "https://signin.example/federation?SigninToken=hUsH"
)

func (p *people) find(selector string) broker.Entry {
	for _, e := range p.entries {
		if string(e.AccountID) == selector {
			return e
		}
	}
	return broker.Entry{}
}

func (p *people) Credentials(_ context.Context, r broker.Request) (core.Credentials, broker.Entry, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return core.Credentials{
		AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: core.NewSecret(secretKey), SessionToken: core.NewSecret(secretToken), Expires: now().Add(time.Hour),
	}, p.find(r.Account), p.err
}

func (p *people) Console(_ context.Context, r broker.ConsoleRequest) (broker.Console, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.consoles = append(p.consoles, r)
	return broker.Console{URL: core.NewSecret(secretLink), Entry: p.find(r.Account), Renewable: r.SwitchRole, Expires: now().Add(time.Hour)}, p.err
}

// table is a Desk of a test.
type table struct {
	mu    sync.Mutex
	urls  []string
	files map[string]string
	err   error
}

func (d *table) OpenURL(url core.Secret) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.urls = append(d.urls, url.Reveal())
	return d.err
}
func (d *table) Shell(core.Credentials, broker.Entry, string) *exec.Cmd { return exec.Command("true") }
func (d *table) WriteSecret(path string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, taken := d.files[path]; taken {
		return core.Errorf(core.CodeConflict, "%s is there already", path)
	}
	d.files[path] = string(data)
	return nil
}

// shelf is a Store in memory.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (s *shelf) Read(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, found := s.files[name]; found {
		return data, nil
	}
	return nil, core.Errorf(core.CodeNotFound, "no %s", name)
}

func (s *shelf) Write(name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = data
	return nil
}

func (s *shelf) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
	return nil
}

// installation is what an admin works on, in memory. Without a bucket there is nothing
// to push to.
func installation(state *tuitest.Tables, bucket *tuitest.Bucket) *Installation {
	if bucket == nil {
		bucket = tuitest.NewBucket(nil)
	}
	return &Installation{
		State: state, Publisher: &mute{}, Master: asWritten{},
		Push: func() *engine.Push {
			return &engine.Push{State: state, Bucket: bucket, Files: bucket, Pace: engine.Pace{Base: time.Second, Max: time.Second}}
		},
		Pushed:   func(context.Context) (map[string][]byte, error) { return bucket.Files(), nil },
		Settings: engine.Settings{Partition: "aws", Master: "100000000001", Region: "eu-west-1"},
		Invite: func(id core.AccountID) core.Invitation {
			return core.Invitation{Account: id, Master: "100000000001", Region: "eu-west-1", ArtifactBucket: "cam-artifacts", ArtifactKey: "cam.zip"}
		},
	}
}

// mute is a Publisher that only counts.
type mute struct{ events []core.Event }

func (p *mute) Publish(_ context.Context, _ core.Topic, events ...core.Event) error {
	p.events = append(p.events, events...)
	return nil
}

// asWritten are the master account's roles.
type asWritten struct{}

func (asWritten) Role(_ context.Context, name string) (core.IAMRole, error) {
	return core.IAMRole{Name: name, Trust: `{"Version":"2012-10-17","Statement":[]}`, Inline: `{"Version":"2012-10-17","Statement":[]}`}, nil
}

// entry is an approved account.
func entry(id core.AccountID, name string, status core.AssignmentStatus, groups ...string) broker.Entry {
	return broker.Entry{AccountID: id, Name: name, Email: name + "@example.com", Groups: groups, Role: "DevOps", Status: status, Updated: now().Add(-time.Hour)}
}

// stage is the interface as a test drives it.
type stage struct {
	t      testing.TB
	m      *model
	people *people
	desk   *table
	store  *shelf
	msgs   chan tea.Msg
	sent   []tea.Msg // what went to the program itself: the clipboard, quitting
}

// options are those of a test, to be changed before the stage is set.
func options() (Options, *people, *table, *shelf) {
	p := &people{
		who: broker.Whoami{Account: "100000000001", MasterAccount: "100000000001", ARN: "arn:aws:sts::100000000001:assumed-role/CrossAccountManager-DevOps/alice",
			SessionName: "alice", CurrentRole: "DevOps", Partition: "aws", Expires: now().Add(50 * time.Minute)},
		entries: []broker.Entry{
			entry("111122223333", "shop-production", core.AssignmentActive, "production"),
			entry("222233334444", "payments-production", core.AssignmentActive, "pci", "production"),
			entry("333344445555", "shop-staging", core.AssignmentActive, "staging"),
			entry("444455556666", "analytics-sandbox", core.AssignmentPending, "development"),
			entry("012345670123", "search-development", core.AssignmentActive, "development"),
		},
	}
	failed := entry("555566667777", "legacy", core.AssignmentFailed, "production")
	failed.Failure = &core.Failure{Code: "AccessDenied", Message: "the admin role is gone", Attempts: 6, At: now()}
	p.entries = append(p.entries, failed)
	d, s := &table{files: map[string]string{}}, &shelf{files: map[string][]byte{}}
	return Options{
		Store: s, Desk: d, Now: now,
		Session: Session{Users: p, Region: "eu-west-1", Installation: func(context.Context) (*Installation, error) {
			return nil, core.Errorf(core.CodeDenied, "not authorized to perform dynamodb:Query")
		}},
	}, p, d, s
}

// play runs a test of the interface in a bubble of its own time, at a size.
func play(t *testing.T, w, h int, change func(*Options, *people), act func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		o, p, d, store := options()
		if change != nil {
			change(&o, p)
		}
		s := &stage{t: t, m: newModel(ctx, o), people: p, desk: d, store: store, msgs: make(chan tea.Msg, 1000)}
		s.run(s.m.Init())
		s.send(tea.WindowSizeMsg{Width: w, Height: h})
		act(s)
		stop()
		settle()
	})
}

// settle lets the timers run out that are still waited for.
func settle() {
	time.Sleep(24 * time.Hour)
	synctest.Wait()
}

// run does a command in the background, as the program would.
func (s *stage) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				s.run(c)
			}
		default:
			s.msgs <- msg
		}
	}()
}

// post delivers messages without waiting for what comes of them.
func (s *stage) post(msgs ...tea.Msg) {
	for _, msg := range msgs {
		_, cmd := s.m.Update(msg)
		s.m.View()
		s.run(cmd)
	}
}

// send delivers messages, and then all that comes of them without time passing.
func (s *stage) send(msgs ...tea.Msg) {
	s.post(msgs...)
	for range 10000 {
		synctest.Wait()
		select {
		case msg := <-s.msgs:
			if sequence, ok := steps(msg); ok {
				for _, c := range sequence {
					if out := c(); out != nil {
						s.msgs <- out
					}
				}
				continue
			}
			s.sent = append(s.sent, msg)
			s.post(msg)
		default:
			return
		}
	}
	s.t.Fatal("messages beget messages without end")
}

// pass lets time go by, and delivers what it brings.
func (s *stage) pass(d time.Duration) {
	for end := now().Add(d); now().Before(end); {
		time.Sleep(min(time.Until(end), 50*time.Millisecond))
		s.send()
	}
}

// keys presses keys by their names, one after the other, at the pace of a person.
func (s *stage) keys(names ...string) {
	for _, name := range names {
		s.send(tuitest.Key(name))
		if len(s.m.dialogs) > 0 {
			s.pass(armAfter)
		}
	}
}

// burst presses keys as they come from a script: nothing happens in between.
func (s *stage) burst(names ...string) {
	for _, name := range names {
		s.post(tuitest.Key(name))
	}
	s.send()
}

// typed is a text as single keys.
func typed(text string) []string { return strings.Split(text, "") }

// screen is what is drawn, without styles.
func (s *stage) screen() string { return ansi.Strip(s.m.View().Content) }

// line is one line of the screen; negative numbers count from the end.
func (s *stage) line(i int) string {
	lines := strings.Split(s.screen(), "\n")
	if i < 0 {
		i += len(lines)
	}
	return lines[i]
}

// cursor is the line that begins with >.
func (s *stage) cursor() string {
	for line := range strings.SplitSeq(s.screen(), "\n") {
		if strings.HasPrefix(line, ">") {
			return line
		}
	}
	return ""
}

func (s *stage) shows(texts ...string) {
	s.t.Helper()
	missing := slices.DeleteFunc(texts, func(text string) bool { return strings.Contains(s.screen(), text) })
	if len(missing) > 0 {
		s.t.Errorf("the screen does not show %q:\n%s", missing, s.screen())
	}
}

func (s *stage) lacks(texts ...string) {
	s.t.Helper()
	found := slices.DeleteFunc(texts, func(text string) bool { return !strings.Contains(s.screen(), text) })
	if len(found) > 0 {
		s.t.Errorf("the screen shows %q:\n%s", found, s.screen())
	}
}

var errLost = errors.New("connection refused")
