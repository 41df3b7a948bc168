package cloudformation

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// template is a parsed template whose form is right. It is never changed.
type template struct {
	body        string
	version     string
	description string
	metadata    any
	parameters  map[string]*parameter
	rules       map[string]rule
	mappings    map[string]any
	conditions  map[string]any
	resources   map[string]*declaration
	outputs     map[string]*output
}

// declaration is one member of Resources.
type declaration struct {
	id            string
	typ           string
	properties    map[string]any
	dependsOn     []string
	condition     string
	deletion      string // DeletionPolicy
	updateReplace string // UpdateReplacePolicy
	metadata      any
}

// output is one member of Outputs.
type output struct {
	description string
	value       any
	condition   string
	export      any // the name, or nil
}

const templateVersion = "2010-09-09"

var (
	alphanumeric = regexp.MustCompile(`^[a-zA-Z0-9]{1,255}$`)
	topLevel     = []string{
		"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions",
		"Resources", "Outputs", "Transform", "Hooks",
	}
	resourceMembers = []string{
		"Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata",
	}
)

// parseTemplate reads a template and checks everything that needs no parameters:
// the form of each section, that references resolve, that resource types are known
// and that no resources wait for each other in a circle.
func parseTemplate(body string) (*template, *api.Error) {
	doc, err := parseDocument(body)
	if err != nil {
		return nil, err
	}
	root, ok := doc.(map[string]any)
	if !ok {
		return nil, templateError("unsupported structure.")
	}
	t := &template{body: body}
	for _, read := range []func(map[string]any) *api.Error{
		t.readHeader, t.readParameters, t.readRules, t.readMappings, t.readConditions, t.readResources, t.readOutputs,
	} {
		if err := read(root); err != nil {
			return nil, err
		}
	}
	if err := t.checkTypes(); err != nil {
		return nil, err
	}
	if err := t.checkReferences(); err != nil {
		return nil, err
	}
	if _, err := order(t.dependencies(nil)); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *template) readHeader(root map[string]any) *api.Error {
	if unknown := unknownKeys(root, topLevel); len(unknown) > 0 {
		return templateError("Invalid template property or properties %s", bracketed(unknown))
	}
	for _, section := range []string{"Transform", "Hooks"} {
		if _, has := root[section]; has {
			return templateError("the sandbox does not offer the section %s", section)
		}
	}
	if v, has := root["AWSTemplateFormatVersion"]; has {
		if t.version = asText(v); t.version != templateVersion {
			return templateError("unsupported value for AWSTemplateFormatVersion. No such version exists.")
		}
	}
	if v, has := root["Description"]; has {
		s, ok := v.(string)
		if !ok {
			return templateError("Description must be a string.")
		}
		if len(s) > 1024 {
			return templateError("Description must be at most 1024 bytes.")
		}
		t.description = s
	}
	t.metadata = root["Metadata"]
	return nil
}

// section is a member of the root that must be an object of objects.
func section(root map[string]any, name string) (map[string]any, *api.Error) {
	v, has := root[name]
	if !has || v == nil && name != "Resources" {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, templateError("Any %s member must be an object.", name)
	}
	return m, nil
}

func (t *template) readMappings(root map[string]any) *api.Error {
	m, err := section(root, "Mappings")
	if err != nil {
		return err
	}
	for name, top := range m {
		for _, second := range asMap(top) {
			if _, ok := second.(map[string]any); !ok {
				return templateError("Every Mappings attribute must be a String or a List. (%s)", name)
			}
		}
		if _, ok := top.(map[string]any); !ok {
			return templateError("Every Mappings member %s must be a map", name)
		}
	}
	t.mappings = m
	return nil
}

func (t *template) readConditions(root map[string]any) *api.Error {
	m, err := section(root, "Conditions")
	if err != nil {
		return err
	}
	t.conditions = m
	for _, name := range sortedKeys(m) {
		if !alphanumeric.MatchString(name) {
			return templateError("Conditions name %s is non alphanumeric.", name)
		}
		if err := t.checkCondition("Conditions", m[name]); err != nil {
			return err
		}
	}
	return nil
}

func (t *template) readResources(root map[string]any) *api.Error {
	m, err := section(root, "Resources")
	if err != nil {
		return err
	}
	if len(m) == 0 {
		return templateError("At least one Resources member must be defined.")
	}
	if len(m) > 500 {
		return templateError("Number of resources, %d, is greater than maximum allowed, 500", len(m))
	}
	t.resources = make(map[string]*declaration, len(m))
	for _, id := range sortedKeys(m) {
		d, err := readDeclaration(id, m[id])
		if err != nil {
			return err
		}
		if _, clash := t.parameters[id]; clash {
			return templateError("Logical ID %s is used for both a parameter and a resource", id)
		}
		t.resources[id] = d
	}
	return nil
}

func readDeclaration(id string, v any) (*declaration, *api.Error) {
	if !alphanumeric.MatchString(id) {
		return nil, templateError("Resource name %s is non alphanumeric.", id)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, templateError("[/Resources/%s] resource definition is malformed", id)
	}
	d := &declaration{id: id, metadata: m["Metadata"], condition: asText(m["Condition"])}
	d.typ, ok = m["Type"].(string)
	if !ok {
		return nil, templateError("[/Resources/%s] Every Resources object must contain a Type member.", id)
	}
	if unknown := unknownKeys(m, resourceMembers); len(unknown) > 0 {
		return nil, invalid("Invalid template resource property '%s'", unknown[0])
	}
	if p, has := m["Properties"]; has && p != nil {
		if d.properties, ok = p.(map[string]any); !ok {
			return nil, templateError("[/Resources/%s/Properties] Properties must be an object", id)
		}
	}
	switch on := m["DependsOn"].(type) {
	case nil:
	case string:
		d.dependsOn = []string{on}
	case []any:
		d.dependsOn = asTexts(on)
	default:
		return nil, templateError("[/Resources/%s] DependsOn must be a string or list of strings.", id)
	}
	var err *api.Error
	if d.deletion, err = readPolicy(id, m, "DeletionPolicy", "Delete", "Retain", "RetainExceptOnCreate"); err != nil {
		return nil, err
	}
	d.updateReplace, err = readPolicy(id, m, "UpdateReplacePolicy", "Delete", "Retain")
	return d, err
}

func readPolicy(id string, m map[string]any, name string, allowed ...string) (string, *api.Error) {
	v, has := m[name]
	if !has {
		return "Delete", nil
	}
	s, _ := v.(string)
	if s == "Snapshot" {
		return "", templateError("%s Snapshot is not supported for resource %s: nothing in the sandbox makes snapshots", name, id)
	}
	if !slices.Contains(allowed, s) {
		return "", templateError("Unrecognized %s %s for resource %s", name, s, id)
	}
	return s, nil
}

func (t *template) readOutputs(root map[string]any) *api.Error {
	m, err := section(root, "Outputs")
	if err != nil {
		return err
	}
	t.outputs = make(map[string]*output, len(m))
	for _, name := range sortedKeys(m) {
		o, ok := m[name].(map[string]any)
		if !ok || !alphanumeric.MatchString(name) {
			return templateError("Output %s is malformed.", name)
		}
		if unknown := unknownKeys(o, []string{"Value", "Description", "Condition", "Export"}); len(unknown) > 0 {
			return templateError("Output %s is malformed. (invalid member %s)", name, unknown[0])
		}
		out := &output{description: asText(o["Description"]), condition: asText(o["Condition"])}
		if out.value = o["Value"]; out.value == nil {
			return templateError("Output %s is malformed. (Value is missing)", name)
		}
		if e, has := o["Export"]; has {
			if out.export = asMap(e)["Name"]; out.export == nil {
				return templateError("Output %s is malformed. (Export needs a Name)", name)
			}
		}
		t.outputs[name] = out
	}
	return nil
}

// checkTypes refuses resource types that the sandbox does not have, all by name.
func (t *template) checkTypes() *api.Error {
	var unknown []string
	for _, d := range t.resources {
		if lookupType(d.typ) == nil && !slices.Contains(unknown, d.typ) {
			unknown = append(unknown, d.typ)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return templateError("Unrecognized resource types: %s", bracketed(unknown))
	}
	return nil
}

func unknownKeys(m map[string]any, known []string) []string {
	var out []string
	for _, k := range sortedKeys(m) {
		if !slices.Contains(known, k) {
			out = append(out, k)
		}
	}
	return out
}

// needs is the capability the template's IAM resources ask for, or "", and the types.
func (t *template) needs() (capability string, types []string) {
	for _, id := range sortedKeys(t.resources) {
		d := t.resources[id]
		if !strings.HasPrefix(d.typ, "AWS::IAM::") {
			continue
		}
		if capability == "" {
			capability = "CAPABILITY_IAM"
		}
		for _, name := range []string{"RoleName", "ManagedPolicyName"} {
			if _, named := d.properties[name]; named {
				capability = "CAPABILITY_NAMED_IAM"
			}
		}
		if !slices.Contains(types, d.typ) {
			types = append(types, d.typ)
		}
	}
	return capability, types
}

// checkCapabilities holds the caller's acknowledgements against what is needed.
func (t *template) checkCapabilities(given []string) *api.Error {
	capability, _ := t.needs()
	if capability == "" || slices.Contains(given, "CAPABILITY_NAMED_IAM") || slices.Contains(given, capability) {
		return nil
	}
	return api.Errorf(400, "InsufficientCapabilitiesException", "Requires capabilities : [%s]", capability)
}
