package s3

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const servicePrincipal = "s3.amazonaws.com"

// notificationConfiguration is a bucket's notification configuration.
type notificationConfiguration struct {
	XMLName     xml.Name      `xml:"NotificationConfiguration"`
	NS          string        `xml:"xmlns,attr,omitempty"`
	Topics      []destination `xml:"TopicConfiguration"`
	Lambdas     []destination `xml:"CloudFunctionConfiguration"`
	Queues      []destination `xml:"QueueConfiguration"`
	EventBridge *struct{}     `xml:"EventBridgeConfiguration"`
}

// destination is one TopicConfiguration or CloudFunctionConfiguration.
type destination struct {
	ID       string       `xml:"Id"`
	Topic    string       `xml:"Topic,omitempty"`
	Function string       `xml:"CloudFunction,omitempty"`
	Events   []string     `xml:"Event"`
	Filters  []filterRule `xml:"Filter>S3Key>FilterRule,omitempty"`
}

type filterRule struct {
	Name  string
	Value string
}

func (d destination) target() string { return d.Topic + d.Function }

// filter is the value of the prefix or suffix rule.
func (d destination) filter(name string) string {
	for _, f := range d.Filters {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// wants reports whether an event ("ObjectCreated:Put") of key goes to d.
func (d destination) wants(event, key string) bool {
	if !strings.HasPrefix(key, d.filter("prefix")) || !strings.HasSuffix(key, d.filter("suffix")) {
		return false
	}
	return slices.ContainsFunc(d.Events, func(pattern string) bool { return covers(pattern, "s3:"+event) })
}

// covers reports whether an event type, maybe with "*", includes another.
func covers(pattern, event string) bool {
	if stem, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(event, stem)
	}
	return pattern == event
}

// eventTypes are the supported event types of the S3 User Guide.
var eventTypes = []string{
	"s3:TestEvent",
	"s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload",
	"s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
	"s3:ObjectRestore:*", "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete",
	"s3:ReducedRedundancyLostObject",
	"s3:Replication:*", "s3:Replication:OperationFailedReplication", "s3:Replication:OperationMissedThreshold",
	"s3:Replication:OperationReplicatedAfterThreshold", "s3:Replication:OperationNotTracked",
	"s3:LifecycleExpiration:*", "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated",
	"s3:LifecycleTransition", "s3:IntelligentTiering", "s3:ObjectAcl:Put",
	"s3:ObjectTagging:*", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete",
}

func (s *Service) getNotification(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketNotification", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	out := r.b.notification
	s.mu.Unlock()
	out.XMLName, out.NS = xml.Name{}, xmlns
	return writeXML(r, out)
}

func (s *Service) putNotification(r *request) *api.Error {
	if err := s.allow(r, "s3:PutBucketNotification", "", nil); err != nil {
		return err
	}
	var in notificationConfiguration
	if err := readXML(r, &in); err != nil {
		return err
	}
	switch {
	case in.EventBridge != nil:
		return errNotImplemented("EventBridgeConfiguration")
	case len(in.Queues) > 0:
		return errNotImplemented("QueueConfiguration")
	}
	if err := s.checkDestinations(&in); err != nil {
		return err
	}
	if !strings.EqualFold(r.header("x-amz-skip-destination-validation"), "true") {
		if err := s.probe(r, in); err != nil {
			return err
		}
	}
	s.mu.Lock()
	r.b.notification = in
	s.mu.Unlock()
	return writeStatus(r, http.StatusOK)
}

// checkDestinations checks the configuration by itself and names what has no ID.
func (s *Service) checkDestinations(in *notificationConfiguration) *api.Error {
	var all []destination
	for _, list := range [][]destination{in.Topics, in.Lambdas} {
		for i := range list {
			d := &list[i]
			if d.ID == "" {
				d.ID = encodeToken(string(s.bytes(36)))
			}
			if err := checkDestination(*d); err != nil {
				return err
			}
			for _, other := range all {
				if overlap(*d, other) {
					return errInvalidArgument("Configurations overlap. Configurations on the same bucket cannot share a common event type.", "", "")
				}
			}
			all = append(all, *d)
		}
	}
	return nil
}

func checkDestination(d destination) *api.Error {
	if len(d.Events) == 0 {
		return errMalformedXML()
	}
	for _, e := range d.Events {
		if !slices.Contains(eventTypes, e) {
			return errInvalidArgument("The event '"+e+"' is not supported for notifications", "Event", e)
		}
	}
	if !strings.HasPrefix(d.target(), "arn:") {
		return errInvalidArgument("The ARN could not be parsed", d.target(), "null")
	}
	seen := map[string]bool{}
	for _, f := range d.Filters {
		name := strings.ToLower(f.Name)
		switch {
		case name != "prefix" && name != "suffix":
			return errInvalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", f.Name)
		case seen[name]:
			return errInvalidArgument("Cannot specify more than one "+name+" rule in a filter.", "FilterRule", name)
		}
		seen[name] = true
	}
	return nil
}

// overlap reports whether one event of one key could go to both.
func overlap(a, b destination) bool {
	related := func(x, y string, within func(string, string) bool) bool { return within(x, y) || within(y, x) }
	if !related(a.filter("prefix"), b.filter("prefix"), strings.HasPrefix) || !related(a.filter("suffix"), b.filter("suffix"), strings.HasSuffix) {
		return false
	}
	return slices.ContainsFunc(a.Events, func(x string) bool {
		return slices.ContainsFunc(b.Events, func(y string) bool { return covers(x, y) || covers(y, x) })
	})
}

// probe finds out whether S3 may reach the destinations: a topic gets the test
// message that S3 sends, a function is asked without being invoked.
func (s *Service) probe(r *request, in notificationConfiguration) *api.Error {
	for _, d := range in.Lambdas {
		checker, ok := s.opt.Invoker.(api.InvocationChecker)
		switch {
		case s.opt.Invoker == nil:
			return unreachable(d)
		case ok && checker.CheckInvoke(s.invocation(r.b, d, nil)) != nil:
			return unreachable(d)
		}
	}
	for _, d := range in.Topics {
		if s.opt.Publisher == nil || s.opt.Publisher.PublishAs(s.publication(r.b, d, s.testEvent(r))) != nil {
			return unreachable(d)
		}
	}
	return nil
}

func unreachable(d destination) *api.Error {
	e := fail(400, "InvalidArgument", "Unable to validate the following destination configurations")
	kind := "Not authorized to invoke function [" + d.Function + "]"
	if d.Topic != "" {
		kind = "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"
	}
	return with(with(e, "ArgumentName1", d.target()+", null"), "ArgumentValue1", kind)
}
