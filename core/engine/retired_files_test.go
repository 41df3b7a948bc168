package engine_test

// What the retired solution got wrong when it read files, each as a test.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
)

// TestFilesOfTheRetiredSolution covers several of its faults in one installation: the
// lists are its own form.
func TestFilesOfTheRetiredSolution(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	const accountsKey = "account/our accounts + more.yaml"
	before := in.Upload(accountsKey, `accounts:
- 111122223333:
    email: payments@example.com
    accountgroup: production
- 012345670123:
    email: zeros@example.com
    accountgroup: production
- 222233334444:
    accountgroup: production
`, 0)
	in.Push(map[string]string{
		"role/r + s.yml": `roles:
- First:
    policy: P.json
    action: Add
    accountgroup: '*'
- Second:
    policy: P.json
    action: Add
    accountgroup: production
`,
		"custom_policy/P.json": listBuckets,
	})
	in.Join(payments, zeros, shop)
	in.Wait()
	quietly(t, in)

	// Every element of the list, not the first alone; 012345670123 is no octal number;
	// the name of the file has spaces and a plus.
	for _, id := range []string{payments, zeros, shop} {
		wantStatus(t, in, "First", id, core.AssignmentActive)
		wantStatus(t, in, "Second", id, core.AssignmentActive)
	}
	if got := in.Account("1402433619"); got.Version != 0 {
		t.Errorf("an account was read as an octal number: %+v", got)
	}
	if got := in.File(accountsKey); got.Processed != before || len(got.Findings) > 0 {
		t.Errorf("the record of %q is %+v, want version %s processed", accountsKey, got, before)
	}
	o, err := in.Config().Object(in.Context(), accountsKey)
	if err != nil || o.Version != before {
		t.Errorf("the input was touched: version %q, %v; want %q", o.Version, err, before)
	}
}

// TestEveryRecordOfAnEventIsHandled takes the bucket's notifications away, so that only
// the one event with two records tells of two files.
func TestEveryRecordOfAnEventIsHandled(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	ctx, bucket := in.Context(), in.Box.ConfigBucket()
	_, err := adminS3(t, in).PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: &bucket, NotificationConfiguration: &types.NotificationConfiguration{},
	})
	if err != nil {
		t.Fatal(err)
	}
	in.Push(map[string]string{"account/a.yaml": accounts(payments), "account/b c.yaml": accounts(shop)})
	in.Wait()
	if n := len(in.Recorded().Accounts); n != 0 {
		t.Fatalf("%d accounts before any event", n)
	}
	record := func(key string) string {
		return fmt.Sprintf(`{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":%q},"object":{"key":%q}}}`, bucket, key)
	}
	in.Invoke(in.Box.Master(), "AccountFile", `{"Records":[`+record("account/a.yaml")+","+record("account/b+c.yaml")+`]}`)
	in.Wait()
	for _, id := range []string{payments, shop} {
		if r := in.Account(id); r.Status != core.AccountPending {
			t.Errorf("%s is %q, want pending", id, r.Status)
		}
	}
}

func adminS3(t *testing.T, in *coretest.Installation) *s3.Client {
	t.Helper()
	id, err := in.Box.As("admin")
	if err != nil {
		t.Fatal(err)
	}
	return s3.New(s3.Options{
		Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, ""),
	})
}

func TestASecondAccountFileDoesNotCutOffTheFirst(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	in.Upload("account/b.yaml", accounts(shop), 0)
	in.Join(shop)
	in.Wait()
	wantStatus(t, in, "R", payments, core.AssignmentActive)
	wantStatus(t, in, "R", shop, core.AssignmentActive)
	wantReach(t, in, "R", payments, shop)
	for id, source := range map[string]string{payments: "account/a.yaml", shop: "account/b.yaml"} {
		if r := in.Account(id); r.Source != source || r.Status != core.AccountActive {
			t.Errorf("%s is %s from %q, want active from %q", id, r.Status, r.Source, source)
		}
	}
}

func TestAChangedPolicyFileChangesEveryRoleThatNamesItInPlace(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	in.Push(map[string]string{
		"account/a.yaml":       accounts(payments),
		"role/one.yaml":        "roles: {One: {policy: P.json}, Other: {policy: Q.json}}\n",
		"role/two.yaml":        "roles: {Two: {policy: P.json}}\n",
		"custom_policy/P.json": listBuckets,
		"custom_policy/Q.json": listBuckets,
	})
	in.Join(payments)
	in.Wait()
	roleIDs := func() map[core.RoleName]string {
		return map[core.RoleName]string{"One": roleID(t, in, payments, "One"), "Two": roleID(t, in, payments, "Two"), "master": roleID(t, in, in.Box.Master(), "One")}
	}
	before := roleIDs()
	in.Upload("custom_policy/P.json", listTopics, 0)
	in.Wait()
	quietly(t, in)
	for role, want := range map[core.RoleName]string{"One": listTopics, "Two": listTopics, "Other": listBuckets} {
		if r, _ := in.UserRole(payments, role); r.Inline != want {
			t.Errorf("%s has the policy %s, want %s", role, r.Inline, want)
		}
	}
	// A role that is deleted and made again has another ID, and whoever trusted it
	// trusts nobody.
	for role, id := range roleIDs() {
		if id != before[role] {
			t.Errorf("%s was made again: its ID was %s and is %s", role, before[role], id)
		}
	}
}

// TestAFileWithErrorsChangesNothing and says what is wrong; mending it is enough.
func TestAFileWithErrorsChangesNothing(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	before := in.State(payments)
	in.Upload("account/a.yaml", "accounts:\n  \"222233334444\": {nmae: x}\n", 0)
	in.Upload("role/r.yaml", "roles: {R: {policy: Missing.json}}\n", 0)
	in.Wait()
	for _, key := range []string{"account/a.yaml", "role/r.yaml"} {
		if r := in.File(key); !core.HasErrors(r.Findings) || r.Findings[0].Line == 0 {
			t.Errorf("findings recorded of %s: %v", key, r.Findings)
		}
	}
	wantState(t, before, in.State(payments))
	in.Upload("custom_policy/Missing.json", listTopics, 0)
	in.Wait()
	if r := in.File("role/r.yaml"); len(r.Findings) > 0 {
		t.Errorf("findings after the policy came: %v", r.Findings)
	}
	if r, _ := in.UserRole(payments, "R"); r.Inline != listTopics {
		t.Errorf("R has the policy %s", r.Inline)
	}
}

func TestMoreAccountsThanAPageOfDynamoDB(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	tables := in.Admin.Tables()
	const n = 12
	for i := range n { // a page holds 1 MB
		id := core.AccountID(fmt.Sprintf("5000000000%02d", i))
		_, err := tables.UpdateAccount(in.Context(), id, func(r *core.AccountRecord) error {
			r.Source, r.Status, r.Updated = "account/a.yaml", core.AccountPending, time.Now()
			r.Tags = map[string]string{"note": strings.Repeat("x", 100_000)} // no attribute of an index's key, which is shorter
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	in.Push(map[string]string{"role/r.yaml": "roles: {R: {policy: P.json}}\n", "custom_policy/P.json": listBuckets})
	in.Wait()
	if got := len(in.Recorded().Assignments); got != n {
		t.Errorf("%d assignments, want %d", got, n)
	}
}

// TestNothingSleepsForAFixedTime: whoever waits in the engine waits by its pace, which
// ends with the context.
func TestNothingSleepsForAFixedTime(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d sources, %v", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"time.Sleep(", "time.After(", "time.Tick("} {
			if strings.Contains(string(source), call) {
				t.Errorf("%s calls %s)", name, call)
			}
		}
	}
}
