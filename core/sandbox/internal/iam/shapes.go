package iam

// The shapes of IAM's responses, shared by several operations.

type tag struct{ Key, Value string }

type boundaryXML struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

type roleXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string `xml:",omitempty"`
	MaxSessionDuration       int
	PermissionsBoundary      *boundaryXML
	Tags                     *members[tag]
	RoleLastUsed             *struct{}
}

type userXML struct {
	Path                string
	UserName            string
	UserID              string `xml:"UserId"`
	Arn                 string
	CreateDate          string
	PermissionsBoundary *boundaryXML
	Tags                *members[tag]
}

func boundaryShape(arn string) *boundaryXML {
	if arn == "" {
		return nil
	}
	return &boundaryXML{"Policy", arn}
}

func tagsShape(tags []tag) *members[tag] {
	if len(tags) == 0 {
		return nil
	}
	return &members[tag]{tags}
}

// roleShape is a role as GetRole shows it. The caller holds the lock.
func (s *Service) roleShape(e *entity) roleXML {
	r := s.roleSummary(e)
	r.PermissionsBoundary = boundaryShape(e.boundary)
	r.Tags = tagsShape(e.tags)
	r.RoleLastUsed = &struct{}{}
	return r
}

// roleSummary is a role as listings show it: without tags and boundary. The caller
// holds the lock.
func (s *Service) roleSummary(e *entity) roleXML {
	return roleXML{
		Path: e.path, RoleName: e.name, RoleID: e.id, Arn: e.arn, CreateDate: timestamp(e.created),
		AssumeRolePolicyDocument: encode(s.effective(e.trust, noTime).text),
		Description:              e.description, MaxSessionDuration: e.maxSession,
	}
}

func userShape(e *entity) userXML {
	u := userSummary(e)
	u.PermissionsBoundary = boundaryShape(e.boundary)
	u.Tags = tagsShape(e.tags)
	return u
}

func userSummary(e *entity) userXML {
	return userXML{Path: e.path, UserName: e.name, UserID: e.id, Arn: e.arn, CreateDate: timestamp(e.created)}
}
