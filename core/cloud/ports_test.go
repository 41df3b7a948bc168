package cloud_test

import (
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// TestRecords runs against tables whose reads lag unless they ask for consistency.
func TestRecords(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{Seed: 1, Chaos: sandbox.Chaos{ReplicationLag: 40 * time.Millisecond}})
	tables := w.as(t, "admin").Tables()
	t.Run("accounts", func(t *testing.T) {
		t.Parallel()
		coretest.TestAccounts(t, func(testing.TB) core.Accounts { return tables })
	})
	t.Run("roles", func(t *testing.T) {
		t.Parallel()
		coretest.TestRoles(t, func(testing.TB) core.Roles { return tables })
	})
	t.Run("assignments", func(t *testing.T) {
		t.Parallel()
		coretest.TestAssignments(t, func(testing.TB) core.Assignments { return tables })
	})
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		coretest.TestFiles(t, func(testing.TB) core.Files { return tables })
	})
}

const (
	payments core.AccountID = "012345670123"
	research core.AccountID = "222222222222"
	stranger core.AccountID = "333333333333"
)

func TestPorts(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{OrgID: "none"})
	w.join(t, payments, research)
	t.Run("objects", func(t *testing.T) {
		t.Parallel()
		coretest.TestObjects(t, func(t testing.TB) core.Objects { return w.as(t, "admin").Bucket(w.ConfigBucket(), "") })
	})
	t.Run("publisher", func(t *testing.T) {
		t.Parallel()
		coretest.TestPublisher(t, func(t testing.TB) (core.Publisher, core.Topic, func() []core.Event) {
			topics := w.as(t, "admin").Topics(w.master(), w.Region())
			return topics, core.RoleTopic, func() []core.Event { return w.received("CrossAccountManager-RoleEvent") }
		})
	})
	t.Run("role admin", func(t *testing.T) {
		t.Parallel()
		coretest.TestRoleAdmin(t, func(t testing.TB) (core.RoleAdmin, coretest.IAMAccount) {
			return w.in(t, payments).IAM(), coretest.IAMAccount{ID: payments, Partition: "aws", Managed: [3]string{
				"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
			}}
		})
	})
	t.Run("entrance", func(t *testing.T) {
		t.Parallel()
		coretest.TestEntrance(t, func(t testing.TB) (core.Entrance, [2]core.AccountID, core.AccountID) {
			return w.as(t, string(core.AdminRole)).Entrance("RoleEvent"), [2]core.AccountID{payments, research}, stranger
		})
	})
	t.Run("topic gate", func(t *testing.T) {
		t.Parallel()
		coretest.TestTopicGate(t, func(t testing.TB) (core.TopicGate, [2]core.AccountID, func(core.AccountID) bool) {
			gate := w.as(t, "admin").Topics(w.master(), w.Region())
			return gate, [2]core.AccountID{payments, research}, func(id core.AccountID) bool { return w.mayRegister(t, id) }
		})
	})
	t.Run("verifier", func(t *testing.T) {
		t.Parallel()
		coretest.TestVerifier(t, func(t testing.TB) (core.Verifier, core.AccountID, coretest.Prove, map[string]coretest.Prove) {
			return proofs(t, w)
		})
	})
}

// TestForget enters an account whose admin role was made anew, which ends the sessions
// of the old one.
func TestForget(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{})
	entrance := w.as(t, string(core.AdminRole)).Entrance("RoleEvent")
	look := func() error {
		admin, err := entrance.Enter(t.Context(), payments)
		if err == nil {
			_, err = admin.Role(t.Context(), "CrossAccountManager-None")
		}
		return err
	}
	w.join(t, payments)
	if err := look(); !core.IsCode(err, core.CodeNotFound) {
		t.Fatal(err)
	}
	if err := w.Leave(t.Context(), []string{string(payments)}, func(string) {}); err != nil {
		t.Fatal(err)
	}
	w.join(t, payments)
	if err := look(); !core.IsCode(err, core.CodeNoCredentials) {
		t.Errorf("with the old role's session: %v", err)
	}
	entrance.Forget(payments)
	if err := look(); !core.IsCode(err, core.CodeNotFound) {
		t.Errorf("with a new session: %v", err)
	}
}

// mayRegister reports whether the account topic takes an event of the account.
func (w *world) mayRegister(t testing.TB, id core.AccountID) bool {
	topics := w.in(t, id).Topics(w.master(), w.Region())
	err := topics.Publish(t.Context(), core.AccountTopic, core.Event{Action: core.ActionAdd, Account: id})
	if err != nil && !core.IsCode(err, core.CodeDenied) {
		t.Error(err)
	}
	return err == nil
}

// proofs are a verifier and what an account's signature may be bound to.
func proofs(t testing.TB, w *world) (core.Verifier, core.AccountID, coretest.Prove, map[string]coretest.Prove) {
	topic := cloud.TopicARN(w.master(), w.Region(), core.AccountTopic)
	prover := func(c *cloud.Client, topic, region string) coretest.Prove {
		return func(action core.Action) core.Proof {
			p, err := c.Proofs(topic, region).Prove(t.Context(), action)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
	}
	// A session, as Lambda has one, so that there is a token that no error may repeat.
	admin, err := w.as(t, string(core.AdminRole)).STS().AssumeRole(t.Context(), core.RoleARN("aws", payments, core.AdminRole.IAMName()), "init", 0)
	if err != nil {
		t.Fatal(err)
	}
	account := client(t, w.Endpoint(), w.Region(), admin)
	forger := core.Credentials{AccessKeyID: admin.AccessKeyID, SecretAccessKey: core.NewSecret("forged"), SessionToken: admin.SessionToken}
	return w.as(t, "admin").Proofs(topic, w.Region()), payments, prover(account, topic, w.Region()), map[string]coretest.Prove{
		"for another topic":         prover(account, topic+"2", w.Region()),
		"for another region":        prover(account, topic, "us-east-1"),
		"signed with a foreign key": prover(client(t, w.Endpoint(), w.Region(), forger), topic, w.Region()),
	}
}
