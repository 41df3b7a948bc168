package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cross-account-manager/cam/core"
)

// STS is the Security Token Service, at the client's regional endpoint.
type STS struct{ sts *sts.Client }

// STS opens the Security Token Service.
func (c *Client) STS() *STS { return &STS{sts.NewFromConfig(c.cfg)} }

// Identity tells who the client is. It needs no permission.
func (s *STS) Identity(ctx context.Context) (core.Identity, error) {
	out, err := s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return core.Identity{}, wrap(err, "asking who is signed in")
	}
	return core.Identity{Account: core.AccountID(aws.ToString(out.Account)), ARN: aws.ToString(out.Arn), UserID: aws.ToString(out.UserId)}, nil
}

// AssumeRole takes a role. A zero duration is left out, and AWS's default holds.
func (s *STS) AssumeRole(ctx context.Context, roleARN, sessionName string, duration time.Duration) (core.Credentials, error) {
	in := &sts.AssumeRoleInput{RoleArn: &roleARN, RoleSessionName: &sessionName}
	if duration > 0 {
		in.DurationSeconds = aws.Int32(int32(duration / time.Second))
	}
	out, err := s.sts.AssumeRole(ctx, in)
	if err != nil {
		return core.Credentials{}, wrap(err, "taking role %s", roleARN)
	}
	return core.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: core.NewSecret(aws.ToString(out.Credentials.SecretAccessKey)),
		SessionToken:    core.NewSecret(aws.ToString(out.Credentials.SessionToken)),
		Expires:         aws.ToTime(out.Credentials.Expiration),
	}, nil
}
