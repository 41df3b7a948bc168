package cloud_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// bench is IAM of a sandbox's master account behind a recorder, and the SDK's client
// for what somebody else does to roles.
type bench struct {
	*recorder
	iam *cloud.IAM
	sdk *iam.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	id, err := box.As("admin")
	r := record(t, box.Endpoint())
	return &bench{r, client(t, r.URL, box.Region(), credentialsOf(t, id, err)).IAM(), iam.New(iam.Options{
		Region: box.Region(), BaseEndpoint: aws.String(box.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, ""),
	})}
}

// roleID is what a recreated role has anew.
func (b *bench) roleID(t *testing.T, name string) string {
	t.Helper()
	out, err := b.sdk.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.Role.RoleId)
}

// addInline puts an inline policy into a role, as somebody does by hand.
func (b *bench) addInline(t *testing.T, role, name, document string) {
	t.Helper()
	if _, err := b.sdk.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: &document}); err != nil {
		t.Fatal(err)
	}
}

const managed = "arn:aws:iam::aws:policy/"

func allow(actions ...string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["%s"],"Resource":"*"}]}`, strings.Join(actions, `","`))
}

func trust(principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":"sts:AssumeRole"}]}`, principal)
}

func devOps() core.IAMRole {
	return core.IAMRole{
		Name: "CrossAccountManager-DevOps", Description: "Operators", Trust: trust("arn:aws:iam::" + sandbox.DefaultMaster + ":root"),
		MaxSessionDuration: 2 * time.Hour, PermissionsBoundary: managed + "PowerUserAccess",
		Tags:       map[string]string{core.ManagedTag: "role", "team": "platform"},
		InlineName: "CrossAccountManager-DevOps-Permission", Inline: allow("s3:Get*"),
		ManagedPolicies: []string{managed + "ReadOnlyAccess", managed + "SecurityAudit"},
	}
}

func TestPutRoleWritesTheDifference(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.iam.PutRole(t.Context(), devOps()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"CreateRole", "PutRolePolicy", "AttachRolePolicy", "AttachRolePolicy"}, b.take()); diff != "" {
		t.Errorf("a new role (-want +got):\n%s", diff)
	}
	id := b.roleID(t, devOps().Name)
	for _, test := range []struct {
		name   string
		change func(*core.IAMRole)
		want   []string
	}{
		{"nothing", func(*core.IAMRole) {}, nil},
		{"layout of documents", func(r *core.IAMRole) {
			r.Trust, r.Inline = strings.ReplaceAll(r.Trust, ",", ",\n  "), strings.ReplaceAll(r.Inline, ":{", ": {")
		}, nil},
		{"trust", func(r *core.IAMRole) { r.Trust = trust("arn:aws:iam::" + sandbox.DefaultMaster + ":user/admin") }, []string{"UpdateAssumeRolePolicy"}},
		{"description", func(r *core.IAMRole) { r.Description = "other" }, []string{"UpdateRole"}},
		{"no description", func(r *core.IAMRole) { r.Description = "" }, []string{"UpdateRole"}},
		{"session duration", func(r *core.IAMRole) { r.MaxSessionDuration = 0 }, []string{"UpdateRole"}},
		{"default session duration", func(r *core.IAMRole) { r.MaxSessionDuration = 0 }, []string{"UpdateRole"}},
		{"boundary", func(r *core.IAMRole) { r.PermissionsBoundary = managed + "ReadOnlyAccess" }, []string{"PutRolePermissionsBoundary"}},
		{"no boundary", func(r *core.IAMRole) { r.PermissionsBoundary = "" }, []string{"DeleteRolePermissionsBoundary"}},
		{"a tag's value", func(r *core.IAMRole) { r.Tags["team"] = "security" }, []string{"TagRole"}},
		{"another tag", func(r *core.IAMRole) { delete(r.Tags, "team"); r.Tags["new"] = "" }, []string{"TagRole", "UntagRole"}},
		{"a tag less", func(r *core.IAMRole) { delete(r.Tags, "team") }, []string{"UntagRole"}},
		{"inline policy", func(r *core.IAMRole) { r.Inline = allow("s3:List*") }, []string{"PutRolePolicy"}},
		{"no inline policy", func(r *core.IAMRole) { r.InlineName, r.Inline = "", "" }, []string{"DeleteRolePolicy"}},
		{"a managed policy more", func(r *core.IAMRole) { r.ManagedPolicies = append(r.ManagedPolicies, managed+"IAMReadOnlyAccess") }, []string{"AttachRolePolicy"}},
		{"a managed policy less", func(r *core.IAMRole) { r.ManagedPolicies = r.ManagedPolicies[1:] }, []string{"DetachRolePolicy"}},
		{"another managed policy", func(r *core.IAMRole) { r.ManagedPolicies[0] = managed + "IAMReadOnlyAccess" }, []string{"AttachRolePolicy", "DetachRolePolicy"}},
		{"other order of managed policies", func(r *core.IAMRole) { slices.Reverse(r.ManagedPolicies) }, nil},
	} {
		if err := b.iam.PutRole(t.Context(), devOps()); err != nil {
			t.Fatal(err)
		}
		b.take()
		want := devOps()
		want.Tags = maps.Clone(want.Tags)
		test.change(&want)
		if err := b.iam.PutRole(t.Context(), want); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, b.take(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if now := b.roleID(t, want.Name); now != id {
			t.Fatalf("%s: the role was made anew: %s was %s", test.name, now, id)
		}
	}
}

func TestPutRoleRemovesStrays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := devOps()
	if err := b.iam.PutRole(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.addInline(t, want.Name, "by-hand", allow("*"))
	got, err := b.iam.Role(t.Context(), want.Name)
	if err != nil || !slices.Equal(got.Strays, []string{"by-hand"}) || got.InlineName != want.InlineName {
		t.Errorf("strays %q, own %q, %v", got.Strays, got.InlineName, err)
	}
	b.take()
	if err := b.iam.PutRole(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"DeleteRolePolicy"}, b.take()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, err = b.iam.Role(t.Context(), want.Name); err != nil || len(got.Strays) > 0 || got.Inline == "" {
		t.Errorf("left are %q and %q, %v", got.Strays, got.Inline, err)
	}
}

// TestPutRoleWithinQuotas changes roles that have as much as IAM allows: what goes has
// to make room for what comes.
func TestPutRoleWithinQuotas(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	names := []string{
		"ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMFullAccess", "IAMReadOnlyAccess", "AmazonS3FullAccess",
		"AmazonS3ReadOnlyAccess", "AmazonSNSFullAccess", "AmazonSNSReadOnlyAccess", "AmazonSQSFullAccess", "AWSSupportAccess", "AWSDenyAll",
	}
	for i := range names {
		names[i] = managed + names[i]
	}
	role := devOps()
	role.ManagedPolicies = names[:10]
	if err := b.iam.PutRole(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	b.addInline(t, role.Name, "by-hand", allow(strings.Repeat("s3:GetObject\",\"", 600)+"s3:PutObject"))
	role.ManagedPolicies = names[2:]
	role.Inline = allow(strings.Repeat("s3:ListBucket\",\"", 600) + "s3:PutObject")
	if err := b.iam.PutRole(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	got, err := b.iam.Role(t.Context(), role.Name)
	slices.Sort(got.ManagedPolicies)
	if err != nil || !slices.Equal(got.ManagedPolicies, slices.Sorted(slices.Values(names[2:]))) || len(got.Strays) > 0 || got.Inline != role.Inline {
		t.Errorf("role has %q, %d characters of policy, strays %q, %v", got.ManagedPolicies, len(got.Inline), got.Strays, err)
	}
	role.ManagedPolicies = names
	if err := b.iam.PutRole(t.Context(), role); !core.IsCode(err, core.CodeLimit) {
		t.Errorf("more than IAM attaches: %v", err)
	}
}

func TestDeleteRoleEmptiesFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	role := devOps()
	if err := b.iam.PutRole(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	b.addInline(t, role.Name, "by-hand", allow("*"))
	b.take()
	if err := b.iam.DeleteRole(t.Context(), role.Name); err != nil {
		t.Fatal(err)
	}
	want := []string{"DeleteRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "DetachRolePolicy", "DeleteRole"}
	if diff := cmp.Diff(want, b.take()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := b.iam.DeleteRole(t.Context(), role.Name); err != nil || len(b.take()) > 0 {
		t.Errorf("deleting what is not there: %v", err)
	}
}
