package sandbox

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
	"github.com/cross-account-manager/cam/templates"
)

// Names of what the sandbox installs.
const (
	masterStack     = "CrossAccountManager"
	subAccountStack = "CrossAccountManager-SubAccount"
	artifactKey     = "cam-lambda-arm64.zip"
)

// ConfigBucket is the bucket of the installation's configuration.
func (s *Sandbox) ConfigBucket() string { return "cam-config-" + s.opts.Master }

// LinksBucket is the bucket of the access-links pages.
func (s *Sandbox) LinksBucket() string { return "cam-links-" + s.opts.Master }

// ArtifactBucket is the bucket of the functions' code.
func (s *Sandbox) ArtifactBucket() string { return "cam-artifacts-" + s.opts.Master }

// Install deploys the master template.
func (s *Sandbox) Install(ctx context.Context) error {
	if err := s.putArtifact(ctx); err != nil {
		return err
	}
	return s.createStack(ctx, s.opts.Master, masterStack, templates.Master(), map[string]string{
		"ConfigBucketName": s.ConfigBucket(),
		"LinksBucketName":  s.LinksBucket(),
		"ArtifactBucket":   s.ArtifactBucket(),
		"OrganizationId":   s.opts.OrgID,
	})
}

// putArtifact makes the bucket that functions' code comes from. The code itself runs
// in process, so the object only has to be there.
func (s *Sandbox) putArtifact(ctx context.Context) error {
	bucket := "/" + s.ArtifactBucket()
	location := fmt.Sprintf(`<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>`, s.opts.Region)
	if s.opts.Region == "us-east-1" {
		location = ""
	}
	if err := s.put(ctx, bucket, location); err != nil {
		return err
	}
	return s.put(ctx, bucket+"/"+artifactKey, "code runs in process")
}

func (s *Sandbox) put(ctx context.Context, path, body string) error {
	res, err := s.backend.Do(ctx, s.root(s.opts.Master), cloudformation.Request{
		Service: "s3", Region: s.opts.Region, Method: http.MethodPut, Path: path, Body: []byte(body),
	})
	if err == nil && res.Status != http.StatusOK {
		err = fmt.Errorf("PUT %s: %s", path, res.Body)
	}
	return err
}

// Join opens accounts that are not there yet and launches the sub-account stack in
// each. It reports each account as it is done.
func (s *Sandbox) Join(ctx context.Context, accounts []string, done func(account string)) error {
	for _, account := range accounts {
		if err := s.open(account); err != nil {
			return err
		}
		err := s.createStack(ctx, account, subAccountStack, templates.SubAccount(), map[string]string{
			"MasterAccountId": s.opts.Master,
			"MasterRegion":    s.opts.Region,
			"ArtifactBucket":  s.ArtifactBucket(),
		})
		if err != nil {
			return fmt.Errorf("joining %s: %w", account, err)
		}
		done(account)
	}
	return nil
}

// Leave deletes the sub-account stack in accounts. It reports each as it is done.
func (s *Sandbox) Leave(ctx context.Context, accounts []string, done func(account string)) error {
	for _, account := range accounts {
		if err := s.deleteStack(ctx, account, subAccountStack); err != nil {
			return fmt.Errorf("leaving %s: %w", account, err)
		}
		done(account)
	}
	return nil
}

func (s *Sandbox) open(account string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.services.iam.Accounts(), account) {
		return nil
	}
	_, err := s.services.iam.AddAccount(account, s.partition())
	return err
}

func (s *Sandbox) createStack(ctx context.Context, account, name, template string, parameters map[string]string) error {
	form := url.Values{"StackName": {name}, "TemplateBody": {template}, "Capabilities.member.1": {"CAPABILITY_NAMED_IAM"}}
	i := 0
	for k, v := range parameters {
		i++
		form.Set("Parameters.member."+strconv.Itoa(i)+".ParameterKey", k)
		form.Set("Parameters.member."+strconv.Itoa(i)+".ParameterValue", v)
	}
	if _, err := s.stacks(ctx, account, "CreateStack", form); err != nil {
		return err
	}
	if err := s.services.stacks.Idle(ctx); err != nil {
		return err
	}
	return s.stackIs(ctx, account, name, "CREATE_COMPLETE")
}

func (s *Sandbox) deleteStack(ctx context.Context, account, name string) error {
	found, err := s.stacks(ctx, account, "DescribeStacks", url.Values{"StackName": {name}})
	if err != nil {
		return err
	}
	id := found.StackID
	if _, err := s.stacks(ctx, account, "DeleteStack", url.Values{"StackName": {id}}); err != nil {
		return err
	}
	if err := s.services.stacks.Idle(ctx); err != nil {
		return err
	}
	return s.stackIs(ctx, account, id, "DELETE_COMPLETE")
}

// stackIs checks how a stack operation ended, and says why if it failed.
func (s *Sandbox) stackIs(ctx context.Context, account, name, want string) error {
	found, err := s.stacks(ctx, account, "DescribeStacks", url.Values{"StackName": {name}})
	if err != nil || found.Status == want {
		return err
	}
	events, err := s.stacks(ctx, account, "DescribeStackEvents", url.Values{"StackName": {name}})
	if err != nil {
		return err
	}
	var reasons []error
	for _, e := range slices.Backward(events.Events) {
		if strings.HasSuffix(e.Status, "_FAILED") {
			reasons = append(reasons, fmt.Errorf("%s: %s", e.Resource, e.Reason))
		}
	}
	return fmt.Errorf("stack %s in %s is %s: %w", name, account, found.Status, errors.Join(reasons...))
}

// answer is what is read of CloudFormation's answers.
type answer struct {
	StackID string `xml:"DescribeStacksResult>Stacks>member>StackId"`
	Status  string `xml:"DescribeStacksResult>Stacks>member>StackStatus"`
	Events  []struct {
		Resource string `xml:"LogicalResourceId"`
		Status   string `xml:"ResourceStatus"`
		Reason   string `xml:"ResourceStatusReason"`
	} `xml:"DescribeStackEventsResult>StackEvents>member"`
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
}

// stacks calls CloudFormation as the root user of an account.
func (s *Sandbox) stacks(ctx context.Context, account, operation string, form url.Values) (answer, error) {
	form.Set("Action", operation)
	form.Set("Version", "2010-05-15")
	res, err := s.backend.Do(ctx, s.root(account), cloudformation.Request{
		Service: "cloudformation", Region: s.opts.Region, Operation: operation, Form: form,
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	if err := xml.Unmarshal(res.Body, &a); err != nil {
		return a, fmt.Errorf("%s: %w", operation, err)
	}
	if res.Status != http.StatusOK {
		return a, fmt.Errorf("%s: %s: %s", operation, a.Code, a.Message)
	}
	return a, nil
}
