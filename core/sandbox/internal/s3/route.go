package s3

import (
	"net"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type handler func(*Service, *request) *api.Error

// route names the handler of a method and a subresource ("" is the plain call).
type route struct {
	method, sub string
	handle      handler
}

// bucketRoutes is tried in order; the first whose subresource is in the query wins.
var bucketRoutes = []route{
	{"GET", "location", (*Service).getBucketLocation},
	{"GET", "versioning", (*Service).getVersioning},
	{"PUT", "versioning", (*Service).putVersioning},
	{"GET", "encryption", (*Service).getEncryption},
	{"PUT", "encryption", (*Service).putEncryption},
	{"DELETE", "encryption", (*Service).deleteEncryption},
	{"GET", "policyStatus", (*Service).getPolicyStatus},
	{"GET", "policy", (*Service).getPolicy},
	{"PUT", "policy", (*Service).putPolicy},
	{"DELETE", "policy", (*Service).deletePolicy},
	{"GET", "publicAccessBlock", (*Service).getPublicAccessBlock},
	{"PUT", "publicAccessBlock", (*Service).putPublicAccessBlock},
	{"DELETE", "publicAccessBlock", (*Service).deletePublicAccessBlock},
	{"GET", "ownershipControls", (*Service).getOwnership},
	{"PUT", "ownershipControls", (*Service).putOwnership},
	{"DELETE", "ownershipControls", (*Service).deleteOwnership},
	{"GET", "notification", (*Service).getNotification},
	{"PUT", "notification", (*Service).putNotification},
	{"GET", "lifecycle", (*Service).getLifecycle},
	{"PUT", "lifecycle", (*Service).putLifecycle},
	{"DELETE", "lifecycle", (*Service).deleteLifecycle},
	{"GET", "tagging", (*Service).getBucketTagging},
	{"PUT", "tagging", (*Service).putBucketTagging},
	{"DELETE", "tagging", (*Service).deleteBucketTagging},
	{"GET", "acl", (*Service).getACL},
	{"PUT", "acl", (*Service).putACL},
	{"GET", "cors", unset("s3:GetBucketCORS", "NoSuchCORSConfiguration", "The CORS configuration does not exist")},
	{"GET", "website", unset("s3:GetBucketWebsite", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")},
	{"GET", "replication", unset("s3:GetReplicationConfiguration", "ReplicationConfigurationNotFoundError", "The replication configuration was not found")},
	{"GET", "object-lock", unset("s3:GetBucketObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")},
	{"GET", "logging", constant("s3:GetBucketLogging", "BucketLoggingStatus", "")},
	{"GET", "accelerate", constant("s3:GetAccelerateConfiguration", "AccelerateConfiguration", "")},
	{"GET", "requestPayment", constant("s3:GetBucketRequestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>")},
	{"GET", "versions", (*Service).listVersions},
	{"GET", "uploads", (*Service).listUploads},
	{"POST", "delete", (*Service).deleteObjects},
	{"GET", "", (*Service).listObjects},
	{"HEAD", "", (*Service).headBucket},
	{"PUT", "", (*Service).createBucket},
	{"DELETE", "", (*Service).deleteBucket},
}

// objectRoutes is tried in order, like bucketRoutes.
var objectRoutes = []route{
	{"GET", "tagging", (*Service).getObjectTagging},
	{"PUT", "tagging", (*Service).putObjectTagging},
	{"DELETE", "tagging", (*Service).deleteObjectTagging},
	{"GET", "acl", (*Service).getObjectACL},
	{"PUT", "acl", (*Service).putObjectACL},
	{"GET", "attributes", (*Service).getObjectAttributes},
	{"GET", "uploadId", (*Service).listParts},
	{"POST", "uploads", (*Service).createUpload},
	{"PUT", "uploadId", (*Service).uploadPart},
	{"POST", "uploadId", (*Service).completeUpload},
	{"DELETE", "uploadId", (*Service).abortUpload},
	{"GET", "", (*Service).getObject},
	{"HEAD", "", (*Service).getObject},
	{"PUT", "", (*Service).putObject},
	{"DELETE", "", (*Service).deleteObject},
}

// refused are subresources of S3 that the sandbox does not have.
var refused = []string{
	"accelerate", "analytics", "cors", "intelligent-tiering", "inventory", "legal-hold", "logging", "metadataConfiguration",
	"metrics", "object-lock", "replication", "requestPayment", "restore", "retention", "select", "session", "torrent",
	"website", "renameObject", "abac", "encryption",
}

// dispatch finds the bucket and the handler, and runs it.
func (s *Service) dispatch(r *request) *api.Error {
	method := r.HTTP.Method
	if r.bucket == "" {
		if method != http.MethodGet {
			return errMethodNotAllowed(method, "SERVICE")
		}
		return s.listBuckets(r)
	}
	routes, resource := bucketRoutes, "BUCKET"
	if r.key != "" {
		routes, resource = objectRoutes, "OBJECT"
	}
	h, err := pick(routes, r, resource)
	if err != nil {
		return err
	}
	if len(r.key) > 1024 {
		return with(with(fail(400, "KeyTooLongError", "Your key is too long"), "MaxSizeAllowed", "1024"), "Size", itoa(len(r.key)))
	}
	if create := method == http.MethodPut && r.key == "" && !hasSub(r, routes); create {
		return h(s, r)
	}
	if err := s.find(r); err != nil {
		return err
	}
	return h(s, r)
}

// pick chooses the first route of the method whose subresource is in the query.
func pick(routes []route, r *request, resource string) (handler, *api.Error) {
	for _, rt := range routes {
		if rt.method == r.HTTP.Method && rt.sub != "" && r.query.Has(rt.sub) {
			return rt.handle, nil
		}
	}
	for _, name := range refused {
		if r.query.Has(name) {
			return nil, errNotImplemented(name)
		}
	}
	for _, rt := range routes {
		if rt.method == r.HTTP.Method && rt.sub == "" && !hasSub(r, routes) {
			return rt.handle, nil
		}
	}
	return nil, errMethodNotAllowed(r.HTTP.Method, resource)
}

// hasSub reports whether the query names a subresource of any method.
func hasSub(r *request, routes []route) bool {
	for _, rt := range routes {
		if rt.sub != "" && r.query.Has(rt.sub) {
			return true
		}
	}
	return false
}

// find looks the bucket up and holds the request against its region and owner.
func (s *Service) find(r *request) *api.Error {
	s.mu.Lock()
	b := s.buckets[r.bucket]
	s.mu.Unlock()
	if b == nil {
		return errNoSuchBucket(r.bucket)
	}
	r.b = b
	if r.key == "" {
		r.w.Header().Set("x-amz-bucket-region", b.region)
	}
	if r.Region != "" && r.Region != b.region && !r.Caller.Anonymous() {
		r.w.Header().Set("x-amz-bucket-region", b.region)
		e := api.Errorf(400, "AuthorizationHeaderMalformed",
			"The authorization header is malformed; the region '%s' is wrong; expecting '%s'", r.Region, b.region)
		return with(e, "Region", b.region)
	}
	if want := r.header("x-amz-expected-bucket-owner"); want != "" && want != b.owner {
		return fail(403, "AccessDenied", "Access Denied")
	}
	return nil
}

// address splits a request into bucket and key: the bucket is the host's first
// part (virtual-hosted style) or the path's (path style).
func address(req *http.Request) (bucket, key string) {
	path := strings.TrimPrefix(req.URL.Path, "/")
	if b := hostBucket(req.Host); b != "" {
		return b, path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// hostBucket is the bucket in a virtual-hosted-style host name, or "".
func hostBucket(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(host)
	if b, ok := strings.CutSuffix(host, ".localhost"); ok {
		if b == "s3" || strings.HasPrefix(b, "s3.") {
			return ""
		}
		b, _, _ = strings.Cut(b, ".s3.")
		return strings.TrimSuffix(b, ".s3")
	}
	if !strings.HasSuffix(host, ".amazonaws.com") && !strings.HasSuffix(host, ".amazonaws.com.cn") {
		return ""
	}
	for _, mark := range []string{".s3.", ".s3-"} {
		if i := strings.LastIndex(host, mark); i > 0 {
			return host[:i]
		}
	}
	return ""
}
