package s3

import (
	"encoding/json"
	"fmt"
	"net"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The shapes of "Event message structure" in the S3 User Guide.
type (
	eventMessage struct {
		Records []eventRecord `json:"Records"`
	}
	eventRecord struct {
		EventVersion string            `json:"eventVersion"`
		EventSource  string            `json:"eventSource"`
		AWSRegion    string            `json:"awsRegion"`
		EventTime    string            `json:"eventTime"`
		EventName    string            `json:"eventName"`
		UserIdentity principalID       `json:"userIdentity"`
		Parameters   map[string]string `json:"requestParameters"`
		Response     map[string]string `json:"responseElements"`
		S3           eventEntity       `json:"s3"`
	}
	principalID struct {
		ID string `json:"principalId"`
	}
	eventEntity struct {
		SchemaVersion   string      `json:"s3SchemaVersion"`
		ConfigurationID string      `json:"configurationId"`
		Bucket          eventBucket `json:"bucket"`
		Object          eventObject `json:"object"`
	}
	eventBucket struct {
		Name  string      `json:"name"`
		Owner principalID `json:"ownerIdentity"`
		ARN   string      `json:"arn"`
	}
	eventObject struct {
		Key       string `json:"key"`
		Size      *int64 `json:"size,omitempty"`
		ETag      string `json:"eTag,omitempty"`
		VersionID string `json:"versionId,omitempty"`
		Sequencer string `json:"sequencer"`
	}
)

// emptyETag is the MD5 of nothing, which notifications of delete markers carry.
const emptyETag = "d41d8cd98f00b204e9800998ecf8427e"

// notify tells the bucket's destinations of an event. v is the version that came
// or went.
func (s *Service) notify(r *request, b *bucket, name, key string, v *version) {
	s.mu.Lock()
	cfg := b.notification
	record := s.record(r, b, name, key, v)
	s.mu.Unlock()
	for _, d := range cfg.Lambdas {
		if event, ok := record.forDestination(d, name, key); ok {
			s.events.Send(func() { s.opt.Invoker.InvokeAsync(s.invocation(b, d, event)) })
		}
	}
	for _, d := range cfg.Topics {
		if event, ok := record.forDestination(d, name, key); ok {
			s.events.Send(func() { s.opt.Publisher.PublishAs(s.publication(b, d, event)) })
		}
	}
}

// forDestination is the event as JSON, if the destination wants it.
func (e eventRecord) forDestination(d destination, name, key string) ([]byte, bool) {
	if !d.wants(name, key) {
		return nil, false
	}
	e.S3.ConfigurationID = d.ID
	b, err := json.Marshal(eventMessage{[]eventRecord{e}})
	return b, err == nil
}

// record makes the event's record. s.mu is held.
func (s *Service) record(r *request, b *bucket, name, key string, v *version) eventRecord {
	now := s.opt.Clock()
	s.sequence = max(s.sequence+1, now.UnixNano())
	host, _, err := net.SplitHostPort(r.HTTP.RemoteAddr)
	if err != nil {
		host = r.HTTP.RemoteAddr
	}
	o := eventObject{Key: encodeKey(key), Sequencer: fmt.Sprintf("%018X", s.sequence)}
	if v.deleteMarker {
		if name == "ObjectRemoved:DeleteMarkerCreated" {
			o.ETag = emptyETag
		}
	} else {
		size := v.size()
		o.Size, o.ETag = &size, v.etag
	}
	if v.id != "null" {
		o.VersionID = v.id
	}
	return eventRecord{
		EventVersion: "2.1", EventSource: "aws:s3", AWSRegion: b.region, EventTime: isoTime(now), EventName: name,
		UserIdentity: principalID{"AWS:" + r.Caller.UserID},
		Parameters:   map[string]string{"sourceIPAddress": host},
		Response:     map[string]string{"x-amz-request-id": r.RequestID, "x-amz-id-2": r.hostID},
		S3: eventEntity{
			SchemaVersion: "1.0",
			Bucket:        eventBucket{b.name, principalID{customerID(b.owner)}, b.arn()},
			Object:        o,
		},
	}
}

// testEvent is what S3 sends to a topic when it is made a destination.
func (s *Service) testEvent(r *request) []byte {
	b, _ := json.Marshal(struct {
		Service, Event, Time, Bucket string
		RequestID                    string `json:"RequestId"`
		HostID                       string `json:"HostId"`
	}{"Amazon S3", "s3:TestEvent", isoTime(s.opt.Clock()), r.bucket, r.RequestID, r.hostID})
	return b
}

func (s *Service) invocation(b *bucket, d destination, event []byte) api.Invocation {
	return api.Invocation{FunctionARN: d.Function, SourceService: servicePrincipal, SourceARN: b.arn(), SourceAccount: b.owner, Event: event}
}

func (s *Service) publication(b *bucket, d destination, event []byte) api.Publication {
	return api.Publication{
		TopicARN: d.Topic, SourceService: servicePrincipal, SourceARN: b.arn(), SourceAccount: b.owner,
		Subject: "Amazon S3 Notification", Message: string(event),
	}
}
