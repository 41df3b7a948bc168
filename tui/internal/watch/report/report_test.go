package report

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

var start = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func newKit() *ui.Kit {
	return &ui.Kit{Theme: ui.NewTheme(true), Now: func() time.Time { return start }}
}

// Whatever others wrote, and however narrow it is: no line is too wide, and none has
// control characters but those of styles.
func TestSheetIsCleanAndFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z\x1b\x00\n\t "{}:\[\],é漢👩‍👩‍👧-]{0,80}`)).Draw(t, "text")
		w := rapid.IntRange(2, 100).Draw(t, "w")
		s := NewSheet(newKit(), w)
		s.Field("Label", text)
		s.Status("Status", ui.Clean(text), start)
		s.Heading(text)
		s.Text(newKit().Theme.Bad, text)
		s.Command(text)
		s.Document(text)
		s.Failure("Why", &core.Failure{Code: text, Message: text, At: start})
		s.History([]core.StatusChange{{Status: text, Code: text, At: start}})
		s.Trouble(core.Errorf(core.CodeDenied, "%s", text).WithHint("%s", text))
		s.Invite(core.Invitation{Account: core.AccountID(text), Region: text})
		for _, line := range s.Lines {
			plain := ansi.Strip(line)
			if n := ansi.StringWidth(line); n > w {
				t.Fatalf("%d cells in %d: %q", n, w, line)
			}
			if strings.IndexFunc(plain, unicode.IsControl) >= 0 {
				t.Fatalf("control characters in %q", line)
			}
		}
	})
}

func TestDocument(t *testing.T) {
	t.Parallel()
	s := NewSheet(newKit(), 30)
	s.Document(`{"a":["b"]}`)
	s.Document("no {json")
	if diff := cmp.Diff([]string{"{", `  "a": [`, `    "b"`, "  ]", "}", "no {json"}, s.Lines); diff != "" {
		t.Error(diff)
	}
}

func TestCommandIsBrokenBetweenWords(t *testing.T) {
	t.Parallel()
	s := NewSheet(newKit(), 20)
	s.Command("cam status --role DevOps --account 111122223333")
	var got []string
	for _, line := range s.Lines {
		got = append(got, ansi.Strip(line))
	}
	if diff := cmp.Diff([]string{"cam status --role", "DevOps --account", "111122223333"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTallyCountsEachOnce(t *testing.T) {
	t.Parallel()
	c := rollout.Counts{Pending: 7, Waiting: 3, UnderWay: 6, Deleting: 2, Active: 5, Failed: 1, Other: 4, Deleted: 9}
	want := []Counted{{"active", 5}, {"pending", 4}, {"deleting", 2}, {"failed", 1}, {"waiting", 3}, {"unknown", 4}}
	got := Tally(c)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sum := 0
	for _, n := range got {
		sum += n.N
	}
	if sum != c.All() {
		t.Errorf("%d, not %d", sum, c.All())
	}
	if got := Signs(ui.NewTheme(true), c); got != "● 5  … 4  − 2  ✗ 1  ○ 3  ? 4" {
		t.Errorf("%q", got)
	}
}

func TestWord(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]rollout.Cell{
		"":        {},
		"unknown": {Exists: true},
		"waiting": {Exists: true, Waiting: true, Status: core.AssignmentPending},
		"failed":  {Exists: true, Waiting: true, Status: core.AssignmentFailed},
		"pending": {Exists: true, Status: core.AssignmentPending},
	} {
		if got := Word(c); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	for code, part := range map[string]string{
		"AccessDenied": "service control policy", "denied": "service control policy", "NoSuchEntity": "does not exist in the account",
		"LimitExceeded": "quota", "MalformedPolicyDocument": "Mend the role", "Throttling": "by itself", "conflict": "Something else",
		"ExpiredToken": "no valid session", "what nobody knows": "Mend the cause",
	} {
		if got := Advice(code); !strings.Contains(got, part) {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func TestInvitationText(t *testing.T) {
	t.Parallel()
	i := core.Invitation{Account: "111122223333", Master: "999988887777", Region: "eu-west-1"}
	want := `Account 111122223333 is to join Cross-Account Manager of account 999988887777.
First, in the master account, run:
  cam deploy master --sub-account 111122223333
With credentials of account 111122223333, run:
  cam deploy sub-account --master 999988887777 --master-region eu-west-1
Or, signed in to its console, open this link, upload what cam template sub-account prints, and fill the parameters in:
  ` + i.ConsoleURL() + `
  MasterAccountId: 999988887777
  MasterRegion: eu-west-1
`
	if diff := cmp.Diff(want, InvitationText(i)); diff != "" {
		t.Error(diff)
	}
	i.OrgID, i.TemplateURL = "o-abc", "https://example.com/template.yaml"
	if got := InvitationText(i); strings.Contains(got, "cam deploy master") || strings.Contains(got, "MasterRegion:") {
		t.Errorf("it says more than is needed:\n%s", got)
	}
}
