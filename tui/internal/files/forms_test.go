package files

import (
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core"
)

func (b *bench) kind(name string) {
	b.press("n")
	b.types(name)
	b.press("enter")
}

func TestNewAccount(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	before := b.disk.text(workloads)
	b.kind("account")
	has(t, b.page(), "ID", "Email")
	b.fill("333344445555", "orders: prod", "orders@example.com", "production, new one", workloads)
	o := b.s.opened
	equal(t, o.name, workloads)
	equal(t, o.ed.Text(), before+`
  "333344445555":
    name: "orders: prod"
    email: orders@example.com
    groups: [production, new one]
`)
	line, _ := o.ed.Cursor()
	equal(t, line, 12)
	equal(t, b.disk.text(workloads), before) // nothing is saved
	c, _ := b.s.Configuration()
	equal(t, len(c.Accounts), 4) // but it is checked
	b.press("ctrl+z")
	equal(t, o.ed.Text(), before)
	b.press("ctrl+y", "ctrl+s")
	has(t, b.disk.text(workloads), "333344445555")
}

func TestNewAccountInTheListForm(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.kind("account")
	b.fill("333344445555", "", "", "", "account/platform.yaml")
	has(t, b.s.opened.ed.Text(), "  - \"333344445555\":\n")
}

func TestNewAccountInANewFile(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.kind("account")
	b.fill("333344445555", "Workloads", "", "", newEntryFile)
	equal(t, b.s.opened.name, "account/workloads-2.yaml")
	equal(t, b.s.opened.ed.Text(), "accounts:\n  \"333344445555\":\n    name: Workloads\n")
	b.press("esc")
	equal(t, b.state("account/workloads-2.yaml"), "* draft")
}

func TestFormChecksWithTheParser(t *testing.T) {
	t.Parallel()
	files := sample()
	files["account/flow.yaml"] = "accounts: {555566667777: {}}\n"
	b := start(t, files)
	for _, c := range []struct {
		values []string
		want   string
	}{
		{[]string{"12345", "", "", "", workloads}, "an account ID has 12"},
		{[]string{"", "", "", "", workloads}, ""},
		{[]string{"333344445555", "", "nobody", "", workloads}, "is not an email address"},
		{[]string{"333344445555", "", "", "a;b", workloads}, "not the name of one group"},
		{[]string{"333344445555", strings.Repeat("x", 200), "", "", workloads}, "at most 128"},
		{[]string{"333344445555", "", "", "", "account/flow.yaml"}, "not written in lines of their own"},
	} {
		b.kind("account")
		b.fill(c.values...)
		if b.dialog == nil {
			t.Fatalf("%q was taken", c.values)
		}
		has(t, b.page(), c.want)
		b.press("esc")
	}
	b.kind("role")
	b.fill("CrossAccountManager-X", "", "", "", "", "", "no", roles)
	has(t, b.page(), "prefix")
	b.press("esc")
	b.kind("role")
	b.fill("X", "", "arn:nothing", "", "", "", "no", roles)
	has(t, b.page(), "ARN of a managed policy")
	b.press("esc")
	b.kind("role")
	b.fill("X", "DevOps.json", "", "", "", "99h", "no", roles)
	has(t, b.page(), "1h to 12h")
	b.press("esc")
	for typed, want := range map[string]string{"DevOps": "already", "a/b": "without folder", "": "name of a file", ".x": "would not be read"} {
		has(t, b.s.checkPolicyName(typed), want)
	}
	equal(t, b.s.checkPolicyName("New.json"), "")
}

func TestNewRole(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.kind("role")
	b.fill("Billing", "DevOps.json", "arn:aws:iam::aws:policy/ReadOnlyAccess", "production", "Sees invoices: all.", "4h", "yes", roles)
	has(t, b.s.opened.ed.Text(), `
  Billing:
    policy: DevOps.json
    managed_policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    groups: [production]
    max_session_duration: 4h
    require_mfa: true
    description: "Sees invoices: all."
`)
	c, findings := b.s.Configuration()
	equal(t, core.HasErrors(findings), false)
	equal(t, len(c.Roles), 3)

	// Without permissions it is shown with the finding, for the admin to complete.
	b.press("esc")
	b.kind("role")
	b.fill("Empty", "", "", "", "", "", "no", roles)
	f, here := b.s.opened.ed.FindingHere()
	equal(t, here, true)
	has(t, f.Message, "no permissions")
	has(t, b.s.opened.ed.Text(), "Billing", "Empty:") // the draft is in it
}

func TestDuplicateAccountIsShown(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.kind("account")
	b.fill("111122223333", "", "", "", workloads)
	f, here := b.s.opened.ed.FindingHere()
	equal(t, here, true)
	has(t, f.Message, "second time")
}

func TestNewPolicy(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.kind("policy")
	b.fill("Reader.json", fromReadOnly)
	equal(t, b.s.opened.name, "custom_policy/Reader.json")
	b.press("ctrl+s")
	equal(t, b.disk.text("custom_policy/Reader.json"), readOnlyPolicy)
	_, findings := b.s.Configuration()
	equal(t, core.HasErrors(findings), false)
}

func TestNewEntryIsProven(t *testing.T) {
	t.Parallel()
	files := sample()
	files["account/odd.yaml"] = "accounts:\n  {}\n"
	files["account/flow.yaml"] = "accounts:\n  {\n  222222222222: {}\n  }\n"
	files["account/broken.yaml"] = "accounts:\n  \"1\": {}\n"
	b := start(t, files)
	for name, refused := range map[string]bool{"account/odd.yaml": true, "account/flow.yaml": true, "account/broken.yaml": false} {
		b.failed = nil
		b.run(b.s.write(accountEntry("333344445555", "", "", ""), name))
		if got := len(b.failed) > 0; got != refused {
			t.Errorf("%s: refused is %v", name, got)
		}
	}
	has(t, b.s.opened.ed.Text(), "333344445555")
}

func TestNewEntryInATextThatChanged(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	b.types("#mine")
	b.press("esc")
	b.disk.put(workloads, "accounts: {}\n")
	b.look()
	b.kind("account")
	b.fill("333344445555", "", "", "", workloads)
	has(t, b.s.opened.ed.Text(), "#mine", "333344445555")
	has(t, b.plainView(100, 20), "changed on disk")
	b.press("ctrl+s")
	has(t, b.page(), "changed by somebody else")

	// The file changes while the entry is written.
	b = start(t, sample())
	entry := accountEntry("333344445555", "", "", "")
	cmd := b.s.write(entry, workloads)
	b.disk.put(workloads, "accounts:\n  444444444444: {name: theirs}\n")
	b.look()
	b.run(cmd)
	has(t, b.s.opened.ed.Text(), "theirs", "333344445555")
}
