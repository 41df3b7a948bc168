package core

// Names of AWS resources. They are those of the retired solution, so that an
// installation can be taken over without renaming anything.
const (
	AccountsTable    = Prefix + "Accounts"
	RolesTable       = Prefix + "Roles"
	AssignmentsTable = Prefix + "Account-Roles"

	AccountTopic     = Prefix + "AccountTopic"
	RoleTopic        = Prefix + "RoleTopic"
	AccessLinksTopic = Prefix + "AccessLinksTopic"

	KeyAlias = "alias/CrossAccountManager-Key"

	LinksPage = "cross-account-manager-links.html"
)

// Folders of a configuration, the same on disk and in the bucket.
const (
	AccountFolder = "account/"
	RoleFolder    = "role/"
	PolicyFolder  = "custom_policy/"
)

// RolePage is the key of one role's access-links page.
func RolePage(r RoleName) string { return "links/" + string(r) + ".html" }

// RemovalsMetadata is the user-metadata key of a configuration object that says how
// many entries, which the file no longer lists, its upload is allowed to remove.
const RemovalsMetadata = "cam-removals"
