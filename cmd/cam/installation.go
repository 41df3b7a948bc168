package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
)

// stackName is the master stack's name unless CAM_STACK says otherwise.
const stackName = "CrossAccountManager"

// newPushTo prepares to push to the installation that the caller's account holds.
func (a *app) newPushTo(ctx context.Context, client *cloud.Client) (*engine.Push, error) {
	_, bucket, err := a.findStack(ctx, client)
	if err != nil {
		return nil, err
	}
	tables := client.Tables()
	return &engine.Push{
		Bucket: client.Bucket(bucket, ""), State: tables, Files: tables, Pace: engine.DefaultPace,
	}, nil
}

// findStack finds the master stack and the configuration bucket. With the bucket's name
// in the environment, the stack need not be readable.
func (a *app) findStack(ctx context.Context, client *cloud.Client) (stack cloud.Stack, bucket string, err error) {
	bucket = a.getenv("CAM_CONFIG_BUCKET")
	stack, err = client.Stacks().Stack(ctx, cmp.Or(a.getenv("CAM_STACK"), stackName))
	switch {
	case bucket != "":
		return stack, bucket, ctx.Err()
	case err != nil:
		return stack, "", notInstalled(err)
	default:
		return stack, stack.Outputs["ConfigBucket"], nil
	}
}

func notInstalled(err error) error {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Code == core.CodeNoCredentials {
		return err
	}
	out := core.Errorf(e.Code, "finding the configuration bucket: %w", err)
	return out.WithHint("set CAM_CONFIG_BUCKET, or CAM_STACK if the master stack has another name than %s", stackName)
}
