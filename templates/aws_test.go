package templates_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// lambdaCall calls Lambda's API, for which the module has no client.
func (in *installation) lambdaCall(cfg aws.Config, method, path string, body []byte, headers map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(in.ctx, method, in.Endpoint()+"/2015-03-31/functions/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	creds, err := cfg.Credentials.Retrieve(in.ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(in.ctx, creds, req, hex.EncodeToString(sum[:]), "lambda", in.Region(), time.Now()); err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, out)
	}
	return out, err
}

// invokeAsync queues an event for a function of the master account.
func (in *installation) invokeAsync(function string, event any) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	_, err = in.lambdaCall(in.admin(in.Master()), http.MethodPost, function+"/invocations", body, map[string]string{"X-Amz-Invocation-Type": "Event"})
	return err
}

// put uploads a configuration file as the administrator does, and waits for what it
// causes. It allows so many removals.
func (in *installation) put(key, body string, removals int) error {
	input := &s3.PutObjectInput{Bucket: aws.String(in.ConfigBucket()), Key: &key, Body: strings.NewReader(body)}
	if removals > 0 {
		input.Metadata = map[string]string{"cam-removals": fmt.Sprint(removals)}
	}
	_, err := in.s3(in.admin(in.Master())).PutObject(in.ctx, input)
	in.quiet()
	return err
}

// remove deletes a configuration file as the administrator does.
func (in *installation) remove(key string) error {
	_, err := in.s3(in.admin(in.Master())).DeleteObject(in.ctx, &s3.DeleteObjectInput{Bucket: aws.String(in.ConfigBucket()), Key: &key})
	in.quiet()
	return err
}

func (in *installation) s3(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// publish sends a message to one of the master's topics and waits for what it causes.
func (in *installation) publish(cfg aws.Config, topic, message string) error {
	arn := "arn:aws:sns:" + in.Region() + ":" + in.Master() + ":" + topic
	_, err := sns.NewFromConfig(cfg).Publish(in.ctx, &sns.PublishInput{TopicArn: &arn, Message: &message})
	in.quiet()
	return err
}

// person makes an IAM user of the master account with one managed policy, or finds her.
func (in *installation) person(name, managedPolicy string) aws.Config {
	in.t.Helper()
	in.mu.Lock()
	cfg, known := in.people[name]
	in.mu.Unlock()
	if known {
		return cfg
	}
	client := iam.NewFromConfig(in.admin(in.Master()))
	if _, err := client.CreateUser(in.ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
		in.t.Fatal(err)
	}
	if managedPolicy != "" {
		arn := "arn:aws:iam::" + in.Master() + ":policy/" + managedPolicy
		if _, err := client.AttachUserPolicy(in.ctx, &iam.AttachUserPolicyInput{UserName: &name, PolicyArn: &arn}); err != nil {
			in.t.Fatal(err)
		}
	}
	key, err := client.CreateAccessKey(in.ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		in.t.Fatal(err)
	}
	cfg = in.config(aws.ToString(key.AccessKey.AccessKeyId), aws.ToString(key.AccessKey.SecretAccessKey), "")
	in.mu.Lock()
	defer in.mu.Unlock()
	in.people[name] = cfg
	return cfg
}

// take takes a role as somebody.
func (in *installation) take(cfg aws.Config, account, role string, change func(*sts.AssumeRoleInput)) (aws.Config, error) {
	input := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + role), RoleSessionName: aws.String("session")}
	if change != nil {
		change(input)
	}
	out, err := sts.NewFromConfig(cfg).AssumeRole(in.ctx, input)
	if err != nil {
		return aws.Config{}, err
	}
	c := out.Credentials
	return in.config(aws.ToString(c.AccessKeyId), aws.ToString(c.SecretAccessKey), aws.ToString(c.SessionToken)), nil
}

// decode undoes the percent-encoding in which IAM returns documents.
func decode(document *string) (string, error) { return url.PathUnescape(aws.ToString(document)) }
