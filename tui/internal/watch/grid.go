package watch

import (
	"slices"
	"sort"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// grid shows accounts as lines and roles as columns, with one sign for each assignment,
// and a cursor on one of them. The cursor follows its account and its role, each by
// itself. Only what is on the screen is drawn.
type grid struct {
	kit   *ui.Kit
	board *rollout.Board

	accounts, roles []uint32 // what is shown, as the board's indexes
	row, col        int      // the cursor's position
	account         core.AccountID
	role            core.RoleName
	top, left       int // the first line and column on the screen
	page, across    int // lines and columns that the last view had room for
}

// set shows accounts and roles. The cursor stays on its account and role, at the same
// place of the screen if possible; where one of them is not shown any more, it goes to
// the next that is.
func (g *grid) set(accounts, roles []uint32) {
	oldAccounts, oldRoles := g.accounts, g.roles
	g.accounts, g.roles = accounts, roles
	if len(accounts) == 0 || len(roles) == 0 {
		g.accounts, g.roles = nil, nil
		return
	}
	line, across := g.row-g.top, g.col-g.left
	account, known := g.board.AccountIndex(g.account)
	g.row = place(oldAccounts, accounts, g.row, account, known)
	role, found := g.board.RoleIndex(g.role)
	g.col = place(oldRoles, roles, g.col, role, found)
	g.top, g.left = g.row-line, g.col-across
	g.settle()
}

// place is the position of wanted among the new ones, or of the nearest of its old
// neighbours: first those after it, then those before it.
func place(old, now []uint32, at int, wanted uint32, known bool) int {
	if known {
		if i := slices.Index(now, wanted); i >= 0 {
			return i
		}
	}
	position := make(map[uint32]int, len(now))
	for i, n := range now {
		position[n] = i
	}
	for i := at + 1; i < len(old); i++ {
		if p, shown := position[old[i]]; shown {
			return p
		}
	}
	for i := min(at, len(old)) - 1; i >= 0; i-- {
		if p, shown := position[old[i]]; shown {
			return p
		}
	}
	return min(at, len(now)-1)
}

// settle takes note of what the cursor is on, and has it on the screen.
func (g *grid) settle() {
	g.account = g.board.Account(g.accounts[g.row]).ID
	g.role = g.board.Role(g.roles[g.col]).Name
	g.top = within(g.top, g.row, g.page, len(g.accounts))
	g.left = within(g.left, g.col, g.across, len(g.roles))
}

// within is where a window of so many of all begins, so that it has the cursor and is
// no emptier than it must be.
func within(from, cursor, size, all int) int {
	if size > 0 {
		from = min(max(from, cursor-size+1), cursor, all-size)
	}
	return max(from, 0)
}

// move moves the cursor, as far as there is something.
func (g *grid) move(down, right int) {
	if g.empty() {
		return
	}
	g.row = min(max(g.row+down, 0), len(g.accounts)-1)
	g.col = min(max(g.col+right, 0), len(g.roles)-1)
	g.settle()
}

// turn moves by pages.
func (g *grid) turn(pages int) {
	g.top += pages * g.page
	g.move(pages*max(g.page, 1), 0)
}

func (g *grid) empty() bool { return len(g.accounts) == 0 }

// selected is the account and the role under the cursor, whether or not there is an
// assignment.
func (g *grid) selected() (core.Pair, bool) {
	return core.Pair{Role: g.role, Account: g.account}, !g.empty()
}

// choose moves the cursor to an account and a role, if both are shown.
func (g *grid) choose(p core.Pair) {
	account, known := g.board.AccountIndex(p.Account)
	role, found := g.board.RoleIndex(p.Role)
	if !known || !found {
		return
	}
	row, col := slices.Index(g.accounts, account), slices.Index(g.roles, role)
	if row >= 0 && col >= 0 {
		g.row, g.col = row, col
		g.settle()
	}
}

// do performs an action that moves; false if it is none.
func (g *grid) do(a ui.Action) bool {
	switch a {
	case ui.Up:
		g.move(-1, 0)
	case ui.Down:
		g.move(1, 0)
	case ui.Left:
		g.move(0, -1)
	case ui.Right:
		g.move(0, 1)
	case ui.PageUp:
		g.turn(-1)
	case ui.PageDown:
		g.turn(1)
	case ui.First:
		g.move(-len(g.accounts), 0)
	case ui.Last:
		g.move(len(g.accounts), 0)
	default:
		return false
	}
	return true
}

// gridOf lists the accounts and roles that have a line in the list. Roles are ordered
// by name; accounts by their most urgent line, then by name. It is what Board.Grid
// gives, without matching everything a second time.
func (r *rows) gridOf() (accounts, roles []uint32) {
	worst, used := make([]uint8, r.board.Accounts()), make([]bool, r.board.Roles())
	from := 0
	for u := uint8(1); u <= urgencies; u++ {
		to := from + sort.Search(len(r.listed)-from, func(i int) bool { return urgency(r.cell(int(r.listed[from+i]))) > u })
		for _, row := range r.listed[from:to] {
			account, role := r.at(int(row))
			used[role] = true
			if worst[account] == 0 {
				worst[account] = u
			}
		}
		from = to
	}
	for u := uint8(1); u <= urgencies; u++ {
		for _, i := range r.board.AccountOrder() {
			if worst[i] == u {
				accounts = append(accounts, i)
			}
		}
	}
	for _, j := range r.board.RoleOrder() {
		if used[j] {
			roles = append(roles, j)
		}
	}
	return accounts, roles
}

const urgencies = 4

// urgency is the group of the list that an assignment stands in, from 1.
func urgency(c rollout.Cell) uint8 {
	switch underWay := c.Status == core.AssignmentPending || c.Status == core.AssignmentDeleting; {
	case c.Status == core.AssignmentFailed:
		return 1
	case underWay && !c.Waiting:
		return 2
	case underWay:
		return 3
	default:
		return urgencies
	}
}
