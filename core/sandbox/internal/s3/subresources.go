package s3

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// unset answers a subresource that no bucket of the sandbox has.
func unset(action, code, message string) handler {
	return func(s *Service, r *request) *api.Error {
		if err := s.allow(r, action, "", nil); err != nil {
			return err
		}
		return with(fail(404, code, message), "BucketName", r.bucket)
	}
}

// constant answers a subresource that is the same for every bucket.
func constant(action, root, inner string) handler {
	return func(s *Service, r *request) *api.Error {
		if err := s.allow(r, action, "", nil); err != nil {
			return err
		}
		return writeXML(r, struct {
			XMLName xml.Name
			Inner   string `xml:",innerxml"`
		}{xml.Name{Space: xmlns, Local: root}, inner})
	}
}

// change runs f with the bucket locked, after the caller was found allowed.
func (s *Service) change(r *request, action string, status int, f func(*bucket)) *api.Error {
	if err := s.allow(r, action, "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	f(r.b)
	s.mu.Unlock()
	return writeStatus(r, status)
}

type versioningConfiguration struct {
	XMLName   xml.Name `xml:"VersioningConfiguration"`
	NS        string   `xml:"xmlns,attr,omitempty"`
	Status    string   `xml:",omitempty"`
	MFADelete string   `xml:"MfaDelete,omitempty"`
}

func (s *Service) getVersioning(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketVersioning", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	status := r.b.versioning
	s.mu.Unlock()
	return writeXML(r, versioningConfiguration{NS: xmlns, Status: status})
}

func (s *Service) putVersioning(r *request) *api.Error {
	var in versioningConfiguration
	if err := readXML(r, &in); err != nil {
		return err
	}
	if in.Status != "Enabled" && in.Status != "Suspended" {
		return fail(400, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
	}
	if in.MFADelete == "Enabled" {
		return errNotImplemented("MfaDelete")
	}
	return s.change(r, "s3:PutBucketVersioning", http.StatusOK, func(b *bucket) { b.versioning = in.Status })
}

// encryptionRule is a bucket's default encryption.
type encryptionRule struct {
	Algorithm string
	KeyID     string // as it was put
	BucketKey bool
}

type encryptionDocument struct {
	XMLName xml.Name `xml:"ServerSideEncryptionConfiguration"`
	NS      string   `xml:"xmlns,attr,omitempty"`
	Rules   []struct {
		Default struct {
			Algorithm string `xml:"SSEAlgorithm"`
			KeyID     string `xml:"KMSMasterKeyID,omitempty"`
		} `xml:"ApplyServerSideEncryptionByDefault"`
		BucketKey bool `xml:"BucketKeyEnabled"`
	} `xml:"Rule"`
}

func (s *Service) getEncryption(r *request) *api.Error {
	if err := s.allow(r, "s3:GetEncryptionConfiguration", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	rule := r.b.encryption
	s.mu.Unlock()
	out := encryptionDocument{NS: xmlns}
	out.Rules = append(out.Rules, struct {
		Default struct {
			Algorithm string `xml:"SSEAlgorithm"`
			KeyID     string `xml:"KMSMasterKeyID,omitempty"`
		} `xml:"ApplyServerSideEncryptionByDefault"`
		BucketKey bool `xml:"BucketKeyEnabled"`
	}{})
	out.Rules[0].Default.Algorithm, out.Rules[0].Default.KeyID = rule.Algorithm, rule.KeyID
	out.Rules[0].BucketKey = rule.BucketKey
	return writeXML(r, out)
}

func (s *Service) putEncryption(r *request) *api.Error {
	var in encryptionDocument
	if err := readXML(r, &in); err != nil {
		return err
	}
	if len(in.Rules) != 1 {
		return errMalformedXML()
	}
	rule := encryptionRule{Algorithm: in.Rules[0].Default.Algorithm, KeyID: in.Rules[0].Default.KeyID, BucketKey: in.Rules[0].BucketKey}
	switch {
	case rule.Algorithm == "aws:kms:dsse":
		return errNotImplemented("aws:kms:dsse")
	case rule.Algorithm != "AES256" && rule.Algorithm != "aws:kms":
		return errMalformedXML()
	case rule.Algorithm == "AES256" && rule.KeyID != "":
		return errInvalidArgument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse", "", "")
	}
	return s.change(r, "s3:PutEncryptionConfiguration", http.StatusOK, func(b *bucket) { b.encryption = rule })
}

func (s *Service) deleteEncryption(r *request) *api.Error {
	return s.change(r, "s3:PutEncryptionConfiguration", http.StatusNoContent, func(b *bucket) {
		b.encryption = encryptionRule{Algorithm: "AES256"}
	})
}

type ownershipControls struct {
	XMLName xml.Name `xml:"OwnershipControls"`
	NS      string   `xml:"xmlns,attr,omitempty"`
	Rules   []string `xml:"Rule>ObjectOwnership"`
}

func (s *Service) getOwnership(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketOwnershipControls", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	ownership := r.b.ownership
	s.mu.Unlock()
	if ownership == "" {
		return with(fail(404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found"), "BucketName", r.bucket)
	}
	return writeXML(r, ownershipControls{NS: xmlns, Rules: []string{ownership}})
}

func (s *Service) putOwnership(r *request) *api.Error {
	var in ownershipControls
	if err := readXML(r, &in); err != nil {
		return err
	}
	if len(in.Rules) != 1 {
		return errMalformedXML()
	}
	switch in.Rules[0] {
	case "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter":
	default:
		return errMalformedXML()
	}
	return s.change(r, "s3:PutBucketOwnershipControls", http.StatusOK, func(b *bucket) { b.ownership = in.Rules[0] })
}

func (s *Service) deleteOwnership(r *request) *api.Error {
	return s.change(r, "s3:PutBucketOwnershipControls", http.StatusNoContent, func(b *bucket) { b.ownership = "" })
}

// lifecycleDocument keeps each rule as it was put.
type lifecycleDocument struct {
	XMLName xml.Name        `xml:"LifecycleConfiguration"`
	NS      string          `xml:"xmlns,attr,omitempty"`
	Rules   []lifecycleRule `xml:"Rule"`
}

type lifecycleRule struct {
	ID     string `xml:"ID"`
	Status string `xml:"Status"`
	Inner  string `xml:",innerxml"`
}

// MarshalXML writes the rule as it was put.
func (l lifecycleRule) MarshalXML(enc *xml.Encoder, start xml.StartElement) error {
	return enc.EncodeElement(struct {
		Inner string `xml:",innerxml"`
	}{l.Inner}, start)
}

func (s *Service) getLifecycle(r *request) *api.Error {
	if err := s.allow(r, "s3:GetLifecycleConfiguration", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	document := r.b.lifecycle
	s.mu.Unlock()
	if document == nil {
		return with(fail(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"), "BucketName", r.bucket)
	}
	r.w.Header().Set("x-amz-transition-default-minimum-object-size", "all_storage_classes_128K")
	r.w.Header().Set("Content-Type", "application/xml")
	r.w.WriteHeader(http.StatusOK)
	_, _ = r.w.Write(append([]byte(xml.Header), document...))
	return nil
}

func (s *Service) putLifecycle(r *request) *api.Error {
	var in lifecycleDocument
	if err := readXML(r, &in); err != nil {
		return err
	}
	if len(in.Rules) == 0 || len(in.Rules) > 1000 {
		return errMalformedXML()
	}
	seen := map[string]bool{}
	for i := range in.Rules {
		rule := &in.Rules[i]
		if rule.Status != "Enabled" && rule.Status != "Disabled" {
			return errMalformedXML()
		}
		if strings.TrimSpace(rule.ID) == "" {
			rule.ID = encodeToken(string(s.bytes(15)))
			rule.Inner = "<ID>" + rule.ID + "</ID>" + rule.Inner
		}
		if seen[rule.ID] {
			return errInvalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID", rule.ID)
		}
		seen[rule.ID] = true
	}
	in.XMLName, in.NS = xml.Name{}, xmlns
	document, err := xml.Marshal(in)
	if err != nil {
		return errMalformedXML()
	}
	r.w.Header().Set("x-amz-transition-default-minimum-object-size", "all_storage_classes_128K")
	return s.change(r, "s3:PutLifecycleConfiguration", http.StatusOK, func(b *bucket) { b.lifecycle = document })
}

func (s *Service) deleteLifecycle(r *request) *api.Error {
	return s.change(r, "s3:PutLifecycleConfiguration", http.StatusNoContent, func(b *bucket) { b.lifecycle = nil })
}
