package s3

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxPolicy is the size limit of a bucket policy in bytes.
const maxPolicy = 20 * 1024

func (s *Service) getPolicy(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketPolicy", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	text := r.b.policyText
	s.mu.Unlock()
	if text == "" {
		return errNoSuchBucketPolicy(r)
	}
	r.w.Header().Set("Content-Type", "application/json")
	r.w.WriteHeader(http.StatusOK)
	_, _ = r.w.Write([]byte(text))
	return nil
}

func errNoSuchBucketPolicy(r *request) *api.Error {
	return with(fail(404, "NoSuchBucketPolicy", "The bucket policy does not exist"), "BucketName", r.bucket)
}

func (s *Service) putPolicy(r *request) *api.Error {
	if err := s.allow(r, "s3:PutBucketPolicy", "", nil); err != nil {
		return err
	}
	doc, err := parsePolicy(r.b, r.Body)
	if err != nil {
		return err
	}
	public := isPublic(doc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if pab := r.b.publicAccess; public && pab != nil && pab.BlockPublicPolicy {
		return api.Errorf(403, "AccessDenied", "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: %q because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.", r.Caller.ARN, r.b.arn())
	}
	r.b.policyText, r.b.policyDoc, r.b.policyPublic = string(r.Body), doc, public
	return writeStatus(r, http.StatusNoContent)
}

// parsePolicy holds a bucket policy against the grammar and against the bucket.
func parsePolicy(b *bucket, text []byte) (*policy.Document, *api.Error) {
	malformed := func(message string) *api.Error { return fail(400, "MalformedPolicy", message) }
	if len(text) > maxPolicy {
		return nil, malformed("Policy exceeds the maximum allowed document size.")
	}
	doc, issues := policy.Parse(text, policy.Resource)
	for _, i := range issues {
		if i.Severity == policy.Error {
			return nil, malformed(i.Message)
		}
	}
	for _, st := range doc.Statements {
		if st.Resource == nil && st.NotResource == nil {
			return nil, malformed("Missing required field Resource")
		}
		for _, a := range slices.Concat(st.Action, st.NotAction) {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "s3:") {
				return nil, malformed("Policy has invalid action")
			}
		}
		for _, res := range slices.Concat(st.Resource, st.NotResource) {
			if res != b.arn() && !strings.HasPrefix(res, b.arn()+"/") {
				return nil, malformed("Policy has invalid resource")
			}
		}
	}
	return doc, nil
}

func (s *Service) deletePolicy(r *request) *api.Error {
	return s.change(r, "s3:DeleteBucketPolicy", http.StatusNoContent, func(b *bucket) {
		b.policyText, b.policyDoc, b.policyPublic = "", nil, false
	})
}

func (s *Service) getPolicyStatus(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketPolicyStatus", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	text, public := r.b.policyText, r.b.policyPublic
	s.mu.Unlock()
	if text == "" {
		return errNoSuchBucketPolicy(r)
	}
	return writeXML(r, struct {
		XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ PolicyStatus"`
		IsPublic bool
	}{IsPublic: public})
}

// publicAccessBlock is a bucket's block public access settings.
type publicAccessBlock struct {
	XMLName               xml.Name `xml:"PublicAccessBlockConfiguration"`
	NS                    string   `xml:"xmlns,attr,omitempty"`
	BlockPublicAcls       bool
	IgnorePublicAcls      bool
	BlockPublicPolicy     bool
	RestrictPublicBuckets bool
}

func (s *Service) getPublicAccessBlock(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketPublicAccessBlock", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	pab := r.b.publicAccess
	s.mu.Unlock()
	if pab == nil {
		return with(fail(404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"), "BucketName", r.bucket)
	}
	out := *pab
	out.XMLName, out.NS = xml.Name{}, xmlns
	return writeXML(r, out)
}

func (s *Service) putPublicAccessBlock(r *request) *api.Error {
	var in publicAccessBlock
	if err := readXML(r, &in); err != nil {
		return err
	}
	return s.change(r, "s3:PutBucketPublicAccessBlock", http.StatusOK, func(b *bucket) { b.publicAccess = &in })
}

func (s *Service) deletePublicAccessBlock(r *request) *api.Error {
	return s.change(r, "s3:PutBucketPublicAccessBlock", http.StatusNoContent, func(b *bucket) { b.publicAccess = nil })
}

// narrowing are the condition keys that, with a fixed value, make a statement for
// everybody not public ("The meaning of public", S3 User Guide).
var narrowing = []string{
	"aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
	"aws:userid", "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount",
	"aws:sourceorgid", "aws:sourceorgpaths", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn",
	"s3:dataaccesspointaccount",
}

// isPublic reports whether a policy grants something to everybody.
func isPublic(doc *policy.Document) bool {
	return slices.ContainsFunc(doc.Statements, func(st policy.Statement) bool {
		if st.Effect != policy.Allow {
			return false
		}
		everybody := st.NotPrincipal != nil
		if p := st.Principal; p != nil {
			everybody = p.Any || slices.Contains(p.AWS, "*")
		}
		return everybody && !slices.ContainsFunc(st.Conditions, narrows)
	})
}

// narrows reports whether a condition binds a statement to fixed principals.
func narrows(c policy.Condition) bool {
	op := strings.ToLower(c.Operator)
	if strings.Contains(op, "not") || strings.HasSuffix(op, "ifexists") || strings.HasPrefix(op, "forallvalues:") || op == "null" {
		return false
	}
	if !slices.Contains(narrowing, strings.ToLower(c.Key)) {
		return false
	}
	return !slices.ContainsFunc(c.Values, func(v string) bool {
		return strings.ContainsAny(v, "*?$") && strings.Contains(op, "like") || v == "0.0.0.0/0" || v == "::/0" || v == "*"
	})
}
