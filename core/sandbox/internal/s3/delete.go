package s3

import (
	"encoding/xml"
	"net/http"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// deletion is what one delete did.
type deletion struct {
	removed *version // a version that is gone for good
	marker  *version // a delete marker that was put
}

func (s *Service) deleteObject(r *request) *api.Error {
	id := r.query.Get("versionId")
	d, err := s.erase(r, r.key, id, r.header("If-Match"))
	if err != nil {
		return err
	}
	h := r.w.Header()
	switch {
	case d.marker != nil:
		h.Set("x-amz-delete-marker", "true")
		h.Set("x-amz-version-id", d.marker.id)
	case d.removed != nil && id != "":
		if d.removed.deleteMarker {
			h.Set("x-amz-delete-marker", "true")
		}
		h.Set("x-amz-version-id", id)
	}
	return writeStatus(r, http.StatusNoContent)
}

// erase deletes a key or one of its versions, and notifies. Deleting what is not
// there succeeds.
func (s *Service) erase(r *request, key, id, ifMatch string) (deletion, *api.Error) {
	action, extra := "s3:DeleteObject", conditions(nil)
	if id != "" {
		action, extra = "s3:DeleteObjectVersion", extra.plus("s3:VersionId", id)
	}
	if err := s.allow(r, action, key, extra); err != nil {
		return deletion{}, err
	}
	d, err := s.eraseLocked(r.b, key, id, ifMatch)
	if err != nil {
		return d, err
	}
	switch {
	case d.marker != nil:
		s.notify(r, r.b, "ObjectRemoved:DeleteMarkerCreated", key, d.marker)
	case d.removed != nil:
		s.notify(r, r.b, "ObjectRemoved:Delete", key, &version{id: d.removed.id, deleteMarker: true})
	}
	return d, nil
}

func (s *Service) eraseLocked(b *bucket, key, id, ifMatch string) (deletion, *api.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ifMatch != "" {
		switch current := b.lookup(key, id); {
		case current == nil || current.deleteMarker:
			return deletion{}, errNoSuchKey(key)
		case !etagIn(ifMatch, current.etag):
			return deletion{}, errPrecondition("If-Match")
		}
	}
	if id != "" {
		v, _ := b.remove(key, id)
		return deletion{removed: v}, nil
	}
	if b.versioning == "" {
		v, _ := b.remove(key, "null")
		return deletion{removed: v}, nil
	}
	marker := &version{id: s.nextVersionID(b), deleteMarker: true, modified: s.opt.Clock()}
	b.add(key, marker)
	return deletion{marker: marker}, nil
}

type deleteRequest struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Objects []struct {
		Key       string
		VersionID string `xml:"VersionId"`
		ETag      string
	} `xml:"Object"`
}

type deletedEntry struct {
	XMLName               xml.Name `xml:"Deleted"`
	Key                   string
	VersionID             string `xml:"VersionId,omitempty"`
	DeleteMarker          bool   `xml:",omitempty"`
	DeleteMarkerVersionID string `xml:"DeleteMarkerVersionId,omitempty"`
}

type deleteFailure struct {
	XMLName   xml.Name `xml:"Error"`
	Key       string
	VersionID string `xml:"VersionId,omitempty"`
	Code      string
	Message   string
}

type deleteResult struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ DeleteResult"`
	Entries []any
}

func (s *Service) deleteObjects(r *request) *api.Error {
	sent, err := sentChecksum(r)
	if err != nil {
		return err
	}
	if sent.Value == "" && r.header("Content-MD5") == "" {
		return errInvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	if _, err := verifyBody(r); err != nil {
		return err
	}
	var in deleteRequest
	if err := readXML(r, &in); err != nil {
		return err
	}
	if len(in.Objects) == 0 || len(in.Objects) > 1000 {
		return errMalformedXML()
	}
	var out deleteResult
	for _, o := range in.Objects {
		d, err := s.erase(r, o.Key, o.VersionID, o.ETag)
		switch {
		case err != nil:
			out.Entries = append(out.Entries, deleteFailure{Key: o.Key, VersionID: o.VersionID, Code: err.Code, Message: err.Message})
		case !in.Quiet:
			out.Entries = append(out.Entries, entryOf(o.Key, o.VersionID, d))
		}
	}
	return writeXML(r, out)
}

func entryOf(key, id string, d deletion) deletedEntry {
	e := deletedEntry{Key: key, VersionID: id}
	switch {
	case d.marker != nil:
		e.DeleteMarker, e.DeleteMarkerVersionID = true, d.marker.id
	case d.removed != nil && d.removed.deleteMarker:
		e.DeleteMarker, e.DeleteMarkerVersionID = true, d.removed.id
	}
	return e
}
