package organisation

import (
	"fmt"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
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
		tuitest.WellFormed(t, view, w, h)
		tuitest.Golden(t, fmt.Sprintf("accounts-%dx%d", w, h), tuitest.Framed(view))
		s.Do(ui.OnlyWait)
		s.Do(ui.First)
		tuitest.Golden(t, fmt.Sprintf("pending-%dx%d", w, h), tuitest.Framed(s.View(w, h)))
		s.Do(ui.OrgPart)
		s.Do(ui.Down)
		view = s.View(w, h)
		tuitest.WellFormed(t, view, w, h)
		tuitest.Golden(t, fmt.Sprintf("roles-%dx%d", w, h), tuitest.Framed(view))
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
	tuitest.Golden(t, "role-page", tuitest.Framed(text(d)))
	s.Do(ui.OrgPart)
	s.list().Table.Select(string(idOf(13)))
	d, rest = opened(t, s.Do(ui.Inspect))
	s.Update(rest[0])
	tuitest.Golden(t, "account-page", tuitest.Framed(text(d)))
}
