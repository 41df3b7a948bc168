package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

// TestBadConfiguration loads a folder with a mistake of every kind that needs more
// than one file, and compares all findings.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	c, findings, err := Load(t.Context(), os.DirFS("testdata/bad"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	golden(t, "testdata/bad.golden", b.String())
	var ids []string
	for _, a := range c.Accounts {
		ids = append(ids, string(a.ID)+" "+a.Source)
	}
	want := []string{"111111111111 account/first.yaml", "222222222222 account/first.yaml", "333333333333 account/second.yml", "444444444444 account/second.yml"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
}

func TestGoodConfiguration(t *testing.T) {
	t.Parallel()
	folder := largeFolder()
	folder["account/.hidden"] = &fstest.MapFile{}
	folder["account/all.yaml~"] = &fstest.MapFile{}
	folder["role/#all.yaml#"] = &fstest.MapFile{}
	folder["role/all.yaml.bak"] = &fstest.MapFile{}
	folder["README.md"] = &fstest.MapFile{}
	c, findings, err := Load(t.Context(), folder)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	if len(c.Accounts) != 10_000 || len(c.Roles) != 50 || len(c.Policies) != 1 {
		t.Fatalf("%d accounts, %d roles, %d policies", len(c.Accounts), len(c.Roles), len(c.Policies))
	}
	p := c.Policies[0]
	if p.Name != "Read.json" || p.Source != "custom_policy/Read.json" || strings.Contains(p.Document, "\n") || p.Size != len(p.Document) {
		t.Errorf("%+v", p)
	}
	if r := c.Roles[0]; r.Document != p.Document || r.Digest == "" || r.Source != "role/all.yaml" {
		t.Errorf("%+v", r)
	}
	if !slices.IsSortedFunc(c.Roles, func(a, b core.RoleEntry) int { return strings.Compare(string(a.Name), string(b.Name)) }) {
		t.Error("roles are not sorted")
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	_, findings, err := Load(t.Context(), fstest.MapFS{"x.txt": {}})
	if err != nil || len(findings) != 1 || findings[0].File != "." || !core.HasErrors(findings) {
		t.Errorf("an empty folder gives %v, %v", findings, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Load(ctx, largeFolder()); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	denied := unreadable{fstest.MapFS{"account/a.yaml": {Data: []byte("accounts: {}")}}}
	if _, _, err := Load(t.Context(), denied); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("unreadable file: %v", err)
	}
}

// unreadable is a file system whose files cannot be opened.
type unreadable struct{ fstest.MapFS }

func (u unreadable) ReadFile(name string) ([]byte, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	file, findings := ParsePolicy("custom_policy/A.json", []byte(readPolicy))
	if len(findings) > 0 || file.Name != "A.json" || file.Document == "" {
		t.Fatalf("%+v %v", file, findings)
	}
	wide := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["` +
		strings.Repeat(`arn:aws:s3:::bucket/*", "`, 500) + `arn:aws:s3:::bucket/*"]}]}`
	file, findings = ParsePolicy("custom_policy/A.json", []byte(wide))
	if file.Document != "" || !strings.Contains(strings.Join(findingLines(findings), "\n"), "at most 10240") {
		t.Errorf("too large: %v", findings)
	}
	file, findings = ParsePolicy("custom_policy/A.json", []byte("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Alow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]\n}"))
	if file.Document != "" || len(findings) != 1 || findings[0].Line != 3 || findings[0].Column != 28 || findings[0].File != "custom_policy/A.json" {
		t.Errorf("misspelt effect: %v", findings)
	}
	if _, findings = ParsePolicy("custom_policy/A.json", make([]byte, MaxFileSize+1)); !core.HasErrors(findings) {
		t.Error("huge file")
	}
}
