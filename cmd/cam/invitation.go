package main

import (
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// invitation is what sub-accounts need to know to join the installation of a master
// stack; whose invitation it is is left open. The sub-account's template is uploaded
// nowhere, so there is no link that fills everything in.
func invitation(master core.AccountID, region string, s cloud.Stack) core.Invitation {
	return core.Invitation{
		Master: master, Region: region, OrgID: s.Parameters["OrganizationId"],
		ArtifactBucket: s.Parameters["ArtifactBucket"], ArtifactKey: s.Parameters["ArtifactKey"], Architecture: s.Parameters["Architecture"],
	}
}
