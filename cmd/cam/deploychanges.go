package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/cloud"
)

// showChanges writes a change set for a person, on stderr.
func (d *deployment) showChanges(set *cloud.ChangeSet) error {
	verb := "would change"
	if set.Create {
		verb = "would be created"
	}
	d.notef("Stack %s in account %s, region %s, %s:", d.stack, d.account, d.client.Region(), verb)
	columns, rows := changeTable(set.Changes)
	if err := writeTable(d.err, columns, rows); err != nil {
		return err
	}
	for _, warning := range dataWarnings(set.Changes) {
		d.notef("ATTENTION: %s", warning)
	}
	d.notef("%s.", changeSummary(set.Changes))
	return nil
}

// changeTable are the changes as a table: what happens to which resource.
func changeTable(changes []cloud.StackChange) (columns []string, rows [][]string) {
	for _, c := range changes {
		rows = append(rows, []string{strings.ToLower(c.Action), c.Resource, c.Type, replacement(c)})
	}
	return []string{"action", "resource", "type", "replacement"}, rows
}

func replacement(c cloud.StackChange) string {
	switch c.Replacement {
	case "True":
		return "replaced"
	case "Conditional":
		return "replaced, if a value it needs changes"
	case "False":
		return "in place"
	default:
		return ""
	}
}

// holders are the types of resources that hold data, in words.
var holders = map[string]string{
	"AWS::DynamoDB::Table": "table", "AWS::S3::Bucket": "bucket", "AWS::KMS::Key": "key",
}

// dataWarnings says what a change does to tables, buckets and the key, if it does not
// leave them where they are.
func dataWarnings(changes []cloud.StackChange) []string {
	var out []string
	for _, c := range changes {
		what, holds := holders[c.Type]
		switch {
		case !holds:
		case c.Action == "Remove":
			out = append(out, fmt.Sprintf("the %s %s (%s) leaves the stack; it stays in the account with its data, and nothing uses it any more", what, c.Resource, c.PhysicalID))
		case c.Replacement == "True":
			out = append(out, fmt.Sprintf("the %s %s (%s) is REPLACED: the new one is empty; the old one stays in the account with its data, and nothing uses it any more", what, c.Resource, c.PhysicalID))
		case c.Replacement == "Conditional":
			out = append(out, fmt.Sprintf("the %s %s (%s) may be REPLACED by an empty one; the old one would stay in the account with its data", what, c.Resource, c.PhysicalID))
		}
	}
	return out
}

func changeSummary(changes []cloud.StackChange) string {
	counts := map[string]int{}
	for _, c := range changes {
		counts[strings.ToLower(c.Action)]++
	}
	var parts []string
	for _, action := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s to %s", count(counts[action], "resource"), action))
	}
	return strings.Join(parts, ", ")
}

// deployedView is a deployed stack, for -o json.
type deployedView struct {
	Stack      string            `json:"stack"`
	StackID    string            `json:"stack_id"`
	Status     string            `json:"status"`
	Changed    bool              `json:"changed"`
	Outputs    map[string]string `json:"outputs"`
	Parameters map[string]string `json:"parameters"`
}

// showStack writes the stack's outputs to stdout.
func (d *deployment) showStack(ctx context.Context, id string, changed bool) error {
	s, err := d.stacks.Stack(ctx, id)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, key := range slices.Sorted(maps.Keys(s.Outputs)) {
		rows = append(rows, []string{key, s.Outputs[key]})
	}
	return d.show(deployedView{s.Name, s.ID, s.Status, changed, s.Outputs, s.Parameters}, []string{"output", "value"}, rows)
}
