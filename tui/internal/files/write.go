package files

import (
	"context"
	"maps"
	"regexp"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// written is the text of a file with an entry more.
type written struct {
	name   string
	entry  entry
	before string // the text without it
	text   string
	line   int // where the entry begins
	err    error
}

// write adds an entry to the text of a file.
func (s *Screen) write(e entry, name string) tea.Cmd {
	w := written{name: name, entry: e, before: s.textOf(name)}
	return func() tea.Msg {
		if w.text, w.line, w.err = addEntry(w.before, e); w.err == nil {
			w.err = proven(name, e.id, w.before, w.text)
		}
		return w
	}
}

// wasWritten shows the text in the editor, as a change that is not saved and can be
// undone.
func (s *Screen) wasWritten(w written) tea.Cmd {
	switch {
	case w.err != nil:
		return ui.Fail("adding to "+ui.Clean(w.name), w.err)
	case s.textOf(w.name) != w.before:
		return s.write(w.entry, w.name) // it changed meanwhile
	}
	return s.display(w.name, w.text, w.line, "The new entry is not saved yet: look at it, and Ctrl+S saves.")
}

// proven refuses a text in which package config does not find the entry besides all
// others. Of a file that has errors already, that cannot be told.
func proven(name, id, before, after string) error {
	had, broken := entriesOf(name, before)
	has, _ := entriesOf(name, after)
	had[strings.ToLower(id)] = true
	if maps.Equal(had, has) || broken && strings.TrimSpace(before) != "" && len(has) >= len(had)-1 {
		return nil
	}
	return core.Errorf(core.CodeUsage, "the entry cannot be added the way this file is written").
		WithHint("choose another file, or add the entry by hand")
}

// entriesOf lists what a file has, folded, and whether it has errors.
func entriesOf(name, text string) (ids map[string]bool, broken bool) {
	ids = map[string]bool{}
	if strings.HasPrefix(name, core.AccountFolder) {
		accounts, findings := config.ParseAccounts(name, []byte(text))
		for i := range accounts {
			ids[string(accounts[i].ID)] = true
		}
		return ids, core.HasErrors(findings)
	}
	roles, findings := config.ParseRoles(name, []byte(text), anyPolicy{})
	for i := range roles {
		ids[strings.ToLower(string(roles[i].Name))] = true
	}
	return ids, core.HasErrors(findings)
}

// display shows a text of a file in the editor.
func (s *Screen) display(name, text string, line int, note string) tea.Cmd {
	left := s.close()
	o := s.begin(name)
	o.ed.SetText(text)
	s.enter(o)
	s.goTo(place{name, line, 1})
	return tea.Batch(left, s.edited(), s.validate(), ui.Say(note))
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// target is the file for an entry: the one that was chosen, or one that is not there yet
// and has the name of the entry.
func (s *Screen) target(folder, chosen, entry string) string {
	if chosen != newEntryFile {
		return chosen
	}
	base := strings.Trim(notInName.ReplaceAllString(strings.ToLower(entry), "-"), "-.")
	if base == "" {
		base = "new"
	}
	name, taken := folder+base+".yaml", s.present()
	for n := 2; taken[name] || s.isOther(name); n++ {
		name = folder + base + "-" + strconv.Itoa(n) + ".yaml"
	}
	return name
}

func (s *Screen) isOther(name string) bool { _, other := s.others[name]; return other }

// What a policy may start from.
const (
	fromNothing  = "one statement to fill in"
	fromReadOnly = "read-only access to common services"
)

const emptyPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Main",
      "Effect": "Allow",
      "Action": [],
      "Resource": "*"
    }
  ]
}
`

const readOnlyPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "SeeWhatIsThere",
      "Effect": "Allow",
      "Action": [
        "cloudformation:DescribeStacks",
        "cloudformation:ListStacks",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "dynamodb:DescribeTable",
        "dynamodb:ListTables",
        "ec2:Describe*",
        "ecs:Describe*",
        "ecs:List*",
        "elasticloadbalancing:Describe*",
        "lambda:GetFunctionConfiguration",
        "lambda:ListFunctions",
        "logs:DescribeLogGroups",
        "rds:Describe*",
        "s3:GetBucketLocation",
        "s3:ListAllMyBuckets",
        "sns:ListTopics",
        "sqs:ListQueues",
        "tag:GetResources"
      ],
      "Resource": "*"
    }
  ]
}
`

// askPolicy asks for a policy file.
func (s *Screen) askPolicy() tea.Cmd {
	return ui.Ask(ui.NewForm("New policy", "Write", []ui.Field{
		{Label: "File name", Help: "as roles name it; .json is added", Check: s.checkPolicyName},
		{Label: "Start from", Value: fromReadOnly, Options: []string{fromReadOnly, fromNothing}, Help: "It is not saved yet then: change it as you need."},
	}, func(v []string) tea.Cmd {
		text, line := readOnlyPolicy, 7
		if v[1] == fromNothing {
			text = emptyPolicy
		}
		return s.display(policyPath(v[0]), text, line, "The new policy is not saved yet: change it, and Ctrl+S saves. A role has to name it then.")
	}))
}

func policyPath(typed string) string {
	return core.PolicyFolder + strings.TrimSuffix(strings.TrimSpace(typed), ".json") + ".json"
}

// checkPolicyName asks package config whether it would read a file of that name.
func (s *Screen) checkPolicyName(typed string) string {
	name := policyPath(typed)
	if s.present()[name] || s.isOther(name) {
		return "there is such a file already; Enter on it edits it"
	}
	if strings.TrimSpace(typed) == "" || strings.ContainsAny(strings.TrimSpace(typed), `/\`) || ui.Clean(typed) != strings.TrimSpace(typed) {
		return "write the name of a file, without folder"
	}
	read, _, err := config.Load(context.Background(), newOverlay(map[string]content{name: {data: []byte(readOnlyPolicy)}}))
	if err != nil || len(read.Policies) != 1 {
		return "a file of this name would not be read"
	}
	return ""
}
