package templates_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/templates"
)

var exhaustive = flag.Bool("exhaustive", false, "take away every statement, every action and every resource, one by one")

// TestLeastPrivilege runs the whole scenario, from the installation on, and then shows
// that nothing that is allowed is for nothing: by asking again what was asked, without
// each part of each policy; and by deploying the templates without each of their
// statements and taking the step of the scenario that needs it.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	in := install(t, alone)
	run, err := scenario(in)
	if err != nil {
		t.Fatal(err)
	}
	documents := in.deployed()
	used := in.naming(documents).used(run.decisions)
	t.Run("used", func(t *testing.T) { testUsed(t, documents, used) })
	all := removals(t, in, documents, used)
	queue := make(chan removal, len(all))
	for i, r := range all {
		if !*exhaustive && i%share != 0 {
			continue
		}
		r.step = quickest(r, used, run)
		queue <- r
	}
	close(queue)
	for i := range workers {
		t.Run(fmt.Sprint("removals-", i), func(t *testing.T) {
			t.Parallel()
			removeEach(t, queue)
		})
	}
}

// share of the removals is taken without -exhaustive, one in so many: all of them take
// minutes under the race detector. What was recorded is asked again for all of them.
const share = 3

// workers are as many installations: much of a step is waiting.
const workers = 6

// removal is something that is taken away from an installation.
type removal struct {
	element
	handler string // not empty: the function that must not run, for lack of a permission
	step    string // that needs it
	remove  func(*installation) error
	restore func(*installation) error
}

// quickest is the quickest step of the scenario that needs what is removed.
func quickest(r removal, used map[element]map[string]bool, run course) string {
	if r.step != "" {
		return r.step
	}
	candidates := slices.Collect(maps.Keys(used[r.element]))
	candidates = slices.DeleteFunc(candidates, func(s string) bool {
		// A push waits for handlers that may now be unable to do what it asks for.
		return s == "install" || s == "prepare" || s == scheduleStep || s == "operator" && r.owner != "policy"
	})
	switch {
	case len(candidates) == 0:
		return ""
	case r.owner == "role CAM-Reconcile" && slices.Contains(candidates, "reconcile"):
		return "reconcile" // what it finds to do in other steps depends on the others' pace
	}
	return slices.MinFunc(candidates, func(a, b string) int { return int(run.took[a] - run.took[b]) })
}

// removals lists what is removed, from the templates' own text and from what the
// engine wrote.
func removals(t *testing.T, in *installation, documents []document, used map[element]map[string]bool) []removal {
	t.Helper()
	out := slices.Concat(
		templateRemovals(t, templates.Master(), in.Master(), masterStack, used),
		templateRemovals(t, templates.SubAccount(), alpha, subStack, used),
	)
	for _, d := range documents {
		for _, e := range elements(d) {
			whole := e.kind == "" && written(d)
			part := *exhaustive && e.kind != "" && writable(d) && !isOnly(d, e)
			if len(used[e]) > 0 && (whole || part) {
				out = append(out, direct(d, e))
			}
		}
	}
	return out
}

// isOnly reports whether an action or resource is the only one of its statement: then
// taking it away is taking the statement away.
func isOnly(d document, e element) bool {
	i := slices.IndexFunc(d.doc.Statements, func(s policy.Statement) bool { return s.Sid == e.statement })
	if i < 0 {
		return false
	}
	s := d.doc.Statements[i]
	return e.kind == "action" && len(s.Action) == 1 || e.kind == "resource" && len(s.Resource) == 1
}

// written reports whether the engine wrote a document.
func written(d document) bool {
	return strings.HasSuffix(d.owner, "role "+ops) || d.owner == "topic "+core.AccountTopic
}

// templateRemovals removes the statements of a template, and its functions' permissions.
func templateRemovals(t *testing.T, template, account, stack string, used map[element]map[string]bool) []removal {
	t.Helper()
	var out []removal
	add := func(r removal, changed string, err error) {
		if err != nil {
			t.Fatal(err)
		}
		r.remove = func(in *installation) error { return in.deploy(account, stack, changed, nil) }
		r.restore = func(in *installation) error { return in.deploy(account, stack, template, nil) }
		out = append(out, r)
	}
	lines := strings.Split(template, "\n")
	for _, id := range resources(lines) {
		r, _ := resource(lines, id)
		text := strings.Join(lines[r.first:r.end], "\n")
		if strings.Contains(text, "Type: AWS::Lambda::Permission") {
			handler := strings.TrimSuffix(id, "Permission")
			changed, err := otherService(template, id)
			add(removal{element: element{owner: "function " + handler, policy: "permission"}, handler: handler, step: invoking[handler]}, changed, err)
			continue
		}
		for _, s := range statements(lines, r) {
			e := elementOf(text, strings.Join(lines[s.first:s.end], "\n"), account == alpha)
			if reason := elsewhere[id+" "+e.statement]; reason != "" || denies(lines, s) {
				continue
			}
			e = complete(e, used)
			changed, err := without(template, id, sid(lines, s))
			add(removal{element: e}, changed, err)
		}
	}
	return out
}

// invoking is a step in which a function is invoked.
var invoking = map[string]string{
	"AccountFile": "accounts", "RoleFile": "roles", "AccountEvent": "accounts", "RoleEvent": "roles", "AccessLinks": "roles", "Reconcile": "schedule",
}

// elsewhere are the Allow statements that are not removed here, and why.
var elsewhere = map[string]string{
	"Key AccountAdministers":                   "KMS does not let an account lock itself out; asked again without it in the scenario",
	"Key AdditionalAdministrator":              "TestKeyAdministrator",
	"AccountTopicPolicy OrganizationRegisters": "TestOrganisationRegisters",
}

// denies reports whether a statement of a template is a Deny: see TestDenials.
func denies(lines []string, s block) bool {
	return strings.Contains(strings.Join(lines[s.first:s.end], "\n"), "Effect: Deny")
}

// elementOf says whose a statement of a template is. Which policy of its owner it
// stands in is left open.
func elementOf(resource, statement string, sub bool) element {
	e := element{statement: "the statement"}
	if m := sidLine.FindStringSubmatch(statement); m != nil {
		e.statement = m[1]
	}
	if m := roleName.FindStringSubmatch(resource); m != nil {
		e.owner = "role " + m[1]
	}
	if m := policyName.FindStringSubmatch(resource); m != nil {
		e.policy = m[1]
	}
	if sub {
		e.owner = "sub-account " + e.owner
	}
	return e
}

// complete finds the element that was used.
func complete(e element, used map[element]map[string]bool) element {
	for u := range used {
		if u.kind == "" && u.statement == e.statement && (e.owner == u.owner || e.policy != "" && e.policy == u.policy) {
			return u
		}
	}
	return e
}

// removeEach takes removals from a queue and shows that each is missed.
func removeEach(t *testing.T, queue <-chan removal) {
	var in *installation
	var originals func() []document
	n := 0
	for r := range queue {
		if in == nil {
			in = install(t, alone)
			if err := prepare(in); err != nil {
				t.Fatal(err)
			}
			originals = sync.OnceValue(in.deployed)
		}
		if r.step == "" {
			t.Errorf("no step needs %s", r.element)
			continue
		}
		n++
		missed(t, in, originals(), r, 10*n)
	}
}

// missed removes something, takes the step that needs it, and shows that the step was
// refused for lack of it. On a machine that is busy with other things, work of one step
// may be done in the next; so what was not missed gets a second chance to be.
func missed(t *testing.T, in *installation, originals []document, r removal, n int) {
	t.Helper()
	var notMissed error
	for attempt := range 2 {
		if notMissed = missedNow(t, in, originals, r, n+2*attempt); notMissed == nil {
			return
		}
	}
	t.Error(notMissed)
}

// missedNow is one try. It mends what the removal left behind; the error says that the
// step did without what was removed.
func missedNow(t *testing.T, in *installation, originals []document, r removal, n int) error {
	t.Helper()
	if err := r.remove(in); err != nil {
		t.Errorf("removing %s: %v", r.element, err)
	}
	in.forget(r.handler)
	var failed, out error
	all := in.as(r.step, func() { failed = stepNamed(r.step).do(in, n) })
	switch {
	case r.handler != "" && in.ran(r.handler):
		out = fmt.Errorf("%s ran without a permission", r.handler)
	case r.handler == "" && !slices.ContainsFunc(all, func(d decision) bool { return refusedFor(in, &d, originals, r.element) }):
		out = fmt.Errorf("nothing was refused without %s in the step %s (%v)", r.element, r.step, failed)
	}
	if err := errors.Join(r.restore(in), in.mend(n+1)); err != nil {
		t.Fatalf("after the removal of %s: %v", r.element, err)
	}
	return out
}

func stepNamed(name string) step {
	all := steps()
	return all[slices.IndexFunc(all, func(s step) bool { return s.name == name })]
}

// forget and ran tell whether a function of the master has run.
func (in *installation) forget(handler string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.sessions, in.Master()+"/"+handler)
}

func (in *installation) ran(handler string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, ran := in.sessions[in.Master()+"/"+handler]
	return ran
}

// refusedFor reports whether a call was refused that is allowed with the original
// document.
func refusedFor(in *installation, d *decision, originals []document, e element) bool {
	if d.answer.Allowed {
		return false
	}
	names := in.naming(originals)
	for _, original := range originals {
		if original.owner != e.owner || original.name != e.policy {
			continue
		}
		applied := d.applied
		switch {
		case original.name == "trust" || original.name == "policy":
			if names.resource(&d.ask).owner != e.owner {
				return false
			}
			applied.Resource = original.doc
		case names.caller(&d.ask) == e.owner:
			applied.Identity = append(slices.Clone(applied.Identity), original.doc)
		default:
			return false
		}
		return policy.Evaluate(d.ask, applied).Allowed
	}
	return false
}

// mend brings the installation back to where steps begin.
func (in *installation) mend(n int) error {
	err := errors.Join(
		in.put(policyKey, policyFile(n), 0), in.put(accountKey, accountFile(n, false), 1), in.put(roleKey, roleFile(n), 1))
	account, read := in.client(in.admin(in.Master())).Tables().Account(in.ctx, alpha)
	if read == nil && !account.IsRegistered() {
		err = errors.Join(err, in.nextSecond(), in.custom(alpha, "AccountInit", "Update"))
		in.quiet()
	}
	_, reconciled := in.Invoke(in.ctx, in.Master(), "CrossAccountManager-Reconcile", []byte("{}"))
	in.quiet()
	return errors.Join(err, read, reconciled)
}

// writable reports whether direct can write a document.
func writable(d document) bool {
	return strings.Contains(d.owner, "role ") || d.owner == "policy" || strings.HasPrefix(d.owner, "topic ")
}

// direct removes an element of a deployed document with the API of the service that
// holds it.
func direct(d document, e element) removal {
	var before document
	return removal{
		element: e,
		remove: func(in *installation) error {
			all := in.deployed()
			i := slices.IndexFunc(all, func(o document) bool { return o.owner == d.owner && o.name == d.name })
			before = all[i]
			return in.write(before, filled(take(before.doc, e), before.doc))
		},
		restore: func(in *installation) error { return in.write(before, before.doc) },
	}
}

// write replaces a deployed document.
func (in *installation) write(d document, doc *policy.Document) error {
	in.t.Helper()
	account, owner := in.Master(), d.owner
	if rest, sub := strings.CutPrefix(owner, "sub-account "); sub {
		account, owner = alpha, rest
	}
	client, text := iam.NewFromConfig(in.admin(account)), aws.String(string(doc.JSON()))
	var err error
	switch kind, name, _ := strings.Cut(owner, " "); {
	case kind == "topic":
		arn := "arn:aws:sns:" + in.Region() + ":" + account + ":" + name
		_, err = sns.NewFromConfig(in.admin(account)).SetTopicAttributes(in.ctx, &sns.SetTopicAttributesInput{
			TopicArn: &arn, AttributeName: aws.String("Policy"), AttributeValue: text,
		})
	case d.name == "trust":
		_, err = client.UpdateAssumeRolePolicy(in.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name, PolicyDocument: text})
	case d.name == "CAM-MasterRoles" || kind == "policy":
		err = in.writeManaged(client, "arn:aws:iam::"+account+":policy/"+d.name, text)
	default:
		_, err = client.PutRolePolicy(in.ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &d.name, PolicyDocument: text})
	}
	return err
}

// writeManaged puts a new version of a managed policy into force, and keeps only it.
func (in *installation) writeManaged(client *iam.Client, arn string, text *string) error {
	list, err := client.ListPolicyVersions(in.ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn})
	if err != nil {
		return err
	}
	for _, v := range list.Versions {
		if v.IsDefaultVersion {
			continue
		}
		if _, err := client.DeletePolicyVersion(in.ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: v.VersionId}); err != nil {
			return err
		}
	}
	_, err = client.CreatePolicyVersion(in.ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: text, SetAsDefault: true})
	return err
}

// filled is a document that IAM takes: one without statements, actions or resources
// denies what it allowed.
func filled(doc, before *policy.Document) *policy.Document {
	empty := len(doc.Statements) == 0
	for i := range doc.Statements {
		s := &doc.Statements[i]
		empty = empty || s.Action != nil && len(s.Action) == 0 || s.Resource != nil && len(s.Resource) == 0
	}
	if !empty {
		return doc
	}
	out := *before
	out.Statements = slices.Clone(before.Statements)
	for i := range out.Statements {
		s := &out.Statements[i]
		if len(doc.Statements) == 0 || len(doc.Statements[i].Action) == 0 || doc.Statements[i].Resource != nil && len(doc.Statements[i].Resource) == 0 {
			s.Effect = policy.Deny
		}
	}
	return &out
}
