package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

func newDeploy(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Install, upgrade and remove Cross-Account Manager in AWS accounts",
		Long: `Install, upgrade and remove Cross-Account Manager in AWS accounts: the master stack first,
then a stack in each sub-account. What would change is shown and has to be confirmed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeployMaster(a), newDeploySubAccount(a))
	return cmd
}

// deployOptions are the flags that both deployments have.
type deployOptions struct {
	stack        string
	parameters   []string // K=V
	yes          bool
	dryRun       bool
	deleteFailed bool
	remove       bool
	watch        bool
}

func (o *deployOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.parameters, "parameter", nil, "a parameter of the template as NAME=VALUE; may be repeated")
	f.StringVar(&o.stack, "stack", o.stack, "name of the stack")
	f.BoolVar(&o.yes, "yes", false, "confirm the changes as they are shown")
	f.BoolVar(&o.dryRun, "dry-run", false, "show the changes and make none")
	f.BoolVar(&o.deleteFailed, "delete-failed", false, "first delete what a failed attempt left of the stack")
	f.BoolVar(&o.remove, "delete", false, "delete the stack")
	f.BoolVar(&o.watch, "watch", false, "follow the operation of the stack that is under way")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "delete", "watch")
	cmd.MarkFlagsMutuallyExclusive("delete-failed", "delete", "watch")
}

// deployment is a template on its way into an account.
type deployment struct {
	*app
	deployOptions
	command  string // "cam deploy master", for hints
	template string
	client   *cloud.Client
	stacks   *cloud.Stacks
	account  core.AccountID

	given   map[string]string           // parameters with a value
	names   cloud.FixedNames            // what a new stack would create
	check   func(context.Context) error // before anything is changed; may be nil
	prepare func(context.Context) error // what the stack needs, once confirmed; may be nil
}

// connect finds the account that the deployment is for.
func (d *deployment) connect(ctx context.Context) error {
	client, err := d.app.client(ctx)
	if err != nil {
		return err
	}
	who, err := client.STS().Identity(ctx)
	if err != nil {
		return err
	}
	d.client, d.stacks, d.account = client, client.Stacks(), who.Account
	return nil
}

// current is the stack as it stands; one without ID where there is none.
func (d *deployment) current(ctx context.Context) (cloud.Stack, error) {
	s, err := d.stacks.Stack(ctx, d.stack)
	if core.IsCode(err, core.CodeNotFound) {
		return cloud.Stack{}, nil
	}
	return s, err
}

// deploy brings the stack to the template, and shows its outputs.
func (d *deployment) deploy(ctx context.Context, current cloud.Stack) error {
	request, err := d.request(ctx, current)
	if err != nil {
		return err
	}
	if request.Create {
		if err := d.checkNames(ctx); err != nil {
			return err
		}
	}
	if err := perform(ctx, d.check); err != nil {
		return err
	}
	set, err := d.stacks.Prepare(ctx, request)
	switch {
	case err != nil:
		return err
	case set.Empty():
		return d.unchanged(ctx, current)
	}
	if err := d.agree(ctx, set); err != nil || d.dryRun {
		if discarded := d.stacks.Discard(ctx, set); err == nil {
			err = discarded
		}
		return err
	}
	if err := d.execute(ctx, set); err != nil {
		return err
	}
	return d.showStack(ctx, set.StackID, true)
}

func perform(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	return f(ctx)
}

// unchanged ends a deployment that finds the stack as it should be.
func (d *deployment) unchanged(ctx context.Context, current cloud.Stack) error {
	d.notef("No changes: stack %s in account %s is as it should be.", d.stack, d.account)
	if !d.dryRun {
		if err := perform(ctx, d.prepare); err != nil {
			return err
		}
	}
	return d.showStack(ctx, current.ID, false)
}

// agree shows the changes, has them confirmed, and prepares what they need. Nothing
// has been changed before.
func (d *deployment) agree(ctx context.Context, set *cloud.ChangeSet) error {
	if err := d.showChanges(set); err != nil {
		return err
	}
	if d.dryRun {
		d.notef("A dry run: nothing was changed.")
		return nil
	}
	if err := d.confirmed(ctx, "Make these changes? (yes/no) ", "yes", "look at the changes above, then deploy with --yes"); err != nil {
		return err
	}
	return perform(ctx, d.prepare)
}

func (d *deployment) execute(ctx context.Context, set *cloud.ChangeSet) error {
	mark, err := d.stacks.Now(ctx, set.StackID)
	if err != nil {
		return err
	}
	if err := d.stacks.Execute(ctx, set); err != nil {
		return err
	}
	_, err = d.follow(ctx, set.StackID, mark)
	return err
}

// request says what the stack shall become.
func (d *deployment) request(ctx context.Context, current cloud.Stack) (cloud.ChangeSetRequest, error) {
	declared, err := d.stacks.TemplateParameters(ctx, d.template)
	if err != nil {
		return cloud.ChangeSetRequest{}, err
	}
	for i := range declared {
		// The template's default is for uploads by hand; cam's keys hold a hash.
		declared[i].HasDefault = declared[i].HasDefault && declared[i].Name != "ArtifactKey"
	}
	set, keep, err := resolveParameters(declared, d.given, current.Parameters)
	return cloud.ChangeSetRequest{
		Stack: d.stack, Name: "cam-" + time.Now().UTC().Format("20060102-150405"), Template: d.template,
		Create: current.ID == "", Set: set, Keep: keep,
	}, err
}

// resolveParameters decides what each parameter of a template gets: the value that is
// given, else the one that the stack has, else the template's default.
func resolveParameters(declared []cloud.TemplateParameter, given, previous map[string]string) (set map[string]string, keep []string, err error) {
	set = map[string]string{}
	var names, missing []string
	for _, p := range declared {
		names = append(names, p.Name)
		value, isGiven := given[p.Name]
		_, isThere := previous[p.Name]
		switch {
		case isGiven:
			set[p.Name] = value
		case isThere:
			keep = append(keep, p.Name)
		case !p.HasDefault:
			missing = append(missing, p.Name)
		}
	}
	for name := range given {
		if !slices.Contains(names, name) {
			return nil, nil, core.Errorf(core.CodeUsage, "the template has no parameter %s", name).
				WithHint("its parameters are %s", strings.Join(names, ", "))
		}
	}
	if len(missing) > 0 {
		return nil, nil, core.Errorf(core.CodeUsage, "no value for %s", strings.Join(missing, ", ")).
			WithHint("see --help for the flags, or pass --parameter %s=VALUE", missing[0])
	}
	return set, keep, nil
}

// give sets parameters that a flag may have set, and then those of --parameter.
func (d *deployment) give(flags map[string]string) error {
	d.given = map[string]string{}
	for name, value := range flags {
		if value != "" {
			d.given[name] = value
		}
	}
	for _, entry := range d.parameters {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" {
			return core.Errorf(core.CodeUsage, "--parameter %q is not NAME=VALUE", entry)
		}
		d.given[name] = value
	}
	return nil
}

// fallback gives a parameter that neither flags nor the stack have.
func (d *deployment) fallback(current cloud.Stack, name, value string) {
	_, isThere := current.Parameters[name]
	if _, isGiven := d.given[name]; !isGiven && !isThere {
		d.given[name] = value
	}
}

// value is what a parameter will have: given, or as the stack has it.
func (d *deployment) value(current cloud.Stack, name string) string {
	if v, isGiven := d.given[name]; isGiven {
		return v
	}
	return current.Parameters[name]
}

// checkNames finds out before CloudFormation does that what it would create is there.
func (d *deployment) checkNames(ctx context.Context) error {
	existing, err := d.client.Existing(ctx, d.names)
	if err != nil || len(existing) == 0 {
		return err
	}
	hint := "it belongs to another stack, as one of a StackSet: find it with aws cloudformation describe-stacks, or choose its name with --stack"
	if len(d.names.Buckets) > 0 {
		hint = "it belongs to another installation, or stayed when one was deleted. Buckets may have other names " +
			"(--config-bucket, --links-bucket); all other names are fixed: delete what nobody needs, or import it " +
			"(docs/deploy.md, \"Deploying again\")"
	}
	return core.Errorf(core.CodeConflict, "the stack cannot be created, for this exists already: %s", strings.Join(existing, "; ")).
		WithHint("%s", hint)
}

// confirmed asks for what --yes says beforehand. Ctrl-C ends the question, too.
func (d *deployment) confirmed(ctx context.Context, question, want, hint string) error {
	switch {
	case d.yes:
		return nil
	case d.noInput || !d.inTTY || !d.errTTY:
		return core.Errorf(core.CodeUsage, "not confirmed, and there is no terminal to ask").WithHint("%s", hint)
	}
	fmt.Fprint(d.err, question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(d.in).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case given := <-answer:
		if given != want {
			return core.Errorf(core.CodeFailure, "not confirmed; nothing was changed")
		}
		return nil
	}
}
