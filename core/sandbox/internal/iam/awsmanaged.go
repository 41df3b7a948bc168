package iam

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
)

// awsDocuments are the AWS managed policies that the sandbox knows, by path and name.
// The documents are the sandbox's own: they allow what their names promise for the
// services that the sandbox has.
var awsDocuments = map[string]string{
	"AdministratorAccess":                          `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	"PowerUserAccess":                              `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:ListRoles","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","organizations:DescribeOrganization","account:ListRegions"],"Resource":"*"}]}`,
	"ReadOnlyAccess":                               allowAll(`"iam:Get*","iam:List*","iam:Simulate*","s3:Get*","s3:List*","sns:Get*","sns:List*","dynamodb:BatchGet*","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*","dynamodb:Query","dynamodb:Scan","kms:Describe*","kms:Get*","kms:List*","lambda:Get*","lambda:List*","cloudformation:Describe*","cloudformation:Get*","cloudformation:List*","sts:Get*","ec2:Describe*","logs:Get*","logs:Describe*","logs:FilterLogEvents"`),
	"SecurityAudit":                                allowAll(`"iam:Get*","iam:List*","iam:SimulatePrincipalPolicy","s3:GetBucket*","s3:GetEncryptionConfiguration","s3:ListAllMyBuckets","sns:GetTopicAttributes","sns:List*","dynamodb:Describe*","dynamodb:List*","kms:Describe*","kms:GetKeyPolicy","kms:GetKeyRotationStatus","kms:List*","lambda:GetPolicy","lambda:List*","cloudformation:Describe*","cloudformation:GetTemplate","cloudformation:List*"`),
	"job-function/ViewOnlyAccess":                  allowAll(`"iam:Get*","iam:List*","s3:ListAllMyBuckets","s3:ListBucket","s3:GetBucketLocation","sns:List*","sns:GetTopicAttributes","dynamodb:DescribeTable","dynamodb:List*","kms:ListAliases","kms:ListKeys","lambda:List*","cloudformation:DescribeStacks","cloudformation:ListStacks"`),
	"ViewOnlyAccess":                               allowAll(`"iam:Get*","iam:List*","s3:ListAllMyBuckets","s3:ListBucket","s3:GetBucketLocation","sns:List*","dynamodb:DescribeTable","dynamodb:List*","lambda:List*","cloudformation:DescribeStacks"`),
	"job-function/Billing":                         allowAll(`"aws-portal:*Billing","aws-portal:*Usage","aws-portal:*PaymentMethods","billing:*","budgets:*","ce:*","cur:*","invoicing:*","payments:*","tax:*"`),
	"job-function/SystemAdministrator":             allowAll(`"cloudformation:*","ec2:*","lambda:Get*","lambda:List*","s3:Get*","s3:List*","sns:*","iam:GetRole","iam:ListRoles"`),
	"job-function/DatabaseAdministrator":           allowAll(`"dynamodb:*","rds:*","s3:Get*","s3:List*","kms:DescribeKey","kms:ListAliases","kms:ListKeys","iam:ListRoles","iam:GetRole"`),
	"job-function/NetworkAdministrator":            allowAll(`"ec2:*Vpc*","ec2:*Subnet*","ec2:*Route*","ec2:*NetworkAcl*","ec2:Describe*","route53:*","directconnect:*","elasticloadbalancing:*"`),
	"job-function/SupportUser":                     allowAll(`"support:*","trustedadvisor:Describe*","cloudformation:Describe*","cloudformation:List*","dynamodb:Describe*","dynamodb:List*","ec2:Describe*","lambda:List*","s3:ListAllMyBuckets","sns:List*"`),
	"AWSBillingReadOnlyAccess":                     allowAll(`"aws-portal:View*","billing:Get*","billing:List*","budgets:View*","budgets:Describe*","ce:Describe*","ce:Get*","ce:List*","cur:Describe*","invoicing:List*","invoicing:Get*"`),
	"AWSSupportAccess":                             allowAll(`"support:*"`),
	"AWSCloudTrail_ReadOnlyAccess":                 allowAll(`"cloudtrail:Get*","cloudtrail:Describe*","cloudtrail:List*","cloudtrail:LookupEvents"`),
	"IAMFullAccess":                                allowAll(`"iam:*","organizations:DescribeAccount","organizations:DescribeOrganization"`),
	"IAMReadOnlyAccess":                            allowAll(`"iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"`),
	"AmazonS3FullAccess":                           allowAll(`"s3:*","s3-object-lambda:*"`),
	"AmazonS3ReadOnlyAccess":                       allowAll(`"s3:Get*","s3:List*","s3:Describe*"`),
	"AmazonSNSFullAccess":                          allowAll(`"sns:*"`),
	"AmazonSNSReadOnlyAccess":                      allowAll(`"sns:GetTopicAttributes","sns:List*"`),
	"AmazonSQSFullAccess":                          allowAll(`"sqs:*"`),
	"AmazonDynamoDBFullAccess":                     allowAll(`"dynamodb:*","kms:DescribeKey","kms:ListAliases"`),
	"AmazonDynamoDBReadOnlyAccess":                 allowAll(`"dynamodb:BatchGetItem","dynamodb:Describe*","dynamodb:List*","dynamodb:GetItem","dynamodb:Query","dynamodb:Scan","dynamodb:PartiQLSelect","kms:DescribeKey","kms:ListAliases"`),
	"AmazonEC2FullAccess":                          allowAll(`"ec2:*","elasticloadbalancing:*","autoscaling:*","cloudwatch:*"`),
	"AmazonEC2ReadOnlyAccess":                      allowAll(`"ec2:Describe*","ec2:Get*","elasticloadbalancing:Describe*","autoscaling:Describe*"`),
	"AmazonRDSReadOnlyAccess":                      allowAll(`"rds:Describe*","rds:ListTagsForResource"`),
	"AmazonRoute53FullAccess":                      allowAll(`"route53:*","route53domains:*"`),
	"AmazonRoute53ReadOnlyAccess":                  allowAll(`"route53:Get*","route53:List*","route53:TestDNSAnswer"`),
	"AmazonVPCFullAccess":                          allowAll(`"ec2:*Vpc*","ec2:*Subnet*","ec2:*Route*","ec2:*Gateway*","ec2:*SecurityGroup*","ec2:Describe*"`),
	"AWSLambda_FullAccess":                         allowAll(`"lambda:*","iam:GetRole","iam:ListRoles","logs:DescribeLogGroups"`),
	"AWSLambda_ReadOnlyAccess":                     allowAll(`"lambda:Get*","lambda:List*"`),
	"AWSCloudFormationFullAccess":                  allowAll(`"cloudformation:*"`),
	"AWSCloudFormationReadOnlyAccess":              allowAll(`"cloudformation:Describe*","cloudformation:EstimateTemplateCost","cloudformation:Get*","cloudformation:List*","cloudformation:ValidateTemplate"`),
	"AWSKeyManagementServicePowerUser":             allowAll(`"kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListRoles","iam:ListUsers"`),
	"CloudWatchReadOnlyAccess":                     allowAll(`"cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","logs:Get*","logs:List*","logs:Describe*","logs:FilterLogEvents"`),
	"CloudWatchLogsFullAccess":                     allowAll(`"logs:*"`),
	"CloudWatchLogsReadOnlyAccess":                 allowAll(`"logs:Describe*","logs:Get*","logs:List*","logs:FilterLogEvents"`),
	"service-role/AWSLambdaBasicExecutionRole":     allowAll(`"logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"`),
	"service-role/AWSLambdaVPCAccessExecutionRole": allowAll(`"logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:DeleteNetworkInterface"`),
	"service-role/AWSLambdaSQSQueueExecutionRole":  allowAll(`"sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"`),
	"AWSDenyAll":                                   `{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":"*","Resource":"*"}]}`,
}

// allowAll is a document that allows actions on every resource.
func allowAll(actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}]}`
}

// awsCreated is the day that AWS gives for its oldest managed policies.
var awsCreated = time.Date(2015, time.February, 6, 18, 39, 0, 0, time.UTC)

// parsedAWS parses the documents once, for all services and partitions.
var parsedAWS = sync.OnceValue(func() map[string]document {
	out := make(map[string]document, len(awsDocuments))
	for name, text := range awsDocuments {
		out[name] = document{text, policy.MustParse(text, policy.Identity)}
	}
	return out
})

// awsManaged finds one of AWS's policies by its ARN in the partition.
func awsManaged(arn, partition string) (*managedPolicy, bool) {
	name, ok := strings.CutPrefix(arn, "arn:"+partition+":iam::aws:policy/")
	if !ok {
		return nil, false
	}
	d, ok := parsedAWS()[name]
	if !ok {
		return nil, false
	}
	return awsPolicy(partition, name, d), true
}

func awsPolicy(partition, pathAndName string, d document) *managedPolicy {
	i := strings.LastIndexByte(pathAndName, '/') + 1
	id := sha256.Sum256([]byte(pathAndName))
	return &managedPolicy{
		arn: "arn:" + partition + ":iam::aws:policy/" + pathAndName, name: pathAndName[i:], path: "/" + pathAndName[:i],
		id: "ANPA" + base32ID.EncodeToString(id[:])[:17], description: "The sandbox's own version of " + pathAndName[i:] + ".",
		created: awsCreated, updated: awsCreated, versions: []version{{1, awsCreated, d}}, standard: 1, aws: true,
	}
}

// awsPolicies lists all of AWS's policies, in the partition's form.
func awsPolicies(partition string) []*managedPolicy {
	out := make([]*managedPolicy, 0, len(awsDocuments))
	for name, d := range parsedAWS() {
		out = append(out, awsPolicy(partition, name, d))
	}
	return out
}
