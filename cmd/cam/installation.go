package main

import (
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
	bucket := a.getenv("CAM_CONFIG_BUCKET")
	if bucket == "" {
		stack := a.getenv("CAM_STACK")
		if stack == "" {
			stack = stackName
		}
		outputs, err := client.StackOutputs(ctx, stack)
		if err != nil {
			return nil, notInstalled(err)
		}
		bucket = outputs["ConfigBucket"]
	}
	tables := client.Tables()
	return &engine.Push{
		Bucket: client.Bucket(bucket, ""), State: tables, Files: tables, Pace: engine.DefaultPace,
	}, nil
}

func notInstalled(err error) error {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Code == core.CodeNoCredentials {
		return err
	}
	out := core.Errorf(e.Code, "finding the configuration bucket: %w", err)
	return out.WithHint("set CAM_CONFIG_BUCKET, or CAM_STACK if the master stack has another name than %s", stackName)
}
