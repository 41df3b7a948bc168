package cloudformation

import (
	"cmp"
	"context"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Log groups and schedule rules belong to services that the sandbox does not have.
// They are records here, under their ARN; the caller still needs the permissions
// that making them takes.

// Schedule is a rule of EventBridge that fires on a schedule.
type Schedule struct {
	Account    string
	Region     string
	RuleARN    string
	Expression string // rate(...) or cron(...)
	Enabled    bool
	Targets    []ScheduleTarget
}

// ScheduleTarget is what a schedule calls.
type ScheduleTarget struct {
	ID    string
	ARN   string // of a Lambda function
	Input string // JSON; empty means the scheduled event itself
}

// record is a resource without a service.
type record struct {
	arn      string
	schedule *Schedule
}

// Schedules lists the rules of all accounts, by ARN.
func (s *Service) Schedules() []Schedule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Schedule
	for _, r := range s.records {
		if r.schedule != nil {
			out = append(out, *r.schedule)
		}
	}
	slices.SortFunc(out, func(a, b Schedule) int { return cmp.Compare(a.RuleARN, b.RuleARN) })
	return out
}

// may asks whether the caller may do action on a record.
func (w *work) may(ctx context.Context, action, arn string) error {
	call, err := newCall(ctx, w.caller, Request{Service: "cloudformation", Region: w.region}, w.service.opt.Clock)
	if err != nil {
		return err
	}
	if e := w.service.opt.Auth.Authorize(call, api.Ask{Action: action, Resource: arn, ResourceAccount: w.account}); e != nil {
		return &remoteError{Service: "cloudformation", Status: e.Status, Code: e.Code, Message: e.Message, RequestID: call.RequestID}
	}
	return nil
}

func (w *work) putRecord(arn string, r record) {
	w.service.mu.Lock()
	defer w.service.mu.Unlock()
	w.service.records[arn] = r
}

// dropRecord removes the work's record.
func (w *work) dropRecord(ctx context.Context, action string) error {
	arn := asText(w.attributes["Arn"])
	if err := w.may(ctx, action, arn); err != nil {
		return err
	}
	w.service.mu.Lock()
	defer w.service.mu.Unlock()
	delete(w.service.records, arn)
	return nil
}

// newRecord checks permission and that the ARN is free.
func (w *work) newRecord(ctx context.Context, arn, name string, actions ...string) error {
	for _, action := range actions {
		if err := w.may(ctx, action, arn); err != nil {
			return err
		}
	}
	w.service.mu.Lock()
	defer w.service.mu.Unlock()
	if _, taken := w.service.records[arn]; taken {
		return alreadyExists(name)
	}
	w.service.records[arn] = record{arn: arn}
	w.physicalID = name
	w.set("Arn", arn)
	return nil
}

func logGroupType() *resourceType {
	return &resourceType{
		named:      "LogGroupName",
		attributes: []string{"Arn"},
		properties: map[string]property{
			"LogGroupName": text().replacing(), "RetentionInDays": integer(), "KmsKeyId": text(),
			"LogGroupClass": text().replacing(), "Tags": tagList(),
		},
		create: func(ctx context.Context, w *work) error {
			name := w.name("LogGroupName", 512)
			actions := []string{"logs:CreateLogGroup"}
			if w.given("RetentionInDays") {
				actions = append(actions, "logs:PutRetentionPolicy")
			}
			return w.newRecord(ctx, w.arn("logs", "log-group:"+name+":*"), name, actions...)
		},
		update: func(ctx context.Context, w *work) error {
			if !w.changed("RetentionInDays") {
				return nil
			}
			return w.may(ctx, "logs:PutRetentionPolicy", asText(w.attributes["Arn"]))
		},
		delete: func(ctx context.Context, w *work) error { return w.dropRecord(ctx, "logs:DeleteLogGroup") },
	}
}

func scheduleType() *resourceType {
	return &resourceType{
		named:      "Name",
		attributes: []string{"Arn"},
		properties: map[string]property{
			"Name": text().replacing(), "Description": text(), "ScheduleExpression": text().must(), "State": text(),
			"Tags": tagList(),
			"Targets": listOf(object(map[string]property{
				"Id": text().must(), "Arn": text().must(), "Input": text(),
				"RetryPolicy":      object(map[string]property{"MaximumEventAgeInSeconds": integer(), "MaximumRetryAttempts": integer()}),
				"DeadLetterConfig": object(map[string]property{"Arn": text()}),
			})),
		},
		create: func(ctx context.Context, w *work) error {
			name := w.name("Name", 64)
			arn := w.arn("events", "rule/"+name)
			if err := w.newRecord(ctx, arn, name, "events:PutRule", "events:PutTargets"); err != nil {
				return err
			}
			w.putRecord(arn, record{arn: arn, schedule: scheduleOf(w)})
			return nil
		},
		update: func(ctx context.Context, w *work) error {
			arn := asText(w.attributes["Arn"])
			if err := w.may(ctx, "events:PutRule", arn); err != nil {
				return err
			}
			w.putRecord(arn, record{arn: arn, schedule: scheduleOf(w)})
			return nil
		},
		delete: func(ctx context.Context, w *work) error { return w.dropRecord(ctx, "events:DeleteRule") },
	}
}

func scheduleOf(w *work) *Schedule {
	out := &Schedule{
		Account: w.account, Region: w.region, RuleARN: asText(w.attributes["Arn"]),
		Expression: w.text("ScheduleExpression"), Enabled: w.text("State") != "DISABLED",
	}
	for _, item := range asList(w.props["Targets"]) {
		t := asMap(item)
		out.Targets = append(out.Targets, ScheduleTarget{asText(t["Id"]), asText(t["Arn"]), asText(t["Input"])})
	}
	return out
}
