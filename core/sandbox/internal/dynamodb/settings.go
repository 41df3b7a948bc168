package dynamodb

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// pointInTimeRecovery is the state of continuous backups that are switched on.
type pointInTimeRecovery struct {
	since time.Time
	days  int
}

const defaultRecoveryDays = 35

type continuousBackupsInput struct {
	TableName                        string
	PointInTimeRecoverySpecification *struct {
		PointInTimeRecoveryEnabled *bool
		RecoveryPeriodInDays       *int
	}
}

func (s *Service) updateContinuousBackups(c *api.Call, in *continuousBackupsInput) (any, *api.Error) {
	var v violations
	spec := in.PointInTimeRecoverySpecification
	v.notNull(spec != nil, "pointInTimeRecoverySpecification")
	if spec != nil {
		v.notNull(spec.PointInTimeRecoveryEnabled != nil, "pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled")
		v.atLeast(spec.RecoveryPeriodInDays, "pointInTimeRecoverySpecification.recoveryPeriodInDays", 1)
		v.atMost(spec.RecoveryPeriodInDays, "pointInTimeRecoverySpecification.recoveryPeriodInDays", defaultRecoveryDays)
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	return s.changeTable(c, "UpdateContinuousBackups", in.TableName, func(t *table) (any, *api.Error) {
		now := s.opts.Clock()
		switch {
		case !*spec.PointInTimeRecoveryEnabled:
			t.pitr = nil
		case t.pitr == nil:
			t.pitr = &pointInTimeRecovery{since: now, days: defaultRecoveryDays}
		}
		if t.pitr != nil && spec.RecoveryPeriodInDays != nil {
			t.pitr.days = *spec.RecoveryPeriodInDays
		}
		return t.describeBackups(now), nil
	})
}

func (s *Service) describeContinuousBackups(c *api.Call, in *tableInput) (any, *api.Error) {
	return s.readSettings(c, "DescribeContinuousBackups", in.TableName, func(t *table) any {
		return t.describeBackups(s.opts.Clock())
	})
}

func (t *table) describeBackups(now time.Time) any {
	recovery := map[string]any{"PointInTimeRecoveryStatus": "DISABLED"}
	if t.pitr != nil {
		recovery["PointInTimeRecoveryStatus"] = "ENABLED"
		recovery["RecoveryPeriodInDays"] = t.pitr.days
		recovery["EarliestRestorableDateTime"] = unixSeconds(t.pitr.since)
		recovery["LatestRestorableDateTime"] = unixSeconds(now)
	}
	return map[string]any{"ContinuousBackupsDescription": map[string]any{
		"ContinuousBackupsStatus":        "ENABLED",
		"PointInTimeRecoveryDescription": recovery,
	}}
}

// readSettings authorises and answers a question about one table.
func (s *Service) readSettings(c *api.Call, action, name string, read func(*table) any) (any, *api.Error) {
	ref, err := s.tableRef(c, name)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, action, ref, "", nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[ref]
	if t == nil {
		return nil, fault("TableNotFoundException", "Table not found: %s", ref.name)
	}
	return read(t), nil
}

type timeToLiveInput struct {
	TableName               string
	TimeToLiveSpecification *struct {
		Enabled       *bool
		AttributeName string
	}
}

// updateTimeToLive records the setting; items are not expired by it.
func (s *Service) updateTimeToLive(c *api.Call, in *timeToLiveInput) (any, *api.Error) {
	var v violations
	spec := in.TimeToLiveSpecification
	v.notNull(spec != nil, "timeToLiveSpecification")
	if spec != nil {
		v.notNull(spec.Enabled != nil, "timeToLiveSpecification.enabled")
		v.notNull(spec.AttributeName != "", "timeToLiveSpecification.attributeName")
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	return s.changeTable(c, "UpdateTimeToLive", in.TableName, func(t *table) (any, *api.Error) {
		switch enable := *spec.Enabled; {
		case enable && t.ttl != "":
			return nil, invalid("TimeToLive is already enabled")
		case !enable && t.ttl == "":
			return nil, invalid("TimeToLive is already disabled")
		case !enable && t.ttl != spec.AttributeName:
			return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.ttl)
		case enable:
			t.ttl = spec.AttributeName
		default:
			t.ttl = ""
		}
		return map[string]any{"TimeToLiveSpecification": map[string]any{"Enabled": *spec.Enabled, "AttributeName": spec.AttributeName}}, nil
	})
}

func (s *Service) describeTimeToLive(c *api.Call, in *tableInput) (any, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, "DescribeTimeToLive", ref, "", nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[ref]
	if t == nil {
		return nil, tableNotFound(ref.name)
	}
	d := map[string]any{"TimeToLiveStatus": "DISABLED"}
	if t.ttl != "" {
		d = map[string]any{"TimeToLiveStatus": "ENABLED", "AttributeName": t.ttl}
	}
	return map[string]any{"TimeToLiveDescription": d}, nil
}

type tagsInput struct {
	ResourceArn string
	Tags        []tag
	TagKeys     []string
	NextToken   string
}

// checkTags validates tags to add.
func checkTags(tags []tag) *api.Error {
	var v violations
	for i, t := range tags {
		at := fmt.Sprintf("tags.%d.member.", i+1)
		v.notNull(t.Key != "", at+"key")
		if len(t.Key) > 128 {
			v.add(t.Key, at+"key", "Member must have length less than or equal to 128")
		}
		if len(t.Value) > 256 {
			v.add(t.Value, at+"value", "Member must have length less than or equal to 256")
		}
	}
	if err := v.err(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[t.Key] {
			return invalid("Two or more tags have the same key: %s", t.Key)
		}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return invalid("Tag keys starting with aws: are reserved for system use")
		}
		seen[t.Key] = true
	}
	if len(tags) > maxTags {
		return fault("LimitExceededException", "One or more parameter values were invalid: Number of tags exceeds the limit of %d", maxTags)
	}
	return nil
}

// withTags runs an operation on the tags of the table with an ARN.
func (s *Service) withTags(c *api.Call, action string, in *tagsInput, f func(*table) (any, *api.Error)) (any, *api.Error) {
	if !strings.HasPrefix(in.ResourceArn, "arn:") {
		return nil, invalid("Invalid TableArn: Invalid ResourceArn provided as input %s", in.ResourceArn)
	}
	ref, err := parseARN(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, action, ref, "", nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[ref]
	if t == nil {
		return nil, fault("ResourceNotFoundException", "Requested resource not found: ResourcArn: %s not found", in.ResourceArn)
	}
	return f(t)
}

func (s *Service) tagResource(c *api.Call, in *tagsInput) (any, *api.Error) {
	if len(in.Tags) == 0 {
		return nil, invalid("Atleast one Tag needs to be provided as Input.")
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	return s.withTags(c, "TagResource", in, func(t *table) (any, *api.Error) {
		merged := slices.DeleteFunc(slices.Clone(t.tags), func(old tag) bool {
			return slices.ContainsFunc(in.Tags, func(n tag) bool { return n.Key == old.Key })
		})
		merged = append(merged, in.Tags...)
		if err := checkTags(merged); err != nil {
			return nil, err
		}
		t.tags = merged
		return struct{}{}, nil
	})
}

func (s *Service) untagResource(c *api.Call, in *tagsInput) (any, *api.Error) {
	if len(in.TagKeys) == 0 {
		return nil, invalid("Atleast one Tag Key needs to be provided as Input.")
	}
	return s.withTags(c, "UntagResource", in, func(t *table) (any, *api.Error) {
		t.tags = slices.DeleteFunc(slices.Clone(t.tags), func(old tag) bool { return slices.Contains(in.TagKeys, old.Key) })
		return struct{}{}, nil
	})
}

func (s *Service) listTagsOfResource(c *api.Call, in *tagsInput) (any, *api.Error) {
	return s.withTags(c, "ListTagsOfResource", in, func(t *table) (any, *api.Error) {
		return map[string]any{"Tags": append([]tag{}, t.tags...)}, nil
	})
}
