package templates_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/templates"
)

// The smallest organisation: alpha leaves and joins, beta stays, gamma is listed now
// and then. Ops reaches all of them.
const (
	alpha = "111122223333"
	beta  = "222233334444"
	gamma = "333344445555"
	ops   = "CrossAccountManager-Ops"
	admin = "CrossAccountManager-Admin-DO-NOT-DELETE"
)

// accountFile lists the accounts; n makes each version another.
func accountFile(n int, withGamma bool) string {
	file := fmt.Sprintf("accounts:\n  %q: {name: alpha-%d}\n  %q: {name: beta, tags: {n: \"%d\"}}\n", alpha, n, beta, n)
	if withGamma {
		file += fmt.Sprintf("  %q: {name: gamma}\n", gamma)
	}
	return file
}

func policyFile(n int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"N%d","Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`, n)
}

const opsEntry = "roles:\n  Ops: {policy: P.json, managed_policies: [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"], " +
	"trust: {directory_service: true, principals: [\"arn:{partition}:iam::{master}:user/alice\"]}, description: \"%d\"}\n"

// roleFile is how Ops rests.
func roleFile(n int) string { return fmt.Sprintf(opsEntry, n) }

// otherRoleFile changes everything about Ops, and has another role beside it.
func otherRoleFile(n int) string {
	return fmt.Sprintf(`roles:
  Ops: {managed_policies: ["arn:aws:iam::aws:policy/ViewOnlyAccess"], max_session_duration: 4h, tags: {n: "%d"}, description: other %d,
        permissions_boundary: "arn:aws:iam::aws:policy/PowerUserAccess", trust: {principals: ["arn:{partition}:iam::{master}:user/alice"]}}
  Temporary: {policy: P.json, managed_policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
`, n, n)
}

const (
	accountKey = "account/a.yaml"
	roleKey    = "role/r.yaml"
	policyKey  = "custom_policy/P.json"
)

// step is a part of the scenario. It begins and ends with the same organisation, so
// that it can be taken again, whatever came before; n makes each time another.
type step struct {
	name string
	do   func(in *installation, n int) error
}

// steps are the scenario after the installation.
func steps() []step {
	out := []step{
		{"accounts", stepAccounts}, {"roles", stepRoles}, {"leave", stepLeave}, {"account-event", stepAccountEvent}, {"failure", stepFailure}, {"probe", stepProbe}, {"reconcile", stepReconcile},
		{"master-init", stepMasterInit}, {"operator", stepOperator}, {"users", stepUsers}, {scheduleStep, stepSchedule},
	}
	for _, handler := range []string{"AccountFile", "RoleFile", "AccountEvent", "RoleEvent", "AccessLinks", "Reconcile", "MasterInit"} {
		out = append(out, step{"dead-letters-" + handler, func(in *installation, _ int) error { return stepDeadLetters(in, handler) }})
	}
	return out
}

// scheduleStep can be taken twice only: the sandbox's clock may not differ by more than
// five minutes from that of those who sign calls.
const scheduleStep = "schedule"

// prepare brings a new installation to where the steps begin.
func prepare(in *installation) error {
	in.person("operator", "CrossAccountManager-Administrator")
	alice := in.identity(in.As("user:alice"))
	in.mu.Lock()
	in.people["alice"] = alice
	in.mu.Unlock()
	err := errors.Join(
		in.deploy(in.Master(), masterStack, templates.Master(), map[string]string{"ReconcileMinutes": "2", "LogRetentionDays": "30"}),
		in.put(accountKey, accountFile(0, false), 0), in.put(policyKey, policyFile(0), 0), in.put(roleKey, roleFile(0), 0))
	for _, account := range []string{alpha, beta} {
		err = errors.Join(err, in.Join(in.ctx, []string{account}, func(string) {}))
		in.quiet()
	}
	return err
}

// stepAccounts lists gamma, then leaves it out again; another file comes and goes.
func stepAccounts(in *installation, n int) error {
	const other = "account/other.yaml"
	return errors.Join(in.put(accountKey, accountFile(n, true), 0), in.put(accountKey, accountFile(n, false), 1),
		in.put(other, "accounts: {}\n", 0), in.remove(other))
}

// stepRoles changes a role in every way, in both accounts against what somebody did
// to it by hand, and makes and removes another.
func stepRoles(in *installation, n int) error {
	return errors.Join(
		in.tamper(in.Master()), in.tamper(alpha),
		in.put(roleKey, otherRoleFile(n), 0),
		in.put(policyKey, policyFile(n), 0),
		in.put(roleKey, roleFile(n), 1),
	)
}

// tamper changes Ops in an account by hand.
func (in *installation) tamper(account string) error {
	client := iam.NewFromConfig(in.admin(account))
	role := aws.String(ops)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}]}`
	_, err := client.UpdateAssumeRolePolicy(in.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: role, PolicyDocument: &trust})
	failed := []error{err}
	_, err = client.PutRolePolicy(in.ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("byhand"), PolicyDocument: aws.String(policyFile(0))})
	failed = append(failed, err)
	_, err = client.AttachRolePolicy(in.ctx, &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: aws.String("arn:aws:iam::aws:policy/SecurityAudit")})
	failed = append(failed, err)
	_, err = client.TagRole(in.ctx, &iam.TagRoleInput{RoleName: role, Tags: []iamtypes.Tag{{Key: aws.String("byhand"), Value: aws.String("1")}}})
	return errors.Join(append(failed, err)...)
}

// stepLeave lets alpha leave and join.
func stepLeave(in *installation, _ int) error {
	err := in.custom(alpha, "AccountInit", "Delete")
	in.quiet()
	// A signature tells seconds: of a departure and an arrival in the same one the
	// departure counts.
	err = errors.Join(err, in.nextSecond(), in.custom(alpha, "AccountInit", "Update"))
	in.quiet()
	return err
}

func (in *installation) nextSecond() error {
	now := time.Now()
	select {
	case <-in.ctx.Done():
		return in.ctx.Err()
	case <-time.After(now.Truncate(time.Second).Add(time.Second).Sub(now)):
		return nil
	}
}

// stepAccountEvent lets events of alpha finish what RoleFile could only begin, because
// it had no access to the master account's roles.
func stepAccountEvent(in *installation, n int) error {
	client := iam.NewFromConfig(in.admin(in.Master()))
	role, arn := aws.String("CAM-RoleFile"), aws.String("arn:aws:iam::"+in.Master()+":policy/CAM-MasterRoles")
	if _, err := client.DetachRolePolicy(in.ctx, &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: arn}); err != nil {
		return err
	}
	event := fmt.Sprintf(`{"Action":"ADD","SubAccountId":%q}`, alpha)
	finish := func() error { return in.publish(in.admin(in.Master()), core.AccountTopic, event) }
	err := errors.Join(in.tamper(in.Master()), in.put(roleKey, otherRoleFile(n), 0), finish(), in.put(roleKey, roleFile(n), 1), finish())
	_, attached := client.AttachRolePolicy(in.ctx, &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: arn})
	return errors.Join(err, attached)
}

// shut keeps the engine out of alpha while do runs.
func (in *installation) shut(do func() error) error {
	client := iam.NewFromConfig(in.admin(alpha))
	role, err := client.GetRole(in.ctx, &iam.GetRoleInput{RoleName: aws.String(admin)})
	if err != nil {
		return err
	}
	before, err := decode(role.Role.AssumeRolePolicyDocument)
	if err != nil {
		return err
	}
	put := func(trust string) error {
		_, err := client.UpdateAssumeRolePolicy(in.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(admin), PolicyDocument: &trust})
		return err
	}
	return errors.Join(put(strings.Replace(before, `"Allow"`, `"Deny"`, 1)), do(), put(before))
}

// stepFailure keeps the engine out of alpha, so that an assignment fails, and lets it
// in again.
func stepFailure(in *installation, n int) error {
	err := in.shut(func() error { return in.put(roleKey, roleFile(-n), 0) })
	_, invoked := in.Invoke(in.ctx, in.Master(), "CrossAccountManager-Reconcile", []byte("{}"))
	in.quiet()
	return errors.Join(err, invoked)
}

// stepProbe has somebody say without proof that alpha has left while the engine cannot
// enter it, which counts as a departure, and lets alpha register again.
func stepProbe(in *installation, _ int) error {
	claim := fmt.Sprintf(`{"Action":"REMOVE","SubAccountId":%q,"Reason":"registration","Proof":{"Query":"Action=GetCallerIdentity"}}`, alpha)
	err := in.shut(func() error { return in.publish(in.admin(in.Master()), core.AccountTopic, claim) })
	err = errors.Join(err, in.nextSecond(), in.custom(alpha, "AccountInit", "Update"))
	in.quiet()
	return err
}

// engineHandlers react to files and events.
var engineHandlers = []string{"AccountFile", "RoleFile", "AccountEvent", "RoleEvent", "AccessLinks"}

// missed uploads files whose events are all lost, then lets somebody catch up, twice:
// entries come and go.
func (in *installation) missed(n int, catchUp func() error) error {
	var failed []error
	in.set(in.lost, engineHandlers, func() {
		failed = append(failed, in.tamper(in.Master()), in.put(policyKey, policyFile(n), 0),
			in.put(accountKey, accountFile(n, true), 0), in.put(roleKey, otherRoleFile(n), 0), catchUp())
		in.quiet()
		failed = append(failed, in.put(accountKey, accountFile(n, false), 1), in.put(roleKey, roleFile(n), 1), catchUp())
		in.quiet()
	})
	return errors.Join(failed...)
}

func stepReconcile(in *installation, n int) error {
	reconcile := func() error {
		_, err := in.Invoke(in.ctx, in.Master(), "CrossAccountManager-Reconcile", []byte("{}"))
		return err
	}
	err := in.missed(n, reconcile)
	return errors.Join(err, reconcile()) // with everybody awake: what is open is driven to its end
}

func stepMasterInit(in *installation, n int) error {
	update := func() error { return in.custom(in.Master(), "MasterInit", "Update") }
	err := in.missed(n, update)
	return errors.Join(err, update())
}

// stepOperator does what an admin does with cam, with the Administrator policy alone.
func stepOperator(in *installation, n int) error {
	client := in.client(in.person("operator", ""))
	stack, err := client.Stacks().Stack(in.ctx, masterStack)
	if err != nil {
		return err
	}
	tables := client.Tables()
	folder := fstest.MapFS{
		accountKey: {Data: []byte(accountFile(n, false))}, roleKey: {Data: []byte(roleFile(n))}, policyKey: {Data: []byte(policyFile(n))},
	}
	push := &engine.Push{Bucket: client.Bucket(stack.Outputs["ConfigBucket"], ""), State: tables, Files: tables, Pace: pace}
	findings, err := push.Prepare(in.ctx, folder)
	if err != nil || core.HasErrors(findings) {
		return errors.Join(err, fmt.Errorf("%v", findings))
	}
	if err := push.Upload(in.ctx, func(string) {}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(in.ctx, 20*time.Second)
	defer cancel()
	err = push.Wait(ctx, func(engine.Progress) {})
	_, status := engine.Recorded(in.ctx, tables)
	retry := engine.Retry(in.ctx, client.Topics(core.AccountID(in.Master()), in.Region()), []core.Pair{{Role: "Ops", Account: alpha}}, time.Now())
	_, page := client.Bucket(stack.Outputs["LinksBucket"], "").Object(in.ctx, core.LinksPage)
	_, role := client.IAM().Role(in.ctx, ops)
	in.quiet()
	return errors.Join(err, status, retry, page, role)
}

// stepUsers does what users do: alice takes Ops and enters alpha with it.
func stepUsers(in *installation, _ int) error {
	alice, err := in.take(in.person("alice", ""), in.Master(), ops, nil)
	if err != nil {
		return err
	}
	client := in.client(alice)
	session := func(c *cloud.Client) broker.Session {
		return broker.Session{STS: c.STS(), Assignments: c.Tables(), Directory: c.Directory()}
	}
	b := broker.New(broker.Options{
		Caller: session(client), Open: func(c core.Credentials) broker.Session { return session(client.With(c)) },
		Region: in.Region(), SigninEndpoint: in.Endpoint(),
	})
	list, err := b.List(in.ctx, "", "")
	failed := []error{err}
	if len(list) != 2 {
		failed = append(failed, fmt.Errorf("%d accounts are approved", len(list)))
	}
	_, _, err = b.Credentials(in.ctx, broker.Request{Account: alpha})
	failed = append(failed, err)
	_, _, err = b.Credentials(in.ctx, broker.Request{Account: beta})
	failed = append(failed, err)
	_, err = b.Console(in.ctx, broker.ConsoleRequest{Account: alpha})
	failed = append(failed, err)
	// What is not approved: by ID, by name, and a role that is gone.
	for _, selector := range []string{gamma, "nobody"} {
		if _, err := b.Resolve(in.ctx, "", selector); !core.IsCode(err, core.CodeNotFound) {
			failed = append(failed, fmt.Errorf("%s: %w", selector, err))
		}
	}
	if _, err := client.Directory().RoleStatus(in.ctx, "Ops"); err != nil {
		failed = append(failed, err)
	}
	_, err = client.Bucket(in.LinksBucket(), "").Object(in.ctx, core.RolePage("Ops"))
	return errors.Join(append(failed, err, stepTaggedUser(in))...)
}

// stepTaggedUser enters alpha from a session whose tags and source identity pass on,
// as those of identity providers do.
func stepTaggedUser(in *installation) error {
	held, err := in.take(in.person("alice", ""), in.Master(), ops, func(i *sts.AssumeRoleInput) {
		i.SourceIdentity = aws.String("alice")
		i.Tags, i.TransitiveTagKeys = []ststypes.Tag{{Key: aws.String("team"), Value: aws.String("a")}}, []string{"team"}
	})
	if err != nil {
		return err
	}
	_, err = in.take(held, alpha, ops, func(i *sts.AssumeRoleInput) {
		i.Tags = []ststypes.Tag{{Key: aws.String("ticket"), Value: aws.String("1")}}
	})
	return err
}

// stepSchedule lets the time come at which Reconcile is due.
func stepSchedule(in *installation, _ int) error {
	in.mu.Lock()
	delete(in.sessions, in.Master()+"/Reconcile")
	in.shift += 125 * time.Second
	in.mu.Unlock()
	deadline := time.After(2500 * time.Millisecond)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-deadline:
			return errors.New("the schedule did not run Reconcile")
		case <-tick.C:
		}
		in.mu.Lock()
		_, ran := in.sessions[in.Master()+"/Reconcile"]
		in.mu.Unlock()
		if ran {
			in.quiet()
			return nil
		}
	}
}

// stepDeadLetters gives a handler an event in which it dies until Lambda gives up.
func stepDeadLetters(in *installation, handler string) error {
	events := map[string]any{
		"Reconcile": map[string]string{}, "MasterInit": map[string]string{"RequestType": "Update", "ResponseURL": in.nobody},
	}
	for _, h := range engineHandlers {
		events[h] = map[string]any{"Records": []string{}}
	}
	var err error
	in.set(in.dying, []string{handler}, func() {
		err = in.invokeAsync("CrossAccountManager-"+handler, events[handler])
		in.quiet()
	})
	return err
}

// course is one run of the scenario.
type course struct {
	decisions []decision
	took      map[string]time.Duration // by step
}

// scenario runs everything once on a new installation.
func scenario(in *installation) (course, error) {
	out := course{decisions: slices.Clone(in.decisions), took: map[string]time.Duration{}}
	var failed []error
	note := func(name string, do func() error) {
		begun := time.Now()
		out.decisions = append(out.decisions, in.as(name, func() {
			if err := do(); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", name, err))
			}
		})...)
		out.took[name] = time.Since(begun)
	}
	note("prepare", func() error { return prepare(in) })
	for i, s := range steps() {
		note(s.name, func() error { return s.do(in, 1000+i) })
	}
	return out, errors.Join(failed...)
}

// alone is a sandbox whose accounts are in no organisation.
var alone = sandbox.Options{OrgID: "none"}
