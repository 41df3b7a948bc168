package cloudformation

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// deployment is one operation on a stack: making, updating or deleting it. It runs
// in a goroutine of its own, one resource after the other.
type deployment struct {
	s      *Service
	st     *stack
	client *client
	token  string // ClientRequestToken
	goal   *goal
}

// goal is what a stack shall become.
type goal struct {
	template     *template
	values       map[string]string
	tags         []tag
	capabilities []string
	scope        *scope
}

// newGoal computes parameters and conditions of a template for a stack.
func newGoal(st *stack, t *template, values map[string]string, tags []tag, capabilities []string) (*goal, *api.Error) {
	scope, err := t.newScope(values, st.pseudo())
	if err != nil {
		return nil, err
	}
	g := &goal{template: t, values: values, tags: tags, capabilities: capabilities, scope: scope}
	return g, g.checkActive()
}

// checkActive holds that nothing refers to a resource whose condition is false.
func (g *goal) checkActive() *api.Error {
	var missing []string
	for _, d := range g.template.resources {
		if !g.scope.active(d.condition) {
			continue
		}
		for _, name := range references(g.scope.prune(d.properties)).names() {
			if on := g.template.resources[name]; on != nil && !g.scope.active(on.condition) {
				missing = append(missing, name)
			}
		}
	}
	return unresolved(missing, "Resources")
}

// adopt makes the goal the stack's state. s.mu is held.
func (st *stack) adopt(g *goal) {
	st.template, st.values, st.tags, st.capabilities = g.template, g.values, g.tags, g.capabilities
}

func (s *Service) newDeployment(c *api.Call, st *stack, g *goal) *deployment {
	return &deployment{
		s: s, st: st, goal: g, token: c.Form.Get("ClientRequestToken"),
		client: &client{backend: s.opt.Backend, caller: c.Caller, region: st.region, patience: s.opt.Patience},
	}
}

func (d *deployment) status(status, reason string) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.s.setStatus(d.st, status, reason, d.token)
}

func (d *deployment) resourceStatus(r *resource, status, reason string) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.s.setResource(d.st, r, status, reason, d.token)
}

// work prepares an act on a resource.
func (d *deployment) work(r *resource, old map[string]any) *work {
	return &work{
		client: d.client, service: d.s, stackID: d.st.id, stackName: d.st.name, account: d.st.account,
		partition: d.st.partition(), logicalID: r.id, typ: r.typ, props: r.props, old: old,
		physicalID: r.physicalID, attributes: maps.Clone(r.attributes),
	}
}

// take copies what an act found out to the resource.
func (d *deployment) take(r *resource, w *work) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	r.physicalID, r.attributes, r.made = w.physicalID, w.attributes, w.physicalID != ""
}

// bind lets the goal's expressions see the stack's resources.
func (d *deployment) bind() {
	d.goal.scope.resource = func(id, attribute string) (any, *api.Error) {
		d.s.mu.Lock()
		defer d.s.mu.Unlock()
		return resolve(d.st, id, attribute)
	}
}

// resolve is Ref, with an empty attribute, or Fn::GetAtt of a resource. s.mu is held.
func resolve(st *stack, id, attribute string) (any, *api.Error) {
	r := st.resources[id]
	if r == nil || r.physicalID == "" {
		return nil, templateError("Unresolved resource dependencies [%s] in the Resources block of the template", id)
	}
	if attribute == "" {
		return r.physicalID, nil
	}
	v, ok := r.attributes[attribute]
	if !ok && lookupType(r.typ).custom {
		return nil, invalid("CustomResource attribute error: Vendor response doesn't contain %s attribute in object %s|%s|%s", attribute, st.id, id, r.physicalID)
	}
	if !ok {
		return nil, templateFault("resource %s does not support attribute type %s in Fn::GetAtt", id, attribute)
	}
	return v, nil
}

// desired is the resource as the goal wants it, its properties in canonical form.
func (g *goal) desired(id string, waits []string) (*resource, error) {
	decl := g.template.resources[id]
	r := &resource{id: id, typ: decl.typ, declared: decl, waits: waits}
	v, err := g.scope.evaluate(decl.properties)
	if err != nil {
		return r, reason(err.Message)
	}
	props, shapeErr := lookupType(decl.typ).prepare(asMap(v), g.tags)
	r.props = props
	return r, shapeErr
}

// runCreate makes every resource of a new stack.
func (d *deployment) runCreate(ctx context.Context) {
	d.bind()
	failed, reason := d.createAll(ctx)
	if failed == "" && reason == "" {
		d.s.mu.Lock()
		defer d.s.mu.Unlock()
		if ctx.Err() == nil {
			d.s.setStatus(d.st, "CREATE_COMPLETE", "", d.token)
		}
		return
	}
	if ctx.Err() != nil {
		return // closed, or overtaken by a deletion
	}
	if failed != "" {
		reason = "The following resource(s) failed to create: [" + failed + "]. "
	}
	switch d.st.onFailure {
	case "DO_NOTHING":
		d.status(createFailed, reason)
	case "DELETE":
		d.status("DELETE_IN_PROGRESS", reason+"Delete requested by user.")
		d.concludeDelete(ctx, d.tearDown(ctx, nil, true))
	default:
		d.status("ROLLBACK_IN_PROGRESS", reason+rollbackRequest)
		d.rollBackCreate(ctx)
	}
}

func (d *deployment) rollBackCreate(ctx context.Context) {
	failed := d.tearDown(ctx, nil, true)
	if ctx.Err() != nil {
		return
	}
	if len(failed) > 0 {
		d.status("ROLLBACK_FAILED", "The following resource(s) failed to delete: "+bracketed(failed)+". ")
		return
	}
	d.status("ROLLBACK_COMPLETE", "")
}

// createAll creates the resources in order. It returns the resource that failed, or
// why the stack did.
func (d *deployment) createAll(ctx context.Context) (failed, why string) {
	if d.st.timeoutMinutes > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(d.st.timeoutMinutes)*time.Minute)
		defer cancel()
	}
	waits := d.goal.template.dependencies(d.goal.scope)
	ids, err := order(waits)
	if err != nil {
		return "", err.Message + ". "
	}
	for _, id := range ids {
		r, desireErr := d.goal.desired(id, waits[id])
		d.s.mu.Lock()
		d.st.resources[id] = r
		d.s.mu.Unlock()
		if d.create(ctx, r, desireErr) && ctx.Err() == nil {
			continue
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", "Stack creation time exceeded the specified timeout. "
		}
		return id, ""
	}
	if err := d.computeOutputs(); err != nil {
		return "", err.Message + ". "
	}
	return "", ""
}

// create makes one resource; early is an error that came before it.
func (d *deployment) create(ctx context.Context, r *resource, early error) bool {
	d.resourceStatus(r, "CREATE_IN_PROGRESS", "")
	err := early
	if err == nil {
		w := d.work(r, nil)
		err = lookupType(r.typ).create(ctx, w)
		d.take(r, w)
	}
	if err != nil {
		d.resourceStatus(r, createFailed, err.Error())
		return false
	}
	d.resourceStatus(r, "CREATE_IN_PROGRESS", "Resource creation Initiated")
	d.resourceStatus(r, "CREATE_COMPLETE", "")
	return true
}

// computeOutputs evaluates the goal's outputs into the stack.
func (d *deployment) computeOutputs() *api.Error {
	outputs, err := d.goal.outputs()
	if err != nil {
		return err
	}
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	for _, o := range outputs {
		if taken := d.s.exporter(d.st, o.export); taken != nil {
			return invalid("Export with name %s is already exported by stack %s", o.export, taken.name)
		}
	}
	d.st.outputs = outputs
	return nil
}

// exporter is another stack of the account and region that exports the name. s.mu is held.
func (s *Service) exporter(st *stack, name string) *stack {
	for _, other := range s.stacks {
		if other == st || other.account != st.account || other.region != st.region || name == "" || other.status == deleteComplete {
			continue
		}
		if slices.ContainsFunc(other.outputs, func(o stackOutput) bool { return o.export == name }) {
			return other
		}
	}
	return nil
}

// outputs evaluates the template's outputs.
func (g *goal) outputs() ([]stackOutput, *api.Error) {
	var out []stackOutput
	for _, key := range sortedKeys(g.template.outputs) {
		o := g.template.outputs[key]
		if !g.scope.active(o.condition) {
			continue
		}
		v, err := g.scope.evaluate(o.value)
		if err != nil {
			return nil, err
		}
		text, ok := scalarText(v)
		if !ok {
			return nil, templateError("The Value field of every Outputs member must evaluate to a String.")
		}
		result := stackOutput{key: key, value: text, description: o.description}
		if o.export != nil {
			name, err := g.scope.evaluate(o.export)
			if err != nil {
				return nil, err
			}
			result.export = asText(name)
		}
		out = append(out, result)
	}
	return out, nil
}
