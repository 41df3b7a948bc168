package changes

import (
	"cmp"
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
)

// prepared is a plan, or why there is none.
type prepared struct {
	screen   *Screen
	run      int
	push     *engine.Push
	findings []core.Finding
	outline  *outline
	err      error
	at       time.Time
}

// prepare computes the plan in a command.
func (s *Screen) prepare() tea.Cmd {
	if s.stop != nil {
		s.stop()
	}
	ctx, stop := context.WithCancel(s.ctx)
	s.stop = stop
	s.run++
	s.computing = true
	run, folder, now, settings := s.run, s.folder, s.kit.Now, s.settings
	push := s.newPush()
	return func() tea.Msg {
		done := prepared{screen: s, run: run, push: push, at: now()}
		done.findings, done.err = push.Prepare(ctx, folder)
		if done.err == nil && push.Plan != nil {
			done.outline = newOutline(push, settings)
		}
		return done
	}
}

// outline is a plan in the order of its parts. It is made off the screen's goroutine,
// completed on it, and not changed after that.
type outline struct {
	plan     *plan.Plan
	accounts []accountLine
	roles    []roleLine
	files    []engine.FileChange
	access   []uint32 // indexes of the plan's assignments
	budgets  []engine.Budget
	names    map[core.AccountID]string
}

// accountLine is all that happens to one account.
type accountLine struct {
	id      core.AccountID
	change  *plan.Change // of the account itself; nil if only its roles change
	gains   []core.RoleName
	loses   []core.RoleName
	updates []core.RoleName
}

// roleLine is all that happens to one role.
type roleLine struct {
	role     core.RoleName
	change   *plan.Change
	policies []*plan.Change // of policy files that the role names
	gains    []core.AccountID
	loses    []core.AccountID
	updates  int
}

func newOutline(p *engine.Push, settings engine.Settings) *outline {
	o := &outline{plan: p.Plan, files: p.Changes(), names: map[core.AccountID]string{}, budgets: engine.Budgets(p.Desired, settings)}
	for i := range p.Desired.Accounts {
		o.names[p.Desired.Accounts[i].ID] = p.Desired.Accounts[i].Name
	}
	accounts, roles := map[core.AccountID]*accountLine{}, map[core.RoleName]*roleLine{}
	account := func(id core.AccountID) *accountLine {
		if accounts[id] == nil {
			accounts[id] = &accountLine{id: id}
		}
		return accounts[id]
	}
	role := func(name core.RoleName) *roleLine {
		if roles[name] == nil {
			roles[name] = &roleLine{role: name}
		}
		return roles[name]
	}
	for i := range p.Plan.Changes {
		switch c := &p.Plan.Changes[i]; c.Kind {
		case plan.KindAccount:
			account(core.AccountID(c.ID)).change = c
		case plan.KindRole:
			role(core.RoleName(c.ID)).change = c
		case plan.KindPolicy:
			for _, name := range c.Roles {
				r := role(core.RoleName(name))
				r.policies = append(r.policies, c)
			}
		case plan.KindAssignment:
			o.access = append(o.access, uint32(i))
			account(c.Account).take(c)
			role(c.Role).take(c)
		}
	}
	for _, a := range accounts {
		o.accounts = append(o.accounts, *a)
	}
	for _, r := range roles {
		o.roles = append(o.roles, *r)
	}
	slices.SortFunc(o.accounts, func(a, b accountLine) int {
		return cmp.Or(cmp.Compare(o.names[a.id], o.names[b.id]), cmp.Compare(a.id, b.id))
	})
	slices.SortFunc(o.roles, func(a, b roleLine) int { return cmp.Compare(a.role, b.role) })
	// Who loses access comes first: that is what nobody may miss.
	slices.SortStableFunc(o.access, func(a, b uint32) int {
		return cmp.Compare(rank(p.Plan.Changes[a].Action), rank(p.Plan.Changes[b].Action))
	})
	return o
}

// complete adds the names of accounts that no file lists any more.
func (o *outline) complete(recorded func(core.AccountID) string) {
	for i := range o.accounts {
		if id := o.accounts[i].id; o.names[id] == "" && recorded != nil {
			o.names[id] = recorded(id)
		}
	}
}

func rank(a plan.Action) int {
	return slices.Index([]plan.Action{plan.Remove, plan.Add, plan.Update}, a)
}

func (a *accountLine) take(c *plan.Change) {
	switch c.Action {
	case plan.Add:
		a.gains = append(a.gains, c.Role)
	case plan.Remove:
		a.loses = append(a.loses, c.Role)
	default:
		a.updates = append(a.updates, c.Role)
	}
}

func (r *roleLine) take(c *plan.Change) {
	switch c.Action {
	case plan.Add:
		r.gains = append(r.gains, c.Account)
	case plan.Remove:
		r.loses = append(r.loses, c.Account)
	default:
		r.updates++
	}
}

// label is an account as a person knows it.
func (o *outline) label(id core.AccountID) string {
	if name := o.names[id]; name != "" {
		return name + " (" + string(id) + ")"
	}
	return string(id)
}
