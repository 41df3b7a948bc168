package s3

import (
	"encoding/xml"
	"net/http"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The sandbox's buckets are "bucket owner enforced": the owner has full control
// and no ACL says anything else.

func (s *Service) getACL(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketAcl", "", nil); err != nil {
		return err
	}
	return writeACL(r)
}

func (s *Service) getObjectACL(r *request) *api.Error {
	action := "s3:GetObjectAcl"
	if r.query.Get("versionId") != "" {
		action = "s3:GetObjectVersionAcl"
	}
	if _, err := s.stored(r, action); err != nil {
		return err
	}
	return writeACL(r)
}

func writeACL(r *request) *api.Error {
	id := canonicalID(r.b.owner)
	return writeXML(r, struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ AccessControlPolicy"`
		Inner   string   `xml:",innerxml"`
	}{
		Inner: `<Owner><ID>` + id + `</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>` +
			id + `</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`,
	})
}

func (s *Service) putACL(r *request) *api.Error {
	if err := s.allow(r, "s3:PutBucketAcl", "", nil); err != nil {
		return err
	}
	if r.header("x-amz-acl") != "private" {
		return errACLNotSupported()
	}
	return writeStatus(r, http.StatusOK)
}

func (s *Service) putObjectACL(r *request) *api.Error {
	action := "s3:PutObjectAcl"
	if r.query.Get("versionId") != "" {
		action = "s3:PutObjectVersionAcl"
	}
	if _, err := s.stored(r, action); err != nil {
		return err
	}
	return errACLNotSupported()
}

func errACLNotSupported() *api.Error {
	return fail(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

// checkACLHeaders refuses ACLs on a write, except those that say what holds anyway.
func checkACLHeaders(r *request) *api.Error {
	switch r.header("x-amz-acl") {
	case "", "private", "bucket-owner-full-control":
	default:
		return errACLNotSupported()
	}
	for _, grant := range []string{"read", "write", "read-acp", "write-acp", "full-control"} {
		if r.header("x-amz-grant-"+grant) != "" {
			return errACLNotSupported()
		}
	}
	return nil
}
