package iam

import (
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type versionXML struct {
	Document         string `xml:",omitempty"`
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       string
}

func (m *managedPolicy) versionShape(v version) versionXML {
	return versionXML{VersionID: v.id(), IsDefaultVersion: v.number == m.standard, CreateDate: timestamp(v.created)}
}

func createPolicyVersion(r *request) (any, *api.Error) {
	text := r.text("PolicyDocument", 131072)
	arn, err := beginPolicy(r, "CreatePolicyVersion")
	if err != nil {
		return nil, err
	}
	d, err := parseManaged(text)
	if err != nil {
		return nil, err
	}
	var shape versionXML
	err = r.changePolicy(arn, func(m *managedPolicy) (bool, *api.Error) {
		if len(m.versions) >= versionLimit {
			return false, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", versionLimit)
		}
		m.last++
		v := version{m.last, r.Now, d}
		m.versions = append(m.versions, v)
		if r.Form.Get("SetAsDefault") == "true" {
			m.standard = v.number
		}
		shape = m.versionShape(v)
		return false, nil
	})
	return struct{ PolicyVersion versionXML }{shape}, err
}

func noVersion(arn, id string) *api.Error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
}

func getPolicyVersion(r *request) (any, *api.Error) {
	id := r.text("VersionId", 32)
	arn, err := beginPolicy(r, "GetPolicyVersion")
	if err != nil {
		return nil, err
	}
	m, err := r.lookup(arn)
	if err != nil {
		return nil, err
	}
	v, ok := m.find(id)
	if !ok {
		return nil, noVersion(arn, id)
	}
	shape := m.versionShape(v)
	shape.Document = encode(v.text)
	return struct{ PolicyVersion versionXML }{shape}, nil
}

func listPolicyVersions(r *request) (any, *api.Error) {
	arn, err := beginPolicy(r, "ListPolicyVersions")
	if err != nil {
		return nil, err
	}
	p := r.paging()
	if err := r.check(); err != nil {
		return nil, err
	}
	m, err := r.lookup(arn)
	if err != nil {
		return nil, err
	}
	// Newest first. There are at most five, so that one page holds them.
	shapes := collect(slices.Clone(m.versions), m.versionShape)
	slices.Reverse(shapes.Member)
	var info pageInfo
	if p.limit < len(shapes.Member) || p.after != "" {
		shapes.Member, info = pageVersions(shapes.Member, p)
	}
	return struct {
		Versions members[versionXML]
		pageInfo
	}{shapes, info}, nil
}

// pageVersions cuts a list that runs backwards, which page cannot.
func pageVersions(all []versionXML, p paging) ([]versionXML, pageInfo) {
	start := slices.IndexFunc(all, func(v versionXML) bool { return v.VersionID == p.after }) + 1
	rest := all[start:]
	if len(rest) <= p.limit {
		return rest, pageInfo{}
	}
	rest = rest[:p.limit]
	return rest, pageInfo{true, marker(rest[len(rest)-1].VersionID)}
}

func deletePolicyVersion(r *request) (any, *api.Error) {
	id := r.text("VersionId", 32)
	arn, err := beginPolicy(r, "DeletePolicyVersion")
	if err != nil {
		return nil, err
	}
	return nil, r.changePolicy(arn, func(m *managedPolicy) (bool, *api.Error) {
		v, ok := m.find(id)
		switch {
		case !ok:
			return false, noVersion(arn, id)
		case v.number == m.standard:
			return false, deleteConflict("Cannot delete the default version of a policy.")
		}
		m.versions = slices.DeleteFunc(m.versions, func(x version) bool { return x.number == v.number })
		return false, nil
	})
}

func setDefaultPolicyVersion(r *request) (any, *api.Error) {
	id := r.text("VersionId", 32)
	arn, err := beginPolicy(r, "SetDefaultPolicyVersion")
	if err != nil {
		return nil, err
	}
	return nil, r.changePolicy(arn, func(m *managedPolicy) (bool, *api.Error) {
		v, ok := m.find(id)
		if !ok {
			return false, noVersion(arn, id)
		}
		m.standard = v.number
		return false, nil
	})
}
