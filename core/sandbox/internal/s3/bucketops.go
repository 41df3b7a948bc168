package s3

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type bucketEntry struct {
	Name         string
	CreationDate string
	BucketRegion string
	BucketArn    string
}

type listBucketsResult struct {
	XMLName           xml.Name      `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
	Owner             owner         `xml:"Owner"`
	Buckets           []bucketEntry `xml:"Buckets>Bucket"`
	ContinuationToken string        `xml:",omitempty"`
	Prefix            string        `xml:",omitempty"`
}

func (s *Service) listBuckets(r *request) *api.Error {
	if r.Caller.Anonymous() {
		return fail(403, "AccessDenied", "Access Denied")
	}
	if err := denied(s.opt.Auth.Authorize(r.Call, api.Ask{Action: "s3:ListAllMyBuckets", Resource: "*"}), "*"); err != nil {
		return err
	}
	limit, err := intParam(r, "max-buckets", 10000, 1, 10000)
	if err != nil {
		return err
	}
	prefix, region, after := r.query.Get("prefix"), r.query.Get("bucket-region"), decodeToken(r.query.Get("continuation-token"))
	out := listBucketsResult{Owner: owner{canonicalID(r.Caller.AccountID)}, Prefix: prefix}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.buckets {
		if b.owner == r.Caller.AccountID && strings.HasPrefix(b.name, prefix) && b.name > after && (region == "" || region == b.region) {
			out.Buckets = append(out.Buckets, bucketEntry{b.name, isoTime(b.created), b.region, b.arn()})
		}
	}
	slices.SortFunc(out.Buckets, func(a, b bucketEntry) int { return strings.Compare(a.Name, b.Name) })
	if len(out.Buckets) > limit {
		out.Buckets = out.Buckets[:limit]
		out.ContinuationToken = encodeToken(out.Buckets[limit-1].Name)
	}
	return writeXML(r, out)
}

type createBucketConfiguration struct {
	LocationConstraint string
	Location           *struct{} `xml:"Location"`
	Bucket             *struct{} `xml:"Bucket"`
	Tags               []tag     `xml:"Tags>Tag"`
}

func (s *Service) createBucket(r *request) *api.Error {
	if r.Caller.Anonymous() {
		return fail(403, "AccessDenied", "Access Denied")
	}
	if !validBucketName(r.bucket) {
		return with(fail(400, "InvalidBucketName", "The specified bucket is not valid."), "BucketName", r.bucket)
	}
	var cfg createBucketConfiguration
	if len(r.Body) > 0 {
		if err := readXML(r, &cfg); err != nil {
			return err
		}
	}
	if cfg.Bucket != nil || cfg.Location != nil {
		return errNotImplemented("CreateBucketConfiguration/Bucket")
	}
	region, err := bucketRegion(r.Region, cfg.LocationConstraint)
	if err != nil {
		return err
	}
	if err := createBucketHeaders(r); err != nil {
		return err
	}
	if err := checkTags(cfg.Tags, 50); err != nil {
		return err
	}
	b := newBucket(r.bucket, region, r.Caller.AccountID, s.opt.Clock())
	b.tags = cfg.Tags
	if o := r.header("x-amz-object-ownership"); o != "" {
		b.ownership = o
	}
	extra := conditions{}
	if cfg.LocationConstraint != "" {
		extra = extra.plus("s3:LocationConstraint", cfg.LocationConstraint)
	}
	if err := s.allowIn(r, b, "s3:CreateBucket", "", extra); err != nil {
		return err
	}
	if err := s.register(r, b); err != nil {
		return err
	}
	r.w.Header().Set("Location", "/"+r.bucket)
	r.w.Header().Set("x-amz-bucket-arn", b.arn())
	return writeStatus(r, http.StatusOK)
}

// createBucketHeaders refuses what a bucket of the sandbox cannot be.
func createBucketHeaders(r *request) *api.Error {
	if acl := r.header("x-amz-acl"); acl != "" && acl != "private" {
		return fail(400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	}
	if strings.EqualFold(r.header("x-amz-bucket-object-lock-enabled"), "true") {
		return errNotImplemented("x-amz-bucket-object-lock-enabled")
	}
	switch o := r.header("x-amz-object-ownership"); o {
	case "", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter":
	default:
		return errInvalidArgument("Invalid x-amz-object-ownership header: "+o, "x-amz-object-ownership", o)
	}
	return nil
}

// register enters b, or says who has the name already. In us-east-1 creating one's
// own bucket again succeeds (API reference of CreateBucket).
func (s *Service) register(r *request, b *bucket) *api.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.buckets[b.name]
	switch {
	case old == nil:
		s.buckets[b.name] = b
		return nil
	case old.owner != r.Caller.AccountID:
		return with(fail(409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."), "BucketName", b.name)
	case old.region == "us-east-1" && b.region == "us-east-1":
		return nil
	}
	return with(fail(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."), "BucketName", b.name)
}

// bucketRegion settles the new bucket's region from the endpoint's and the
// LocationConstraint.
func bucketRegion(endpoint, constraint string) (string, *api.Error) {
	if constraint == "EU" {
		constraint = "eu-west-1"
	}
	switch {
	case endpoint == "" || endpoint == "us-east-1":
		switch {
		case constraint == "":
			return "us-east-1", nil
		case constraint == "us-east-1" || strings.Count(constraint, "-") < 2:
			return "", with(fail(400, "InvalidLocationConstraint", "The specified location-constraint is not valid"), "ArgumentValue", constraint)
		}
		return constraint, nil
	case constraint == endpoint:
		return endpoint, nil
	case constraint == "":
		return "", fail(400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	}
	return "", api.Errorf(400, "IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", constraint)
}

func (s *Service) headBucket(r *request) *api.Error {
	if err := s.allow(r, "s3:ListBucket", "", nil); err != nil {
		return err
	}
	r.w.Header().Set("x-amz-access-point-alias", "false")
	r.w.Header().Set("x-amz-bucket-arn", r.b.arn())
	r.w.Header().Set("Content-Type", "application/xml")
	return writeStatus(r, http.StatusOK)
}

func (s *Service) getBucketLocation(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketLocation", "", nil); err != nil {
		return err
	}
	region := r.b.region
	if region == "us-east-1" {
		region = ""
	}
	return writeXML(r, struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
		Region  string   `xml:",chardata"`
	}{Region: region})
}

func (s *Service) deleteBucket(r *request) *api.Error {
	if err := s.allow(r, "s3:DeleteBucket", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(r.b.keys) > 0 {
		message := "The bucket you tried to delete is not empty"
		if r.b.versioning != "" {
			message += ". You must delete all versions in the bucket."
		}
		return with(fail(409, "BucketNotEmpty", message), "BucketName", r.bucket)
	}
	delete(s.buckets, r.bucket)
	return writeStatus(r, http.StatusNoContent)
}

// intParam reads a number from the query, between low and high.
func intParam(r *request, name string, fallback, low, high int) (int, *api.Error) {
	text := r.query.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errInvalidArgument("Provided "+name+" not an integer or within integer range", name, text)
	}
	if n < low {
		return 0, errInvalidArgument("Argument "+name+" must be an integer between "+itoa(low)+" and 2147483647", name, text)
	}
	return min(n, high), nil
}
