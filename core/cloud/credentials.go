package cloud

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/smithy-go"

	"github.com/cross-account-manager/cam/core"
)

func static(c core.Credentials) aws.CredentialsProvider {
	return credentials.StaticCredentialsProvider{Value: aws.Credentials{
		AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey.Reveal(), SessionToken: c.SessionToken.Reveal(),
		CanExpire: !c.Expires.IsZero(), Expires: c.Expires,
	}}
}

// configError says what is wrong with the environment or the files in ~/.aws.
func configError(err error) error {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return core.Errorf(core.CodeUsage, "there is no AWS profile %q", missing.Profile).
			WithHint("choose one with --profile or AWS_PROFILE; aws configure list-profiles shows them")
	}
	return core.Errorf(core.CodeUsage, "reading the AWS configuration: %w", err).
		WithHint("check --profile and the files in ~/.aws")
}

// signedIn gives a failed search for credentials our code and a hint.
type signedIn struct{ aws.CredentialsProvider }

func (s signedIn) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := s.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		return c, credentialsError(err)
	}
	return c, err
}

// credentialsError says why there are no credentials.
func credentialsError(err error) error {
	if _, ok := errors.AsType[*processcreds.ProviderError](err); ok {
		// The SDK's error may repeat what the command printed, and that is a secret.
		return core.Errorf(core.CodeNoCredentials, "the profile's credential_process gives no credentials").
			WithHint("run it by hand, or choose a profile with --profile")
	}
	if call, ok := errors.AsType[*smithy.OperationError](err); ok && call.Service() == "ec2imds" {
		// The chain's last link: nothing before it knew any credentials.
		return core.Errorf(core.CodeNoCredentials, "there are no AWS credentials").WithHint(signInHint)
	}
	reason := strings.TrimPrefix(err.Error(), "failed to refresh cached credentials, ")
	e := core.Errorf(core.CodeNoCredentials, "no usable AWS credentials: %s", reason)
	e.Err, e.Hint = err, signInHint
	return e
}
