package lambda

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Limits of asynchronous invocation ("Asynchronous invocation", Lambda Developer
// Guide).
const (
	maxRetries  = 2
	maxEventAge = 6 * time.Hour
)

// eventInvokeConfig is how asynchronous events are handled.
type eventInvokeConfig struct {
	MaximumRetryAttempts     *int
	MaximumEventAgeInSeconds *int
	DestinationConfig        destinations
	modified                 time.Time
}

type destinations struct {
	OnSuccess destination
	OnFailure destination
}

type destination struct {
	Destination string `json:",omitempty"`
}

func (c *eventInvokeConfig) retries() int {
	if c == nil {
		return maxRetries
	}
	return value(c.MaximumRetryAttempts, maxRetries)
}

func (c *eventInvokeConfig) age() time.Duration {
	if c == nil || c.MaximumEventAgeInSeconds == nil {
		return maxEventAge
	}
	return time.Duration(*c.MaximumEventAgeInSeconds) * time.Second
}

func (c *eventInvokeConfig) describe(f function) map[string]any {
	out := map[string]any{
		"FunctionArn": f.arn + ":$LATEST", "LastModified": float64(c.modified.UnixMilli()) / 1000,
		"DestinationConfig": c.DestinationConfig,
	}
	if c.MaximumRetryAttempts != nil {
		out["MaximumRetryAttempts"] = *c.MaximumRetryAttempts
	}
	if c.MaximumEventAgeInSeconds != nil {
		out["MaximumEventAgeInSeconds"] = *c.MaximumEventAgeInSeconds
	}
	return out
}

func (s *Service) putEventInvokeConfig(r *request) *api.Error {
	return s.setEventInvokeConfig(r, "lambda:PutFunctionEventInvokeConfig", eventInvokeConfig{})
}

func (s *Service) updateEventInvokeConfig(r *request) *api.Error {
	base := eventInvokeConfig{}
	if arn, err := resolve(r.Call, r.name); err == nil {
		s.mu.Lock()
		if f := s.functions[arn]; f != nil && f.async != nil {
			base = *f.async
		}
		s.mu.Unlock()
	}
	return s.setEventInvokeConfig(r, "lambda:UpdateFunctionEventInvokeConfig", base)
}

func (s *Service) setEventInvokeConfig(r *request, action string, next eventInvokeConfig) *api.Error {
	if err := s.open(r, action); err != nil {
		return err
	}
	if err := r.read(&next); err != nil {
		return err
	}
	if n := value(next.MaximumRetryAttempts, 0); n < 0 || n > maxRetries {
		return errValidation("maximumRetryAttempts", "")
	}
	if n := value(next.MaximumEventAgeInSeconds, 60); n < 60 || n > 21600 {
		return errValidation("maximumEventAgeInSeconds", "")
	}
	for _, target := range []string{next.DestinationConfig.OnFailure.Destination, next.DestinationConfig.OnSuccess.Destination} {
		if err := s.checkTarget(r.f, target, "The destination ARN is invalid."); err != nil {
			return err
		}
	}
	next.modified = s.opt.Clock()
	if err := s.change(r, func(f *function) { f.async = &next }); err != nil {
		return err
	}
	return r.write(http.StatusOK, next.describe(r.f))
}

func errNoEventInvokeConfig(f function) *api.Error {
	return api.Errorf(404, "ResourceNotFoundException", "The function %s:$LATEST doesn't have an EventInvokeConfig", f.arn)
}

func (s *Service) getEventInvokeConfig(r *request) *api.Error {
	if err := s.open(r, "lambda:GetFunctionEventInvokeConfig"); err != nil {
		return err
	}
	if r.f.async == nil {
		return errNoEventInvokeConfig(r.f)
	}
	return r.write(http.StatusOK, r.f.async.describe(r.f))
}

func (s *Service) deleteEventInvokeConfig(r *request) *api.Error {
	if err := s.open(r, "lambda:DeleteFunctionEventInvokeConfig"); err != nil {
		return err
	}
	if r.f.async == nil {
		return errNoEventInvokeConfig(r.f)
	}
	if err := s.change(r, func(f *function) { f.async = nil }); err != nil {
		return err
	}
	return r.write(http.StatusNoContent, nil)
}

func (s *Service) putConcurrency(r *request) *api.Error {
	if err := s.open(r, "lambda:PutFunctionConcurrency"); err != nil {
		return err
	}
	var in struct{ ReservedConcurrentExecutions *int }
	if err := r.read(&in); err != nil {
		return err
	}
	n := in.ReservedConcurrentExecutions
	switch {
	case n == nil || *n < 0:
		return errValidation("reservedConcurrentExecutions", "")
	case *n > 900:
		return errInvalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].")
	}
	if err := s.change(r, func(f *function) { f.reserved = n }); err != nil {
		return err
	}
	s.start() // a higher limit may let queued events run
	return r.write(http.StatusOK, map[string]int{"ReservedConcurrentExecutions": *n})
}

func (s *Service) getConcurrency(r *request) *api.Error {
	if err := s.open(r, "lambda:GetFunctionConcurrency"); err != nil {
		return err
	}
	if r.f.reserved == nil {
		return r.write(http.StatusOK, struct{}{})
	}
	return r.write(http.StatusOK, map[string]int{"ReservedConcurrentExecutions": *r.f.reserved})
}

func (s *Service) deleteConcurrency(r *request) *api.Error {
	if err := s.open(r, "lambda:DeleteFunctionConcurrency"); err != nil {
		return err
	}
	if err := s.change(r, func(f *function) { f.reserved = nil }); err != nil {
		return err
	}
	s.start()
	return r.write(http.StatusNoContent, nil)
}

// getCodeSigningConfig answers for functions that have none, which are all.
func (s *Service) getCodeSigningConfig(r *request) *api.Error {
	if err := s.open(r, "lambda:GetFunctionCodeSigningConfig"); err != nil {
		return err
	}
	return r.write(http.StatusOK, map[string]string{"FunctionName": r.f.name})
}

func (s *Service) listTags(r *request) *api.Error {
	if err := s.open(r, "lambda:ListTags"); err != nil {
		return err
	}
	tags := r.f.tags
	if tags == nil {
		tags = map[string]string{}
	}
	return r.write(http.StatusOK, map[string]any{"Tags": tags})
}

func (s *Service) tagResource(r *request) *api.Error {
	if err := s.open(r, "lambda:TagResource"); err != nil {
		return err
	}
	var in struct{ Tags map[string]string }
	if err := r.read(&in); err != nil {
		return err
	}
	for k := range in.Tags {
		if k == "" || len(k) > 128 || strings.HasPrefix(strings.ToLower(k), "aws:") {
			return errInvalid("The tag key %q is not valid", k)
		}
	}
	return s.retag(r, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

func (s *Service) untagResource(r *request) *api.Error {
	if err := s.open(r, "lambda:UntagResource"); err != nil {
		return err
	}
	return s.retag(r, func(tags map[string]string) {
		for _, k := range r.HTTP.URL.Query()["tagKeys"] {
			delete(tags, k)
		}
	})
}

// retag changes a copy of the function's tags.
func (s *Service) retag(r *request, edit func(map[string]string)) *api.Error {
	err := s.change(r, func(f *function) {
		tags := map[string]string{}
		maps.Copy(tags, f.tags)
		edit(tags)
		f.tags = tags
	})
	if err != nil {
		return err
	}
	return r.write(http.StatusNoContent, nil)
}
