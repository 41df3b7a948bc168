package sandbox

import (
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
)

// keepSchedules fires the schedules of the deployed stacks, as EventBridge does.
func (s *Sandbox) keepSchedules() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := map[string]time.Time{}
	for {
		select {
		case <-s.closing.Done():
			return
		case <-tick.C:
			s.fireDue(last, s.opts.Clock())
		}
	}
}

// fireDue fires what is due. last holds when each rule was first seen, then fired.
func (s *Sandbox) fireDue(last map[string]time.Time, now time.Time) {
	for _, rule := range s.services.stacks.Schedules() {
		every, ok := rate(rule.Expression)
		since, seen := last[rule.RuleARN]
		if !seen {
			last[rule.RuleARN] = now
		}
		if !ok || !seen || !rule.Enabled || now.Sub(since) < every {
			continue
		}
		last[rule.RuleARN] = now
		s.fire(rule)
	}
}

func (s *Sandbox) fire(rule cloudformation.Schedule) {
	for _, target := range rule.Targets {
		event := target.Input
		if event == "" {
			event = `{"source":"aws.events","detail-type":"Scheduled Event","detail":{},"resources":["` + rule.RuleARN + `"]}`
		}
		// A refusal is the rule's own affair, as it is on AWS.
		_ = s.services.lambda.InvokeAsync(api.Invocation{
			FunctionARN: target.ARN, SourceService: "events.amazonaws.com", SourceARN: rule.RuleARN, SourceAccount: rule.Account,
			Event: []byte(event),
		})
	}
}

// rate reads a schedule expression of the form rate(5 minutes); cron is not fired.
func rate(expression string) (time.Duration, bool) {
	inner, ok := strings.CutPrefix(expression, "rate(")
	if !ok {
		return 0, false
	}
	number, unit, _ := strings.Cut(strings.TrimSuffix(inner, ")"), " ")
	n, err := strconv.Atoi(number)
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	per := units[strings.TrimSuffix(unit, "s")]
	return time.Duration(n) * per, err == nil && n > 0 && per > 0
}
