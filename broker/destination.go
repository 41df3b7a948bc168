package broker

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// hosts of a partition's console.
type hosts struct {
	console string
	region  string // whose console stands for the partition
}

func hostsOf(p core.Partition) (hosts, error) {
	switch p {
	case "aws":
		return hosts{"console.aws.amazon.com", "us-east-1"}, nil
	case "aws-cn":
		return hosts{"console.amazonaws.cn", "cn-north-1"}, nil
	case "aws-us-gov":
		return hosts{"console.amazonaws-us-gov.com", "us-gov-west-1"}, nil
	default:
		return hosts{}, core.Errorf(core.CodeFailure, "the console of the partition %s is not known", p)
	}
}

// page is where a service's console begins.
type page struct {
	path   string
	global bool // has no region
}

// pages by the service's name on the command line.
var pages = map[string]page{
	"apigateway": {path: "/apigateway/main/apis"}, "athena": {path: "/athena/home"},
	"backup": {path: "/backup/home"}, "batch": {path: "/batch/home"}, "bedrock": {path: "/bedrock/home"},
	"billing": {"/billing/home", true}, "acm": {path: "/acm/home"},
	"cloudformation": {path: "/cloudformation/home"}, "cloudfront": {"/cloudfront/v4/home", true},
	"cloudshell": {path: "/cloudshell/home"}, "cloudtrail": {path: "/cloudtrailv2/home"},
	"cloudwatch": {path: "/cloudwatch/home"}, "codebuild": {path: "/codesuite/codebuild/projects"},
	"codepipeline": {path: "/codesuite/codepipeline/pipelines"}, "cognito": {path: "/cognito/v2/home"},
	"config": {path: "/config/home"}, "dynamodb": {path: "/dynamodbv2/home"}, "ec2": {path: "/ec2/home"},
	"ecr": {path: "/ecr/home"}, "ecs": {path: "/ecs/v2/home"}, "efs": {path: "/efs/home"}, "eks": {path: "/eks/home"},
	"elasticache": {path: "/elasticache/home"}, "eventbridge": {path: "/events/home"}, "glue": {path: "/glue/home"},
	"guardduty": {path: "/guardduty/home"}, "iam": {"/iam/home", true}, "kinesis": {path: "/kinesis/home"},
	"kms": {path: "/kms/home"}, "lambda": {path: "/lambda/home"}, "opensearch": {path: "/aos/home"},
	"organizations": {"/organizations/v2/home", true}, "rds": {path: "/rds/home"},
	"redshift": {path: "/redshiftv2/home"}, "route53": {"/route53/v2/home", true}, "s3": {path: "/s3/home"},
	"sagemaker": {path: "/sagemaker/home"}, "secretsmanager": {path: "/secretsmanager/home"},
	"securityhub": {path: "/securityhub/home"}, "sns": {path: "/sns/v3/home"}, "sqs": {path: "/sqs/v3/home"},
	"ssm": {path: "/systems-manager/home"}, "stepfunctions": {path: "/states/home"},
	"support": {"/support/home", true}, "vpc": {path: "/vpcconsole/home"}, "waf": {path: "/wafv2/homev2"},
}

// Services lists the names that ConsoleRequest.Service accepts, sorted.
func Services() []string { return slices.Sorted(maps.Keys(pages)) }

var regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// destination is the page that the console opens.
func destination(p core.Partition, r ConsoleRequest) (string, error) {
	h, err := hostsOf(p)
	if err != nil {
		return "", err
	}
	switch {
	case r.Destination != "" && r.Service != "":
		return "", core.Errorf(core.CodeUsage, "--service and --destination exclude each other")
	case r.Destination != "":
		return within(h, r.Destination)
	}
	region := r.Region
	if region == "" {
		region = h.region
	}
	if !regionPattern.MatchString(region) || core.PartitionOf(region) != p {
		return "", core.Errorf(core.CodeUsage, "%q is no region of the partition %s", region, p)
	}
	at := page{path: "/console/home"}
	if r.Service != "" {
		known := false
		if at, known = pages[strings.ToLower(r.Service)]; !known {
			return "", core.Errorf(core.CodeUsage, "the console page of %q is not known", r.Service).
				WithHint("use --destination URL, or one of %s", strings.Join(Services(), ", "))
		}
	}
	if at.global {
		return "https://" + h.console + at.path, nil
	}
	return "https://" + region + "." + h.console + at.path + "?region=" + region, nil
}

// hostPattern leaves out IPv6 zones and escapes, which can end like a console's name.
var hostPattern = regexp.MustCompile(`^[a-z0-9.-]+$`)

// within accepts an https URL on a console host of the partition and no other: a link
// that signs in must not lead elsewhere.
func within(h hosts, target string) (string, error) {
	u, err := url.Parse(target)
	if err == nil && u.Scheme == "https" && u.User == nil && (u.Port() == "" || u.Port() == "443") && u.Opaque == "" {
		name := strings.ToLower(u.Hostname())
		if hostPattern.MatchString(name) && (name == h.console || strings.HasSuffix(name, "."+h.console)) {
			return u.String(), nil
		}
	}
	return "", core.Errorf(core.CodeUsage, "the destination is no https URL of %s", h.console).
		WithHint("only pages of the console can be opened with a sign-in link")
}
