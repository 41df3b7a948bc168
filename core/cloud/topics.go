package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"golang.org/x/sync/errgroup"

	"github.com/cross-account-manager/cam/core"
)

// Topics are the installation's topics. It implements core.Publisher and, for the
// account topic, core.TopicGate.
type Topics struct {
	sns     *sns.Client
	account core.AccountID // the master account, which owns them
	region  string
}

// Topics opens the topics of the master account in a region. A sub-account publishes
// to the master's region, so the region need not be the client's.
func (c *Client) Topics(master core.AccountID, region string) *Topics {
	client := sns.NewFromConfig(c.cfg, func(o *sns.Options) { o.Region = region })
	return &Topics{sns: client, account: master, region: region}
}

// ARN is the ARN of a topic.
func (t *Topics) ARN(topic core.Topic) string { return TopicARN(t.account, t.region, topic) }

// TopicARN is the ARN of an installation's topic.
func TopicARN(master core.AccountID, region string, topic core.Topic) string {
	return fmt.Sprintf("arn:%s:sns:%s:%s:%s", core.PartitionOf(region), region, master, topic)
}

// SNS's limits of one PublishBatch (SNS API Reference, "PublishBatch").
const (
	batchEntries = 10
	batchBytes   = 256 << 10
)

// Publish implements core.Publisher.
func (t *Topics) Publish(ctx context.Context, topic core.Topic, events ...core.Event) error {
	bodies := make([]string, len(events))
	for i := range events {
		body, err := json.Marshal(events[i])
		if err != nil {
			return core.Errorf(core.CodeMalformed, "encoding an event: %w", err)
		}
		bodies[i] = string(body)
	}
	arn := t.ARN(topic)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(publishParallel)
	for len(bodies) > 0 {
		n := batch(bodies)
		now := bodies[:n]
		g.Go(func() error { return t.publish(ctx, arn, now) })
		bodies = bodies[n:]
	}
	return wrap(g.Wait(), "publishing to %s", topic)
}

// publishParallel is how many batches are under way at once.
const publishParallel = 8

// batch counts how many of the messages fit into one request: one at least, which SNS
// refuses if it is too large alone.
func batch(bodies []string) int {
	n, size := 1, len(bodies[0])
	for n < min(len(bodies), batchEntries) && size+len(bodies[n]) <= batchBytes {
		size += len(bodies[n])
		n++
	}
	return n
}

// publish sends a batch and, for a few rounds, what AWS could not take of it.
func (t *Topics) publish(ctx context.Context, arn string, bodies []string) error {
	entries := make([]types.PublishBatchRequestEntry, len(bodies))
	for i := range bodies {
		entries[i] = types.PublishBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), Message: &bodies[i]}
	}
	for round := 0; ; round++ {
		out, err := t.sns.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: &arn, PublishBatchRequestEntries: entries})
		if err != nil {
			return err
		}
		if len(out.Failed) == 0 {
			return nil
		}
		if err := refusal(out.Failed, len(entries), round == 5); err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e types.PublishBatchRequestEntry) bool {
			return !slices.ContainsFunc(out.Failed, func(f types.BatchResultErrorEntry) bool { return aws.ToString(f.Id) == aws.ToString(e.Id) })
		})
		if err := pause(ctx, round+4); err != nil {
			return err
		}
	}
}

// refusal is the error of messages that SNS will not take, or has not taken in the
// last round; nil if it is worth trying again.
func refusal(failed []types.BatchResultErrorEntry, of int, last bool) error {
	code, worst := core.CodeUnavailable, failed[0]
	if i := slices.IndexFunc(failed, func(f types.BatchResultErrorEntry) bool { return f.SenderFault }); i >= 0 {
		code, worst = core.CodeMalformed, failed[i]
	} else if !last {
		return nil
	}
	return &core.Error{
		Code: code, AWSCode: aws.ToString(worst.Code),
		Message: fmt.Sprintf("%d of %d messages were not taken: %s (%s)", len(failed), of, aws.ToString(worst.Message), aws.ToString(worst.Code)),
	}
}

// registrationSid marks the statement of the account topic's policy that Permit writes.
const registrationSid = "Registrations"

// Permit implements core.TopicGate: it replaces one statement of the account topic's
// policy and leaves the others alone.
func (t *Topics) Permit(ctx context.Context, accounts []core.AccountID) error {
	arn := t.ARN(core.AccountTopic)
	out, err := t.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return wrap(err, "reading the policy of %s", core.AccountTopic)
	}
	document, err := permit(out.Attributes["Policy"], arn, accounts)
	if err != nil || sameDocument(document, out.Attributes["Policy"]) {
		return err
	}
	_, err = t.sns.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: &arn, AttributeName: aws.String("Policy"), AttributeValue: &document,
	})
	return wrap(err, "permitting %d accounts to publish to %s", len(accounts), core.AccountTopic)
}

// permit rewrites a topic policy. Accounts are matched by a condition, not named as
// principals: one that was closed would make the whole policy invalid.
func permit(document, topicARN string, accounts []core.AccountID) (string, error) {
	policy := map[string]any{"Version": "2012-10-17"}
	if document != "" {
		if err := json.Unmarshal([]byte(document), &policy); err != nil {
			return "", core.Errorf(core.CodeMalformed, "the policy of %s is not JSON: %w", topicARN, err)
		}
	}
	statements, _ := policy["Statement"].([]any)
	statements = slices.DeleteFunc(statements, func(s any) bool {
		m, ok := s.(map[string]any)
		return ok && m["Sid"] == registrationSid
	})
	if len(accounts) > 0 {
		statements = append(statements, map[string]any{
			"Sid": registrationSid, "Effect": "Allow", "Principal": map[string]any{"AWS": "*"},
			"Action": "sns:Publish", "Resource": topicARN,
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalAccount": accounts}},
		})
	}
	policy["Statement"] = statements
	b, err := json.Marshal(policy)
	return string(b), err
}
