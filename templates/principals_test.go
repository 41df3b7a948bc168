package templates_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core/policy"
)

var update = flag.Bool("update", false, "write testdata/principals.golden anew")

const goldenFile = "testdata/principals.golden"

// TestPrincipals holds what each principal may do, and who may do something to each
// resource, against a file that somebody has reviewed: a policy that became wider
// shows in its diff.
func TestPrincipals(t *testing.T) {
	t.Parallel()
	in := install(t, alone)
	if err := prepare(in); err != nil {
		t.Fatal(err)
	}
	got := in.describe(in.deployed())
	if *update {
		if err := os.WriteFile(goldenFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("read the change, then run with -update:\n%s", diff)
	}
}

// random matches what CloudFormation and KMS make up.
var random = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|-[0-9A-Z]{12,13}\b`)

// describe writes documents as text, with names in the place of what differs from one
// installation to the next.
func (in *installation) describe(all []document) string {
	slices.SortStableFunc(all, func(a, b document) int { return strings.Compare(a.owner+"\n"+a.name, b.owner+"\n"+b.name) })
	places := strings.NewReplacer(
		in.ConfigBucket(), "{config-bucket}", in.LinksBucket(), "{links-bucket}", in.Master(), "{master}", alpha, "{account}", beta, "{other-account}",
		in.Region(), "{region}", "arn:aws:", "arn:{partition}:",
	)
	var b strings.Builder
	b.WriteString("What everybody may do, as deployed. Written by TestPrincipals with -update; review each change.\n")
	for _, d := range all {
		if d.owner == "sub-account role CrossAccountManager-Ops" && d.name != "trust" {
			continue // the organisation's own
		}
		fmt.Fprintf(&b, "\n%s, %s\n", d.owner, d.name)
		for i := range d.doc.Statements {
			b.WriteString(statementText(&d.doc.Statements[i]))
		}
	}
	return random.ReplaceAllString(places.Replace(b.String()), "{id}")
}

func statementText(s *policy.Statement) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s %s\n", s.Effect, s.Sid)
	line := func(what string, values []string) {
		values = slices.Sorted(slices.Values(values))
		for i, v := range values {
			label := what
			if i > 0 {
				label = ""
			}
			fmt.Fprintf(&b, "    %-9s %s\n", label, v)
		}
	}
	if p := s.Principal; p != nil {
		if p.Any {
			line("who", []string{"*"})
		}
		line("who", slices.Concat(p.AWS, p.Service, p.Federated))
	}
	line("action", s.Action)
	line("resource", s.Resource)
	var conditions []string
	for _, c := range s.Conditions {
		conditions = append(conditions, fmt.Sprintf("%s %s %v", c.Operator, c.Key, c.Values))
	}
	line("if", conditions)
	return b.String()
}
