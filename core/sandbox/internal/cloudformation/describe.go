package cloudformation

import (
	"cmp"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const pageSize = 100

// timestamp is a time as CloudFormation writes it, in UTC with milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func optionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := timestamp(t)
	return &text
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type (
	parameterXML struct{ ParameterKey, ParameterValue string }
	tagXML       struct{ Key, Value string }
	outputXML    struct {
		OutputKey, OutputValue string
		Description            *string
		ExportName             *string
	}
	driftXML struct {
		Status string `xml:"StackDriftStatus"`
	}
	resourceDriftXML struct {
		Status string `xml:"StackResourceDriftStatus"`
	}
	stackXML struct {
		StackID                     string `xml:"StackId"`
		StackName                   string
		ChangeSetID                 *string `xml:"ChangeSetId"`
		Description                 *string
		Parameters                  []parameterXML `xml:"Parameters>member"`
		CreationTime                string
		DeletionTime                *string
		LastUpdatedTime             *string
		RollbackConfiguration       struct{}
		StackStatus                 string
		StackStatusReason           *string
		DisableRollback             bool
		NotificationARNs            struct{}
		TimeoutInMinutes            int         `xml:",omitempty"`
		Capabilities                []string    `xml:"Capabilities>member"`
		Outputs                     []outputXML `xml:"Outputs>member"`
		Tags                        []tagXML    `xml:"Tags>member"`
		EnableTerminationProtection bool
		RetainExceptOnCreate        bool `xml:",omitempty"`
		DriftInformation            driftXML
	}
)

// describe is the stack as DescribeStacks shows it. s.mu is held.
func (st *stack) describe() stackXML {
	out := stackXML{
		StackID: st.id, StackName: st.name, ChangeSetID: optional(st.changeSetID), Parameters: st.shownParameters(),
		CreationTime: timestamp(st.created), DeletionTime: optionalTime(st.deleted), LastUpdatedTime: optionalTime(st.updated),
		StackStatus: st.status, StackStatusReason: optional(st.reason), DisableRollback: st.disableRollback,
		TimeoutInMinutes: st.timeoutMinutes, Capabilities: st.capabilities, Tags: shownTags(st.tags),
		EnableTerminationProtection: st.protected, RetainExceptOnCreate: st.retainOnCreate,
		DriftInformation: driftXML{"NOT_CHECKED"},
	}
	if st.template != nil {
		out.Description = optional(st.template.description)
	}
	for _, o := range st.outputs {
		out.Outputs = append(out.Outputs, outputXML{o.key, o.value, optional(o.description), optional(o.export)})
	}
	return out
}

func (st *stack) shownParameters() []parameterXML { return shownParameters(st.template, st.values) }

// shownParameters hides the values of NoEcho parameters.
func shownParameters(t *template, values map[string]string) []parameterXML {
	var out []parameterXML
	for _, name := range sortedKeys(values) {
		value := values[name]
		if t.parameters[name].noEcho {
			value = noEchoMask
		}
		out = append(out, parameterXML{name, value})
	}
	return out
}

func shownTags(tags []tag) []tagXML {
	var out []tagXML
	for _, t := range tags {
		out = append(out, tagXML(t))
	}
	return out
}

// accountStacks are the stacks of the caller's account and region, newest first. s.mu is held.
func (s *Service) accountStacks(c *api.Call) []*stack {
	var out []*stack
	for _, st := range s.stacks {
		if st.account == c.Caller.AccountID && st.region == c.Region {
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b *stack) int {
		return cmp.Or(b.created.Compare(a.created), cmp.Compare(a.id, b.id))
	})
	return out
}

func (s *Service) describeStacks(c *api.Call) (any, *api.Error) {
	type result struct {
		Stacks    []stackXML `xml:"Stacks>member"`
		NextToken *string
	}
	if c.Form.Get("StackName") != "" {
		st, err := s.namedStack(c, "DescribeStacks")
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return result{Stacks: []stackXML{st.describe()}}, nil
	}
	if err := s.allow(c, "DescribeStacks", newStackID(c, "*", "*"), nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []stackXML
	for _, st := range s.accountStacks(c) {
		if st.status != deleteComplete {
			all = append(all, st.describe())
		}
	}
	stacks, next, err := page(c, all, pageSize)
	return result{stacks, next}, err
}

func (s *Service) listStacks(c *api.Call) (any, *api.Error) {
	type summary struct {
		StackID             string `xml:"StackId"`
		StackName           string
		TemplateDescription *string
		CreationTime        string
		LastUpdatedTime     *string
		DeletionTime        *string
		StackStatus         string
		StackStatusReason   *string
		DriftInformation    driftXML
	}
	type result struct {
		Summaries []summary `xml:"StackSummaries>member"`
		NextToken *string
	}
	if err := s.allow(c, "ListStacks", "*", nil); err != nil {
		return nil, err
	}
	filter := formMembers(c.Form, "StackStatusFilter")
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []summary
	for _, st := range s.accountStacks(c) {
		if len(filter) > 0 && !slices.Contains(filter, st.status) {
			continue
		}
		d := st.describe()
		all = append(all, summary{
			d.StackID, d.StackName, d.Description, d.CreationTime, d.LastUpdatedTime, d.DeletionTime, d.StackStatus,
			d.StackStatusReason, d.DriftInformation,
		})
	}
	summaries, next, err := page(c, all, pageSize)
	return result{summaries, next}, err
}

func (s *Service) describeStackEvents(c *api.Call) (any, *api.Error) {
	type eventXML struct {
		StackID              string `xml:"StackId"`
		EventID              string `xml:"EventId"`
		StackName            string
		LogicalResourceID    string `xml:"LogicalResourceId"`
		PhysicalResourceID   string `xml:"PhysicalResourceId"`
		ResourceType         string
		Timestamp            string
		ResourceStatus       string
		ResourceStatusReason *string
		ResourceProperties   *string
		ClientRequestToken   *string
	}
	type result struct {
		Events    []eventXML `xml:"StackEvents>member"`
		NextToken *string
	}
	st, err := s.namedStack(c, "DescribeStackEvents")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []eventXML
	for _, e := range slices.Backward(st.events) {
		all = append(all, eventXML{
			st.id, e.id, st.name, e.logicalID, e.physicalID, e.typ, timestamp(e.at), e.status, optional(e.reason),
			optional(e.properties), optional(e.token),
		})
	}
	events, next, err := page(c, all, pageSize)
	return result{events, next}, err
}

type resourceXML struct {
	StackName            *string
	StackID              *string `xml:"StackId"`
	LogicalResourceID    string  `xml:"LogicalResourceId"`
	PhysicalResourceID   *string `xml:"PhysicalResourceId"`
	ResourceType         string
	Timestamp            *string
	LastUpdatedTimestamp *string
	ResourceStatus       string
	ResourceStatusReason *string
	Metadata             *string
	DriftInformation     resourceDriftXML
}

func (st *stack) describeResource(r *resource) resourceXML {
	return resourceXML{
		LogicalResourceID: r.id, PhysicalResourceID: optional(r.physicalID), ResourceType: r.typ, ResourceStatus: r.status,
		ResourceStatusReason: optional(r.reason), DriftInformation: resourceDriftXML{"NOT_CHECKED"},
	}
}

func (s *Service) describeStackResource(c *api.Call) (any, *api.Error) {
	st, err := s.namedStack(c, "DescribeStackResource")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.Form.Get("LogicalResourceId")
	r := st.resources[id]
	if r == nil {
		return nil, invalid("Resource %s does not exist for stack %s", id, st.name)
	}
	out := st.describeResource(r)
	out.StackName, out.StackID, out.LastUpdatedTimestamp = &st.name, &st.id, optionalTime(r.at)
	if r.declared.metadata != nil {
		out.Metadata = optional(jsonText(r.declared.metadata))
	}
	return struct{ StackResourceDetail resourceXML }{out}, nil
}

func (s *Service) describeStackResources(c *api.Call) (any, *api.Error) {
	physical, logical := c.Form.Get("PhysicalResourceId"), c.Form.Get("LogicalResourceId")
	if physical != "" {
		if c.Form.Get("StackName") != "" {
			return nil, invalid("StackName and PhysicalResourceId cannot both be specified")
		}
		name, err := s.stackOfResource(c, physical)
		if err != nil {
			return nil, err
		}
		c.Form.Set("StackName", name)
	}
	st, err := s.namedStack(c, "DescribeStackResources")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []resourceXML
	for _, id := range sortedKeys(st.resources) {
		r := st.resources[id]
		if logical != "" && id != logical {
			continue
		}
		x := st.describeResource(r)
		x.StackName, x.StackID, x.Timestamp = &st.name, &st.id, optionalTime(r.at)
		out = append(out, x)
	}
	if logical != "" && len(out) == 0 {
		return nil, invalid("Resource %s does not exist for stack %s", logical, st.name)
	}
	return struct {
		Resources []resourceXML `xml:"StackResources>member"`
	}{out}, nil
}

// stackOfResource is the ARN of the stack that a physical resource belongs to.
func (s *Service) stackOfResource(c *api.Call, physical string) (string, *api.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.accountStacks(c) {
		for id := range st.resources {
			if r := st.live(id); r != nil && r.physicalID == physical {
				return st.id, nil
			}
		}
	}
	return "", invalid("Stack for %s does not exist", physical)
}

func (s *Service) listStackResources(c *api.Call) (any, *api.Error) {
	type result struct {
		Summaries []resourceXML `xml:"StackResourceSummaries>member"`
		NextToken *string
	}
	st, err := s.namedStack(c, "ListStackResources")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []resourceXML
	for _, id := range sortedKeys(st.resources) {
		x := st.describeResource(st.resources[id])
		x.LastUpdatedTimestamp = optionalTime(st.resources[id].at)
		all = append(all, x)
	}
	summaries, next, err := page(c, all, pageSize)
	return result{summaries, next}, err
}

func (s *Service) listExports(c *api.Call) (any, *api.Error) {
	type exportXML struct {
		ExportingStackID string `xml:"ExportingStackId"`
		Name, Value      string
	}
	type result struct {
		Exports   []exportXML `xml:"Exports>member"`
		NextToken *string
	}
	if err := s.allow(c, "ListExports", "*", nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []exportXML
	for _, st := range s.accountStacks(c) {
		for _, o := range st.outputs {
			if o.export != "" {
				all = append(all, exportXML{st.id, o.export, o.value})
			}
		}
	}
	slices.SortFunc(all, func(a, b exportXML) int { return cmp.Compare(a.Name, b.Name) })
	exports, next, err := page(c, all, pageSize)
	return result{exports, next}, err
}
