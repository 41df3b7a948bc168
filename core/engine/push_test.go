package engine_test

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
)

// folder is a configuration folder with these files.
func folder(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// with is a copy of files with one more, or another text in one.
func with(files map[string]string, name, text string) map[string]string {
	out := maps.Clone(files)
	out[name] = text
	return out
}

// prepared is a push of these files, with its plan.
func prepared(t *testing.T, in *coretest.Installation, files map[string]string) *engine.Push {
	t.Helper()
	p := &engine.Push{Bucket: in.Config(), State: in.Admin.Tables(), Files: in.Admin.Tables(), Pace: coretest.QuickPace}
	findings, err := p.Prepare(in.Context(), folder(files))
	if err != nil || core.HasErrors(findings) {
		t.Fatal(err, findings)
	}
	return p
}

// rollOut uploads and waits, and returns the keys as they were uploaded.
func rollOut(t *testing.T, in *coretest.Installation, p *engine.Push) []string {
	t.Helper()
	var uploaded []string
	if err := p.Upload(in.Context(), func(key string) { uploaded = append(uploaded, key) }); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(in.Context(), func(engine.Progress) {}); err != nil {
		t.Fatal(err)
	}
	in.Wait() // for pages, which a push does not wait for
	return uploaded
}

func keysOf(changes []engine.FileChange) []string {
	out := make([]string, len(changes))
	for i := range changes {
		out[i] = changes[i].Key
	}
	return out
}

// TestChangesAreWhatUploadWrites: an account and a policy change, an account is new, one
// is in no file any more, and the only role of a file is gone with it.
func TestChangesAreWhatUploadWrites(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	const extra = "roles: {Extra: {policy: Q.json}}\n"
	before := with(smallOrganisation(), "role/extra.yaml", extra)
	rollOut(t, in, prepared(t, in, before))

	after := smallOrganisation()
	after["account/org.yaml"] = `accounts:
  "111122223333": {name: payments, email: finance@example.com, groups: [production, pci]}
  "222233334444": {name: shop, groups: [production]}
`
	after["account/zeros.yaml"] = accounts(zeros)
	after["custom_policy/P.json"] = listTopics
	p := prepared(t, in, after)
	text := func(s string) []byte { return []byte(s) }
	want := []engine.FileChange{
		{Key: "custom_policy/P.json", Old: text(listBuckets), New: text(listTopics)},
		{Key: "account/zeros.yaml", New: text(after["account/zeros.yaml"])},
		{Key: "account/org.yaml", Old: text(before["account/org.yaml"]), New: text(after["account/org.yaml"]), Removals: 1},
		{Key: "role/extra.yaml", Old: text(extra), Gone: true, Removals: 1},
	}
	if diff := cmp.Diff(want, p.Changes()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if p.Pending() != len(want) || p.Removals() != 2 {
		t.Errorf("%d pending and %d removals, want %d and 2", p.Pending(), p.Removals(), len(want))
	}
	if diff := cmp.Diff(keysOf(want), rollOut(t, in, p)); diff != "" {
		t.Errorf("uploaded (-want +got):\n%s", diff)
	}

	held, err := engine.ConfigurationFiles(in.Context(), in.Config())
	if err != nil {
		t.Fatal(err)
	}
	notice := held["role/extra.yaml"]
	if !bytes.HasPrefix(notice, []byte("#")) || bytes.Count(notice, []byte("\n")) != 1 {
		t.Errorf("in the place of the file that is gone: %q", notice)
	}
	delete(held, "role/extra.yaml")
	for name, text := range after {
		if string(held[name]) != text {
			t.Errorf("%s holds %q, want %q", name, held[name], text)
		}
	}
	if len(held) != len(after) {
		t.Errorf("the bucket holds %v", slices.Sorted(maps.Keys(held)))
	}
	if again := prepared(t, in, after); len(again.Changes()) > 0 || !again.Plan.Empty() {
		t.Errorf("left to do: %v, %+v", keysOf(again.Changes()), again.Plan.Changes)
	}
}

// TestWhatADeletedObjectListedGoes with the next push, although neither the folder nor
// the bucket has the file.
func TestWhatADeletedObjectListedGoes(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	files := map[string]string{"account/a.yaml": accounts(payments), "custom_policy/P.json": listBuckets, "role/s.yaml": "roles: {S: {policy: P.json}}\n"}
	in.Push(files)
	in.Wait()
	_, err := adminS3(t, in).DeleteObject(in.Context(), &s3.DeleteObjectInput{Bucket: aws.String(in.Box.ConfigBucket()), Key: aws.String("role/r.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	in.Wait()
	wantStatus(t, in, "R", payments, core.AssignmentActive) // nobody confirmed anything
	p := prepared(t, in, files)
	if diff := cmp.Diff([]engine.FileChange{{Key: "role/r.yaml", Gone: true, Removals: 1}}, p.Changes()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	rollOut(t, in, p)
	wantStatus(t, in, "R", payments, core.AssignmentDeleted)
	wantStatus(t, in, "S", payments, core.AssignmentActive)
}

// TestAFileMayBeWrittenAsItIs: its last upload did not say that the entry which it lost
// is to go.
func TestAFileMayBeWrittenAsItIs(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	in.Upload("account/a.yaml", accounts(payments, shop), 0)
	in.Wait()
	in.Upload("account/a.yaml", accounts(payments), 0)
	in.Wait()
	p := prepared(t, in, map[string]string{
		"account/a.yaml": accounts(payments), "role/r.yaml": "roles: {R: {policy: P.json}}\n", "custom_policy/P.json": listBuckets,
	})
	text := []byte(accounts(payments))
	if diff := cmp.Diff([]engine.FileChange{{Key: "account/a.yaml", Old: text, New: text, Removals: 1}}, p.Changes()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	rollOut(t, in, p)
	if r := in.Account(shop); r.Status != core.AccountDeleted {
		t.Errorf("account %s is %q", shop, r.Status)
	}
}

// TestCurrent makes a plan, lets something happen, and asks whether it still holds.
func TestCurrent(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	base := map[string]string{
		"account/a.yaml": accounts(payments), "role/r.yaml": "roles: {R: {policy: P.json}}\n", "custom_policy/P.json": listTopics,
	}
	for _, test := range []struct {
		name    string
		files   map[string]string // as they are then
		happens func()
		says    string // empty: the plan holds
	}{
		{"nothing", base, func() {}, ""},
		{"a comment in a file", with(base, "role/r.yaml", base["role/r.yaml"]+"# why\n"), func() {}, "the files changed"},
		{"another file", with(base, "account/b.yaml", "accounts: {}\n"), func() {}, "the files changed"},
		{"a mistake in a file", with(base, "role/r.yaml", "roles: {R: {}}\n"), func() {}, "the files changed"},
		{"a file less", map[string]string{"account/a.yaml": base["account/a.yaml"]}, func() {}, "the files changed"},
		{"somebody lists an account", base, func() { in.Upload("account/b.yaml", accounts(shop), 0) }, "what is recorded changed"},
		{"somebody adds a role", base, func() { in.Upload("role/s.yaml", "roles: {S: {policy: P.json}}\n", 0) }, "what is recorded changed"},
		{"somebody comments a file", base, func() { in.Upload("role/r.yaml", "roles: {R: {policy: P.json}} # mine\n", 0) }, "the files in the bucket changed"},
		{"somebody adds an empty file", base, func() { in.Upload("account/c.yaml", "accounts: {}\n", 0) }, "the files in the bucket changed"},
	} {
		p := prepared(t, in, base)
		test.happens()
		in.Wait()
		err := p.Current(in.Context(), folder(test.files))
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.says != "" && (!core.IsCode(err, core.CodeConflict) || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
	}
	p := prepared(t, in, base)
	rollOut(t, in, p)
	wantCode := func(what string, err error) {
		t.Helper()
		if !core.IsCode(err, core.CodeConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantCode("a plan that was carried out", p.Current(in.Context(), folder(base)))
	wantCode("no plan", (&engine.Push{}).Current(in.Context(), folder(base)))
}
