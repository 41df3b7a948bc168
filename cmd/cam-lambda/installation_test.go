package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
)

const (
	payments, billing core.AccountID = "111122223333", "222233334444"

	marker = "PolicyTextIsNotForTheLog"
)

// installation is a sandbox whose functions are processes of the bootstrap.
type installation struct {
	*testing.T
	*fleet
	box   *sandbox.Sandbox
	admin *cloud.Client
}

func install(t *testing.T) *installation {
	t.Helper()
	fleet := newFleet(t)
	box, err := sandbox.Start(sandbox.Options{Run: fleet.run})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	i := &installation{T: t, fleet: fleet, box: box}
	i.check(box.Install(t.Context()))
	i.admin, err = i.client("admin")
	i.check(err)
	return i
}

func (i *installation) check(err error) {
	i.Helper()
	if err != nil {
		i.Fatal(err)
	}
}

func (i *installation) client(who string) (*cloud.Client, error) {
	id, err := i.box.As(who)
	if err != nil {
		return nil, err
	}
	return cloud.New(i.Context(), cloud.Options{
		Region: i.box.Region(), Endpoint: i.box.Endpoint(),
		Credentials: &core.Credentials{
			AccessKeyID: id.AccessKeyID, SecretAccessKey: core.NewSecret(id.SecretAccessKey), SessionToken: core.NewSecret(id.SessionToken),
		},
	})
}

// settle waits until events have caused no more events: a file's event causes an
// account's, that a role's, and that one for the pages.
func (i *installation) settle() {
	i.Helper()
	for range 5 {
		i.check(i.box.Idle(i.Context()))
	}
}

// put writes configuration files, in order, and waits for what they cause.
func (i *installation) put(files ...string) {
	i.Helper()
	bucket := i.admin.Bucket(i.box.ConfigBucket(), core.KeyAlias)
	for ; len(files) > 0; files = files[2:] {
		_, err := bucket.PutObject(i.Context(), core.Object{Key: files[0], Body: []byte(files[1])})
		i.check(err)
	}
	i.settle()
}

// canEnter reports whether a holder of the role in the master gets into the account.
func (i *installation) canEnter(role core.RoleName, account core.AccountID) bool {
	i.Helper()
	holder, err := i.client(string(role))
	if err != nil {
		return false
	}
	arn := fmt.Sprintf("arn:aws:iam::%s:role/%s", account, role.IAMName())
	_, err = holder.STS().AssumeRole(i.Context(), arn, "test", 0)
	if err != nil && !core.IsCode(err, core.CodeDenied) {
		i.Error(err)
	}
	return err == nil
}

// enters checks who gets in.
func (i *installation) enters(when string, role core.RoleName, account core.AccountID, want bool) {
	i.Helper()
	if got := i.canEnter(role, account); got != want {
		i.Errorf("%s: %s can enter %s: %v, want %v", when, role, account, got, want)
	}
}

func (i *installation) assignment(role core.RoleName, account core.AccountID) core.AssignmentStatus {
	i.Helper()
	a, err := i.admin.Tables().Assignment(i.Context(), core.Pair{Role: role, Account: account})
	i.check(err)
	return a.Status
}

// invoke runs a function as the schedule does, but waits for its answer.
func (i *installation) invoke(handler string) {
	i.Helper()
	const event = `{"source":"aws.events"}`
	url := i.box.Endpoint() + "/2015-03-31/functions/CrossAccountManager-" + handler + "/invocations"
	req, err := http.NewRequestWithContext(i.Context(), http.MethodPost, url, strings.NewReader(event))
	i.check(err)
	id, err := i.box.As("admin")
	i.check(err)
	sum := sha256.Sum256([]byte(event))
	creds := aws.Credentials{AccessKeyID: id.AccessKeyID, SecretAccessKey: id.SecretAccessKey}
	i.check(v4.NewSigner().SignHTTP(i.Context(), creds, req, hex.EncodeToString(sum[:]), "lambda", i.box.Region(), time.Now()))
	res, err := http.DefaultClient.Do(req)
	i.check(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Amz-Function-Error") != "" {
		i.Fatalf("%s answered %s %s", handler, res.Status, res.Header.Get("X-Amz-Function-Error"))
	}
}

const roles = `
roles:
  DevOps: {policy: DevOps.json}
  Audit: {policy: DevOps.json, accounts: ["111122223333"]}
`

const policy = `{"Version": "2012-10-17", "Statement": [
  {"Sid": "` + marker + `", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}`

// TestInstallation runs a whole installation, each function as a process of its own
// behind a Runtime API: the stack comes up, files become roles, accounts join and leave,
// and the schedule finds what got lost.
func TestInstallation(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.put(
		"custom_policy/DevOps.json", policy,
		"role/roles.yaml", strings.Replace(roles, "  Audit", "  # Audit", 1),
		"account/all accounts.yaml", "accounts: {'111122223333': {name: payments}, '222233334444': {name: billing}}\n",
	)
	i.enters("before it joined", "DevOps", payments, false)

	i.check(i.box.Join(t.Context(), []string{string(payments), string(billing)}, func(string) {}))
	i.settle()
	i.enters("joined", "DevOps", payments, true)
	i.enters("joined", "DevOps", billing, true)
	page, err := i.admin.Bucket(i.box.LinksBucket(), "").Object(t.Context(), core.RolePage("DevOps"))
	i.check(err)
	if !strings.Contains(string(page.Body), string(payments)) {
		t.Errorf("the page of DevOps does not list %s", payments)
	}

	i.lose(lambda.RoleFile, true)
	i.put("role/roles.yaml", roles)
	i.lose(lambda.RoleFile, false)
	i.enters("its event was lost", "Audit", payments, false)
	i.invoke(lambda.Reconcile)
	i.settle()
	i.enters("reconciled", "Audit", payments, true)
	i.enters("reconciled", "Audit", billing, false)

	i.check(i.box.Leave(t.Context(), []string{string(payments)}, func(string) {}))
	i.settle()
	i.enters("left", "DevOps", payments, false)
	i.enters("left", "Audit", payments, false)
	i.enters("the other one left", "DevOps", billing, true)
	if got := i.assignment("DevOps", billing); got != core.AssignmentActive {
		t.Errorf("DevOps in %s is %s", billing, got)
	}
	if got := i.assignment("DevOps", payments); got == core.AssignmentActive {
		t.Errorf("DevOps in %s is %s", payments, got)
	}
	i.allRan()
	i.saidNoSecret()
}

// allRan checks that every handler did something, and one process did all of it.
func (i *installation) allRan() {
	i.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, handler := range lambda.Names() {
		if i.ran[handler] == 0 {
			i.Errorf("%s did not run", handler)
		}
	}
	if len(i.processes) != len(i.slots) {
		i.Errorf("%d processes for %d functions: one ended early", len(i.processes), len(i.slots))
	}
}

// saidNoSecret checks the logs of all processes: nothing failed for good, every line
// names its function and request, and none has a secret, a proof or a policy in it.
func (i *installation) saidNoSecret() {
	i.Helper()
	i.stop()
	forbidden := append([]string{marker, "s3:ListAllMyBuckets", "X-Amz-Signature"}, i.secrets...)
	for _, p := range i.processes {
		records := p.logs.records(i)
		if len(records) == 0 {
			i.Errorf("%v said nothing", p.cmd.Env)
		}
		for _, r := range records {
			// An account that leaves may be gone before its signature is looked at; it is then probed.
			left := r["action"] == "REMOVE" && r["aws_code"] == "InvalidClientTokenId"
			if r["level"] == "ERROR" && !left || r["handler"] == "" || r["requestId"] == nil {
				i.Errorf("log record: %v", r)
			}
		}
		for _, secret := range forbidden {
			if strings.Contains(p.logs.String(), secret) {
				i.Errorf("the log has %.24q in it", secret)
			}
		}
	}
}
