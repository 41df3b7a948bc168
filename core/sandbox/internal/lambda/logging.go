package lambda

import (
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// log asks for what the runtime needs to write a run's log, as the execution role
// (Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs"). The
// sandbox keeps no logs; as in Lambda, a role that may not write them loses them, and
// the function runs all the same.
func (s *Service) log(f function, key, stream string) {
	group := f.logGroup()
	if group == "" || s.opt.Callers == nil {
		return
	}
	found, ok := s.opt.Callers.AccessKey(key)
	if !ok {
		return
	}
	arn := "arn:" + api.PartitionOf(f.region) + ":logs:" + f.region + ":" + f.account + ":log-group:" + group + ":"
	if s.ask(f, found.Caller, "logs:CreateLogStream", arn+"*") == nil {
		_ = s.ask(f, found.Caller, "logs:PutLogEvents", arn+"log-stream:"+stream)
	}
}

// logGroup is the log group that the function's configuration names; empty for none.
func (f *function) logGroup() string {
	if f.config.LoggingConfig == nil {
		return ""
	}
	return f.config.LoggingConfig.LogGroup
}

// ask asks whether a session of the execution role may do action.
func (s *Service) ask(f function, caller api.Caller, action, resource string) *api.Error {
	service, operation, _ := strings.Cut(action, ":")
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "https://"+service+"."+f.region+".amazonaws.com/", nil)
	if err != nil {
		return api.Errorf(http.StatusInternalServerError, "ServiceException", "%v", err)
	}
	c := &api.Call{
		Service: service, Operation: operation, Region: f.region, RequestID: s.newID(), Now: s.opt.Clock(), HTTP: req, Caller: caller,
	}
	return s.opt.Auth.Authorize(c, api.Ask{Action: action, Resource: resource, ResourceAccount: strings.Split(resource, ":")[4]})
}
