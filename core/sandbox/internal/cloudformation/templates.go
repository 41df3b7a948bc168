package cloudformation

import (
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

func (s *Service) getTemplate(c *api.Call) (any, *api.Error) {
	type result struct {
		TemplateBody    string
		StagesAvailable []string `xml:"StagesAvailable>member"`
	}
	stages := []string{"Original", "Processed"}
	if c.Form.Get("ChangeSetName") != "" {
		_, cs, err := s.namedChangeSet(c, "GetTemplate")
		if err != nil {
			return nil, err
		}
		return result{cs.goal.template.body, stages}, nil
	}
	st, err := s.namedStack(c, "GetTemplate")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.template == nil {
		return nil, invalid("Template for stack %s does not exist", st.name)
	}
	return result{st.template.body, stages}, nil
}

// capabilitiesXML are the capabilities a template asks for and why.
func (t *template) capabilitiesXML() ([]string, *string) {
	capability, types := t.needs()
	if capability == "" {
		return nil, nil
	}
	why := "The following resource(s) require capabilities: " + bracketed(types)
	return []string{capability}, &why
}

func (s *Service) validateTemplate(c *api.Call) (any, *api.Error) {
	type parameterXML struct {
		ParameterKey string
		DefaultValue *string
		NoEcho       bool
		Description  *string
	}
	type result struct {
		Parameters         []parameterXML `xml:"Parameters>member"`
		Description        *string
		Capabilities       []string `xml:"Capabilities>member"`
		CapabilitiesReason *string
	}
	if err := s.allow(c, "ValidateTemplate", "*", nil); err != nil {
		return nil, err
	}
	t, err := s.callTemplate(c)
	if err != nil {
		return nil, err
	}
	out := result{Description: optional(t.description)}
	for _, name := range sortedKeys(t.parameters) {
		p := t.parameters[name]
		out.Parameters = append(out.Parameters, parameterXML{name, p.fallback, p.noEcho, optional(p.description)})
	}
	out.Capabilities, out.CapabilitiesReason = t.capabilitiesXML()
	return out, nil
}

func (s *Service) getTemplateSummary(c *api.Call) (any, *api.Error) {
	type constraintsXML struct {
		AllowedValues []string `xml:"AllowedValues>member"`
	}
	type parameterXML struct {
		ParameterKey         string
		DefaultValue         *string
		ParameterType        string
		NoEcho               bool
		Description          *string
		ParameterConstraints constraintsXML
	}
	type result struct {
		Parameters         []parameterXML `xml:"Parameters>member"`
		Description        *string
		Capabilities       []string `xml:"Capabilities>member"`
		CapabilitiesReason *string
		ResourceTypes      []string `xml:"ResourceTypes>member"`
		Version            *string
		Metadata           *string
	}
	t, err := s.summaryTemplate(c)
	if err != nil {
		return nil, err
	}
	out := result{Description: optional(t.description), Version: optional(t.version)}
	for _, name := range sortedKeys(t.parameters) {
		p := t.parameters[name]
		out.Parameters = append(out.Parameters, parameterXML{
			name, p.fallback, p.typ, p.noEcho, optional(p.description), constraintsXML{p.allowed},
		})
	}
	out.Capabilities, out.CapabilitiesReason = t.capabilitiesXML()
	for _, d := range t.resources {
		out.ResourceTypes = append(out.ResourceTypes, d.typ)
	}
	slices.Sort(out.ResourceTypes)
	out.ResourceTypes = slices.Compact(out.ResourceTypes)
	if t.metadata != nil {
		out.Metadata = optional(jsonText(t.metadata))
	}
	return out, nil
}

// summaryTemplate is the template of GetTemplateSummary: a given one or a stack's.
func (s *Service) summaryTemplate(c *api.Call) (*template, *api.Error) {
	if c.Form.Get("StackSetName") != "" {
		return nil, invalid("The sandbox does not offer the parameter StackSetName.")
	}
	if c.Form.Get("StackName") == "" {
		if err := s.allow(c, "GetTemplateSummary", "*", nil); err != nil {
			return nil, err
		}
		return s.callTemplate(c)
	}
	st, err := s.namedStack(c, "GetTemplateSummary")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.template == nil {
		return nil, invalid("Template for stack %s does not exist", st.name)
	}
	return st.template, nil
}
