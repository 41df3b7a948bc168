package organisation

import (
	"fmt"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 34}, {80, 20}, {60, 11}} {
		w, h := size[0], size[1]
		s := newScreen(t, filled(40), &world{})
		s.Do(ui.Down)
		s.Do(ui.Down)
		view := s.View(w, h)
		wellFormed(t, view, w, h)
		golden(t, fmt.Sprintf("accounts-%dx%d", w, h), view)
		s.Do(ui.OnlyWait)
		s.Do(ui.First)
		golden(t, fmt.Sprintf("pending-%dx%d", w, h), s.View(w, h))
		s.Do(ui.OrgPart)
		s.Do(ui.Down)
		view = s.View(w, h)
		wellFormed(t, view, w, h)
		golden(t, fmt.Sprintf("roles-%dx%d", w, h), view)
	}
}

func TestGoldenPages(t *testing.T) {
	t.Parallel()
	w := &world{
		roles:    map[core.RoleName]core.RoleRecord{"Audit": role("Audit")},
		accounts: map[core.AccountID]core.AccountRecord{idOf(12): {History: []core.StatusChange{{Status: "pending", At: start}}}},
		iam: core.IAMRole{
			Trust:      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ds.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
			InlineName: "CrossAccountManager-Audit-Permission", Inline: `{"Version":"2012-10-17","Statement":[]}`, Strays: []string{"by-hand"},
		},
	}
	s := newScreen(t, filled(40), w)
	s.Do(ui.OrgPart)
	d, rest := opened(t, s.Do(ui.Inspect))
	for _, msg := range rest {
		s.Update(msg)
	}
	golden(t, "role-page", text(d))
	s.Do(ui.OrgPart)
	s.list().Table.Select(string(idOf(13)))
	d, rest = opened(t, s.Do(ui.Inspect))
	s.Update(rest[0])
	golden(t, "account-page", text(d))
}
