package templates_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// document is a policy as it is deployed.
type document struct {
	owner string // who has it: "role CAM-AccountFile", "topic CrossAccountManager-RoleTopic"
	name  string // which of the owner's: "trust", "policy", or the policy's name
	doc   *policy.Document
}

func (d document) String() string { return d.owner + ", " + d.name }

// parse reads a deployed document.
func (in *installation) parse(text string, kind policy.Kind) *policy.Document {
	in.t.Helper()
	doc, issues := policy.Parse([]byte(text), kind)
	if policy.HasErrors(issues) {
		in.t.Fatalf("%v in %s", issues, text)
	}
	return doc
}

// deployed reads every policy of the installation from the services that hold them:
// those of the master stack, of alpha's stack, and those that the engine wrote.
func (in *installation) deployed() []document {
	in.t.Helper()
	out := append(in.rolesOf(in.Master(), ""), in.rolesOf(alpha, "sub-account ")...)
	for _, name := range []string{"CrossAccountManager-Administrator"} {
		out = append(out, in.managed(in.Master(), "policy", "arn:aws:iam::"+in.Master()+":policy/"+name))
	}
	out = append(out, in.buckets()...)
	out = append(out, in.topics()...)
	out = append(out, in.key())
	return append(out, in.functions()...)
}

// rolesOf reads the policies of an account's roles.
func (in *installation) rolesOf(account, prefix string) []document {
	in.t.Helper()
	client := iam.NewFromConfig(in.admin(account))
	var out []document
	list, err := client.ListRoles(in.ctx, &iam.ListRolesInput{})
	if err != nil {
		in.t.Fatal(err)
	}
	for i := range list.Roles {
		out = append(out, in.role(client, account, prefix, &list.Roles[i])...)
	}
	return out
}

func (in *installation) role(client *iam.Client, account, prefix string, r *iamtypes.Role) []document {
	in.t.Helper()
	owner := prefix + "role " + aws.ToString(r.RoleName)
	trust, err := decode(r.AssumeRolePolicyDocument)
	if err != nil {
		in.t.Fatal(err)
	}
	out := []document{{owner, "trust", in.parse(trust, policy.Trust)}}
	inline, err := client.ListRolePolicies(in.ctx, &iam.ListRolePoliciesInput{RoleName: r.RoleName})
	if err != nil {
		in.t.Fatal(err)
	}
	for _, name := range inline.PolicyNames {
		p, err := client.GetRolePolicy(in.ctx, &iam.GetRolePolicyInput{RoleName: r.RoleName, PolicyName: &name})
		if err != nil {
			in.t.Fatal(err)
		}
		text, err := decode(p.PolicyDocument)
		if err != nil {
			in.t.Fatal(err)
		}
		out = append(out, document{owner, name, in.parse(text, policy.Identity)})
	}
	attached, err := client.ListAttachedRolePolicies(in.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: r.RoleName})
	if err != nil {
		in.t.Fatal(err)
	}
	for _, p := range attached.AttachedPolicies {
		if !strings.HasPrefix(aws.ToString(p.PolicyArn), "arn:aws:iam::aws:") {
			out = append(out, in.managed(account, owner, aws.ToString(p.PolicyArn)))
		}
	}
	return out
}

// managed reads the version of a managed policy that is in force.
func (in *installation) managed(account, owner, arn string) document {
	in.t.Helper()
	client := iam.NewFromConfig(in.admin(account))
	p, err := client.GetPolicy(in.ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		in.t.Fatal(err)
	}
	v, err := client.GetPolicyVersion(in.ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: p.Policy.DefaultVersionId})
	if err != nil {
		in.t.Fatal(err)
	}
	text, err := decode(v.PolicyVersion.Document)
	if err != nil {
		in.t.Fatal(err)
	}
	return document{owner, arn[strings.LastIndexByte(arn, '/')+1:], in.parse(text, policy.Identity)}
}

func (in *installation) buckets() []document {
	in.t.Helper()
	var out []document
	for _, bucket := range []string{in.ConfigBucket(), in.LinksBucket()} {
		p, err := in.s3(in.admin(in.Master())).GetBucketPolicy(in.ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
		if err != nil {
			in.t.Fatal(err)
		}
		out = append(out, document{"bucket " + bucket, "policy", in.parse(aws.ToString(p.Policy), policy.Resource)})
	}
	return out
}

func (in *installation) topics() []document {
	in.t.Helper()
	var out []document
	for _, topic := range []string{core.AccountTopic, core.RoleTopic, core.AccessLinksTopic} {
		arn := "arn:aws:sns:" + in.Region() + ":" + in.Master() + ":" + topic
		a, err := sns.NewFromConfig(in.admin(in.Master())).GetTopicAttributes(in.ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
		if err != nil {
			in.t.Fatal(err)
		}
		out = append(out, document{"topic " + topic, "policy", in.parse(a.Attributes["Policy"], policy.Resource)})
	}
	return out
}

func (in *installation) keyARN() string {
	in.t.Helper()
	k, err := kms.NewFromConfig(in.admin(in.Master())).DescribeKey(in.ctx, &kms.DescribeKeyInput{KeyId: aws.String(core.KeyAlias)})
	if err != nil {
		in.t.Fatal(err)
	}
	return aws.ToString(k.KeyMetadata.Arn)
}

func (in *installation) key() document {
	in.t.Helper()
	arn := in.keyARN()
	p, err := kms.NewFromConfig(in.admin(in.Master())).GetKeyPolicy(in.ctx, &kms.GetKeyPolicyInput{KeyId: &arn})
	if err != nil {
		in.t.Fatal(err)
	}
	return document{"key " + core.KeyAlias, "policy", in.parse(aws.ToString(p.Policy), policy.Resource)}
}

// functions reads who may invoke the functions. AccountInit and MasterInit have no
// policy: CloudFormation invokes them as whoever works on the stack.
func (in *installation) functions() []document {
	in.t.Helper()
	var out []document
	for _, name := range slices.Concat(engineHandlers, []string{"Reconcile", "MasterInit"}) {
		text, err := in.lambdaCall(in.admin(in.Master()), http.MethodGet, core.Prefix+name+"/policy", nil, nil)
		if err != nil && name == "MasterInit" {
			continue
		}
		if err != nil {
			in.t.Fatal(err)
		}
		var answer struct{ Policy string }
		if err := json.Unmarshal(text, &answer); err != nil {
			in.t.Fatal(err)
		}
		out = append(out, document{"function " + core.Prefix + name, "policy", in.parse(answer.Policy, policy.Resource)})
	}
	return out
}
