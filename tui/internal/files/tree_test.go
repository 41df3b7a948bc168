package files

import (
	"errors"
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestTreeGolden(t *testing.T) {
	t.Parallel()
	files := sample()
	files["role/broken.yaml"] = "roles:\n  Ops:\n    polcy: DevOps.json\n  Lost: {policy: Lost.json}\n"
	files["custom_policy/Unused.json"] = readOnlyPolicy
	b := start(t, files)
	pushed := map[string][]byte{}
	for name, text := range files {
		pushed[name] = []byte(text)
	}
	pushed[roles] = []byte("roles:\n")
	delete(pushed, devops)
	b.s.SetPushed(pushed)
	b.open(workloads)
	b.types("#")
	b.press("esc")
	b.s.list.Table.Select("role/broken.yaml")
	tuitest.Golden(t, "tree-120x30", b.plainView(120, 30))
	tuitest.Golden(t, "tree-80x20", b.plainView(80, 20))
	tuitest.Golden(t, "tree-60x12", b.plainView(60, 12))
	st := b.s.Status()
	equal(t, st.State, "3 errors in 1 file, 1 draft")
	equal(t, []any{st.Bad, st.Shown, st.Total}, []any{true, 6, 6})
}

func TestStates(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	equal(t, b.state(workloads), "· unchanged")
	b.disk.put(workloads, b.disk.text(workloads)+"# more\n")
	b.disk.put("account/extra.yaml", "accounts: {999999999999: {}}\n")
	b.look()
	equal(t, b.told, 1)
	equal(t, b.state(workloads), "~ edited")
	equal(t, b.state("account/extra.yaml"), "+ new")

	bucket := map[string][]byte{workloads: []byte(b.disk.text(workloads)), devops: []byte("{}")}
	b.s.SetPushed(bucket)
	equal(t, b.state(workloads), "· unchanged")
	equal(t, b.state(devops), "~ edited")
	equal(t, b.state(roles), "+ new")
	b.s.SetPushed(map[string][]byte{workloads: bucket[workloads], devops: []byte(readOnlyPolicy)})
	equal(t, b.state(workloads), "· unchanged")
	equal(t, b.state(devops), "● pushed")
	b.disk.put(devops, "{")
	b.look()
	equal(t, b.state(devops), "✗ invalid")
	b.open(devops)
	b.types("x")
	b.press("esc")
	equal(t, b.state(devops), "✗ invalid, draft")
	b.disk.noReading[roles] = true
	b.run(b.s.Do(ui.Refresh))
	equal(t, b.state(roles), "✗ unreadable")
	has(t, b.s.Status().State, "1 file cannot be read")
	if why := b.s.whyFile(ui.Edit, &row{name: roles}); !strings.Contains(why, "cannot be read") {
		t.Errorf("why: %s", why)
	}
}

func TestTreeFoldsAndFilters(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.s.list.Table.Select(workloads)
	b.press("left")
	equal(t, b.s.list.Table.SelectedID(), "account/")
	b.press("left")
	equal(t, b.s.list.Table.Len(), 5)
	has(t, b.plainView(100, 20), "▸ account/", "2 files")
	b.press("/")
	b.types("012345670123")
	equal(t, b.s.list.Table.Len(), 2) // the folder opens for its match
	equal(t, b.s.Status().Shown, 1)
	b.press("enter")
	b.types("zzz")
	b.press("esc")
	b.press("right")
	equal(t, b.s.list.Table.Len(), 7)
	b.press("/")
	b.types("zzz")
	equal(t, b.s.Status().State, "no match")
	equal(t, b.s.Status().Total, 4)
	b.press("esc", "esc")
	b.s.list.Table.Select("account/")
	b.press("enter")
	equal(t, b.s.list.Table.Len(), 5)
	equal(t, b.s.Why(ui.DeleteFile), "a folder is selected, not a file")
}

func TestFolderTrouble(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	has(t, b.plainView(100, 12), "There are no account, role or policy files", "cam init DIR", "/home/ada/organisation")

	b.disk.missing = true
	b.run(b.s.Do(ui.Refresh))
	has(t, b.plainView(100, 12), "not there", "cam init DIR")
	equal(t, b.s.Status().Bad, true)
	equal(t, b.s.Why(ui.NewEntry), "the configuration folder was not read")

	b = start(t, sample())
	b.disk.missing = true
	b.look()
	has(t, b.plainView(100, 12), "workloads.yaml") // what was read stays
	has(t, b.s.Status().State, "could not be read")
	b.disk.missing = false
	b.look()
	equal(t, b.s.Status().Bad, false)
}

func TestFilesThatAreNotEdited(t *testing.T) {
	t.Parallel()
	b := start(t, map[string]string{
		"account/large.yaml":              strings.Repeat("#", config.MaxFileSize+1),
		"account/latin.yaml":              "accounts: # caf\xe9\n",
		"account/binary.yaml":             "accounts:\x00",
		"account/ok.yaml":                 "accounts: {}\n",
		"account/\x1b[31m\u202eevil.yaml": "accounts:\n  \"111122223333\": {name: \"\\x1b[2Jx\"}\n",
	})
	for name, want := range map[string]string{"large": "8,388,609 bytes", "latin": "not UTF-8", "binary": "not UTF-8"} {
		b.s.list.Table.Select("account/" + name + ".yaml")
		has(t, b.s.Why(ui.Edit), want)
		equal(t, b.s.Why(ui.EditOwn), "")
		b.run(b.s.Open("account/"+name+".yaml", 1, 1))
		equal(t, b.s.opened == nil, true)
	}
	equal(t, len(b.failed), 3)
	view := b.s.View(120, 20)
	if strings.Contains(view, "\u202e") || strings.Contains(view, "\x1b[31me") || strings.Contains(view, "\x1b[2J") {
		t.Errorf("text of the disk got through: %q", view)
	}
	b.open("account/ok.yaml")
	equal(t, b.s.opened != nil, true)
}

func TestOpenBeforeTheFolderIsRead(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.s = New(t.Context(), Options{Kit: b.s.kit, Folder: b.disk, Store: b.store})
	b.run(b.s.Open(roles, 3, 5))
	line, column := b.s.opened.ed.Cursor()
	equal(t, []int{line, column}, []int{3, 5})
	b.run(b.s.Open("role/none.yaml", 1, 1))
	equal(t, len(b.failed), 1)
	equal(t, b.s.opened.name, roles)
	b.run(b.s.Open(workloads, 2, 1)) // goes on to another file
	equal(t, b.s.opened.name, workloads)
}

func TestDeleteFile(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	b.types("# mine")
	b.wait()
	b.press("esc")
	b.s.list.Table.Select(workloads)
	b.press("D")
	has(t, b.page(), "111122223333", "payments-dev", "only git may", "unsaved text goes too")
	b.press("esc")
	has(t, b.draft(workloads), "# mine")

	b.disk.denied = errors.New("read-only file system")
	b.press("D", "y")
	equal(t, len(b.failed), 1)
	has(t, b.draft(workloads), "# mine")

	b.disk.denied = nil
	b.s.SetPushed(map[string][]byte{workloads: []byte(b.disk.text(workloads))})
	b.press("D")
	has(t, b.page(), "bucket holds the same text")
	before := b.told
	b.press("y")
	equal(t, b.disk.text(workloads), "")
	equal(t, b.draft(workloads), "")
	equal(t, b.told > before, true)
	equal(t, b.s.list.Table.Select(workloads), false)

	b.s.list.Table.Select(roles)
	b.press("D")
	has(t, b.page(), "role DevOps", "role Auditor")
	b.disk.put(roles, "roles:\n  Newer: {policy: DevOps.json}\n")
	b.press("y")
	has(t, b.disk.text(roles), "Newer") // not what was shown
	equal(t, len(b.failed), 2)

	b.look()
	b.s.list.Table.Select(devops)
	b.press("D")
	has(t, b.page(), "the role Newer names this policy")
}

func TestUsage(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	for name, want := range map[string][]string{
		devops:    {"1 role with this policy", "DevOps"},
		workloads: {"production", "1 account here, 1 in all", "no role names the group", "All accounts", "Auditor"},
		roles:     {"Auditor  reaches 3 accounts", "DevOps  reaches 2 accounts", "012345670123  payments-dev"},
	} {
		b.s.list.Table.Select(name)
		b.press("w")
		has(t, b.page(), want...)
		b.press("esc")
	}
}
