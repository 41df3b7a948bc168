package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/policy"
)

// Accounts of a small organisation.
const (
	payments = "111122223333"
	shop     = "222233334444"
	lab      = "333344445555"
	zeros    = "012345670123"
)

// Policies of roles.
const (
	listBuckets = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`
	listTopics  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:ListTopics","Resource":"*"}]}`
)

// The files of a small organisation: DevOps reaches production, Audit every account.
func smallOrganisation() map[string]string {
	return map[string]string{
		"account/org.yaml": `accounts:
  "111122223333": {name: payments, email: payments@example.com, groups: [production, pci]}
  "222233334444": {name: shop, groups: [production]}
  "333344445555": {name: lab, groups: [development], tags: {owner: research}}
`,
		"role/org.yaml": `roles:
  DevOps: {policy: P.json, accountgroup: production, max_session_duration: 4h, description: Deploys}
  Audit: {policy: Q.json, tags: {team: security}}
`,
		"custom_policy/P.json": listBuckets,
		"custom_policy/Q.json": listTopics,
	}
}

// installed is an installation with the small organisation rolled out.
func installed(t testing.TB, o coretest.Options) *coretest.Installation {
	t.Helper()
	in := coretest.Install(t, o)
	in.Push(smallOrganisation())
	in.Wait()
	in.Join(payments, shop, lab)
	in.Wait()
	return in
}

// one is an installation with one role, R, in one account that has joined, payments.
func one(t testing.TB, o coretest.Options) *coretest.Installation {
	t.Helper()
	in := coretest.Install(t, o)
	in.Push(map[string]string{
		"account/a.yaml":       accounts(payments),
		"role/r.yaml":          "roles: {R: {policy: P.json}}\n",
		"custom_policy/P.json": listBuckets,
	})
	in.Wait()
	in.Join(payments)
	in.Wait()
	return in
}

// accounts is an account file that lists IDs.
func accounts(ids ...string) string {
	var b strings.Builder
	b.WriteString("accounts:\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "  %q: {name: a%s}\n", id, id)
	}
	return b.String()
}

// wantStatus checks what an assignment's record says, and whether IAM agrees.
func wantStatus(t *testing.T, in *coretest.Installation, role core.RoleName, account string, want core.AssignmentStatus) {
	t.Helper()
	r := in.Assignment(role, account)
	if r.Status != want {
		t.Errorf("%s in %s is %q, want %q (%+v)", role, account, r.Status, want, r.Failure)
	}
	_, found := in.UserRole(account, role)
	if exists := want == core.AssignmentActive; found != exists {
		t.Errorf("IAM of %s has the role %s: %v, want %v", account, role, found, exists)
	}
}

// reaches lists the accounts that the master's role names one by one; "*" stands for
// all of the organisation.
func reaches(t *testing.T, in *coretest.Installation, role core.RoleName) []string {
	t.Helper()
	r, found := in.UserRole(in.Box.Master(), role)
	if !found {
		return nil
	}
	doc, issues := policy.Parse([]byte(r.Inline), policy.Identity)
	if policy.HasErrors(issues) {
		t.Fatalf("the access policy of %s is no policy: %v", role, issues)
	}
	var out []string
	for _, s := range doc.Statements {
		if s.Sid != "Assume" {
			continue
		}
		for _, arn := range s.Resource {
			out = append(out, strings.Split(arn, ":")[4])
		}
	}
	return out
}

func wantReach(t *testing.T, in *coretest.Installation, role core.RoleName, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, reaches(t, in, role)); diff != "" {
		t.Errorf("accounts that the master's %s may enter (-want +got):\n%s", role, diff)
	}
}

// quietly checks that no function refused or failed anything. A departure that is read
// after its signature is void is refused, probed instead, and no trouble.
func quietly(t *testing.T, in *coretest.Installation) {
	t.Helper()
	bad := slices.DeleteFunc(in.Log().Troubles(), func(line string) bool {
		return strings.Contains(line, "action=REMOVE") && strings.Contains(line, "aws_code=InvalidClientTokenId")
	})
	if len(bad) > 0 {
		t.Errorf("functions complained:\n%s", strings.Join(bad, "\n"))
	}
}

// enter takes a role in a sub-account as its holder in the master account does.
func enter(in *coretest.Installation, role core.RoleName, account string, as core.RoleName) (core.Identity, error) {
	ctx := in.Context()
	holder := in.As(string(role))
	creds, err := holder.STS().AssumeRole(ctx, core.RoleARN(in.Partition(), core.AccountID(account), as.IAMName()), "test", 0)
	if err != nil {
		return core.Identity{}, err
	}
	return holder.With(creds).STS().Identity(ctx)
}

// publish sends an event as an administrator of an account.
func publish(t *testing.T, in *coretest.Installation, from string, topic core.Topic, events ...core.Event) error {
	t.Helper()
	return in.AdminOf(from).Topics(in.Master(), in.Box.Region()).Publish(in.Context(), topic, events...)
}

// engineAs is the engine in this process, as somebody of the master account.
func engineAs(in *coretest.Installation, client *cloud.Client, pace engine.Pace, change func(*engine.Ports)) *engine.Engine {
	tables, topics := client.Tables(), client.Topics(in.Master(), in.Box.Region())
	ports := engine.Ports{
		Accounts: tables, Roles: tables, Assignments: tables, Files: tables,
		Config: client.Bucket(in.Box.ConfigBucket(), ""), Pages: client.Bucket(in.Box.LinksBucket(), ""),
		Publisher: topics, Gate: topics, Verifier: client.Proofs(topics.ARN(core.AccountTopic), in.Box.Region()),
		Master: client.IAM(), Entrance: client.Entrance("test"),
	}
	if change != nil {
		change(&ports)
	}
	return engine.New(engine.Settings{
		Partition: in.Partition(), Master: in.Master(), Region: in.Box.Region(), LinksBucket: in.Box.LinksBucket(),
	}, ports, nil, pace)
}

// calls counts authenticated calls of a sandbox.
type calls struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *calls) trace(service, operation, _, _ string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[service+":"+operation]++
}

func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n = nil
}

func (c *calls) of(operation string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[operation]
}

// iamWrites counts the calls that change IAM.
func (c *calls) iamWrites() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	for name, n := range c.n {
		if op, ok := strings.CutPrefix(name, "iam:"); ok && !strings.HasPrefix(op, "Get") && !strings.HasPrefix(op, "List") {
			total += n
		}
	}
	return total
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of this package's own
	}
	return string(b)
}

// eventually waits until ok, and fails after a while.
func eventually(ctx context.Context, t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 400 {
		if ok() {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("%s did not happen", what)
}
