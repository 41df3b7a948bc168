package cloudformation

import (
	"context"
	"net/url"
	"strconv"
)

func namedPolicies() property {
	return listOf(object(map[string]property{"PolicyName": text().must(), "PolicyDocument": document().must()}))
}

func roleType() *resourceType {
	return &resourceType{
		named:      "RoleName",
		attributes: []string{"Arn", "RoleId"},
		properties: map[string]property{
			"RoleName": text().replacing(), "Path": text().replacing(), "AssumeRolePolicyDocument": document().must(),
			"Description": text(), "MaxSessionDuration": integer(), "PermissionsBoundary": text(),
			"ManagedPolicyArns": texts(), "Policies": namedPolicies(), "Tags": tagList(),
		},
		create: createRole, update: updateRole, delete: deleteRole,
	}
}

func createRole(ctx context.Context, w *work) error {
	name := w.name("RoleName", 64)
	form := url.Values{"RoleName": {name}, "AssumeRolePolicyDocument": {documentText(w.props["AssumeRolePolicyDocument"])}}
	for _, k := range []string{"Path", "Description", "MaxSessionDuration", "PermissionsBoundary"} {
		if w.given(k) {
			form.Set(k, w.text(k))
		}
	}
	tags := tagMap(w.props["Tags"])
	for i, k := range sortedKeys(tags) {
		form.Set(member("Tags", i, "Key"), k)
		form.Set(member("Tags", i, "Value"), tags[k])
	}
	var out struct {
		Arn    string `xml:"Role>Arn"`
		RoleID string `xml:"Role>RoleId"`
	}
	if err := w.query(ctx, "iam", "CreateRole", form, &out); err != nil {
		return err
	}
	w.physicalID = name
	w.set("Arn", out.Arn)
	w.set("RoleId", out.RoleID)
	return setRolePermissions(ctx, w)
}

// setRolePermissions makes the role's policies those of the properties, as far as
// the properties before an update named others.
func setRolePermissions(ctx context.Context, w *work) error {
	role := url.Values{"RoleName": {w.physicalID}}
	call := func(operation, key, value string) error {
		return w.query(ctx, "iam", operation, with(role, key, value), nil)
	}
	was, now := asTexts(w.old["ManagedPolicyArns"]), asTexts(w.props["ManagedPolicyArns"])
	for _, arn := range missingFrom(now, was) {
		if err := call("AttachRolePolicy", "PolicyArn", arn); err != nil {
			return err
		}
	}
	for _, arn := range missingFrom(was, now) {
		if err := ignoreGone(call("DetachRolePolicy", "PolicyArn", arn)); err != nil {
			return err
		}
	}
	oldPolicies, policies := policyMap(w.old["Policies"]), policyMap(w.props["Policies"])
	for _, name := range sortedKeys(policies) {
		if oldPolicies[name] == policies[name] {
			continue
		}
		form := with(with(role, "PolicyName", name), "PolicyDocument", policies[name])
		if err := w.query(ctx, "iam", "PutRolePolicy", form, nil); err != nil {
			return err
		}
	}
	for _, name := range missingFrom(sortedKeys(oldPolicies), sortedKeys(policies)) {
		if err := ignoreGone(call("DeleteRolePolicy", "PolicyName", name)); err != nil {
			return err
		}
	}
	return nil
}

// with is a copy of the form with one more parameter.
func with(form url.Values, key, value string) url.Values {
	out := url.Values{key: {value}}
	for k, v := range form {
		out[k] = v
	}
	return out
}

// policyMap is a Policies property as documents by name.
func policyMap(v any) map[string]string {
	out := map[string]string{}
	for _, item := range asList(v) {
		p := asMap(item)
		out[asText(p["PolicyName"])] = documentText(p["PolicyDocument"])
	}
	return out
}

func updateRole(ctx context.Context, w *work) error {
	role := url.Values{"RoleName": {w.physicalID}}
	if w.changed("AssumeRolePolicyDocument") {
		form := with(role, "PolicyDocument", documentText(w.props["AssumeRolePolicyDocument"]))
		if err := w.query(ctx, "iam", "UpdateAssumeRolePolicy", form, nil); err != nil {
			return err
		}
	}
	if w.changed("Description", "MaxSessionDuration") {
		duration := w.text("MaxSessionDuration")
		if duration == "" {
			duration = "3600"
		}
		form := with(with(role, "Description", w.text("Description")), "MaxSessionDuration", duration)
		if err := w.query(ctx, "iam", "UpdateRole", form, nil); err != nil {
			return err
		}
	}
	if w.changed("PermissionsBoundary") {
		operation, form := "DeleteRolePermissionsBoundary", role
		if w.given("PermissionsBoundary") {
			operation, form = "PutRolePermissionsBoundary", with(role, "PermissionsBoundary", w.text("PermissionsBoundary"))
		}
		if err := w.query(ctx, "iam", operation, form, nil); err != nil {
			return err
		}
	}
	if err := updateRoleTags(ctx, w, role); err != nil {
		return err
	}
	return setRolePermissions(ctx, w)
}

func updateRoleTags(ctx context.Context, w *work, role url.Values) error {
	set, removed := w.tagChanges()
	if len(set) > 0 {
		form := role
		for i, k := range sortedKeys(set) {
			form = with(with(form, member("Tags", i, "Key"), k), member("Tags", i, "Value"), set[k])
		}
		if err := w.query(ctx, "iam", "TagRole", form, nil); err != nil {
			return err
		}
	}
	if len(removed) == 0 {
		return nil
	}
	form := role
	for i, k := range removed {
		form = with(form, member("TagKeys", i, ""), k)
	}
	return w.query(ctx, "iam", "UntagRole", form, nil)
}

func deleteRole(ctx context.Context, w *work) error {
	empty := *w
	empty.old, empty.props = w.props, nil
	if err := ignoreGone(setRolePermissions(ctx, &empty)); err != nil {
		return err
	}
	return ignoreGone(w.query(ctx, "iam", "DeleteRole", url.Values{"RoleName": {w.physicalID}}, nil))
}

func managedPolicyType() *resourceType {
	return &resourceType{
		named:      "ManagedPolicyName",
		attributes: []string{"PolicyArn", "PolicyId", "DefaultVersionId"},
		properties: map[string]property{
			"ManagedPolicyName": text().replacing(), "Path": text().replacing(), "Description": text().replacing(),
			"PolicyDocument": document().must(), "Roles": texts(), "Users": texts(),
		},
		create: createManagedPolicy, update: updateManagedPolicy, delete: deleteManagedPolicy,
	}
}

func createManagedPolicy(ctx context.Context, w *work) error {
	form := url.Values{
		"PolicyName": {w.name("ManagedPolicyName", 128)}, "PolicyDocument": {documentText(w.props["PolicyDocument"])},
	}
	for _, k := range []string{"Path", "Description"} {
		if w.given(k) {
			form.Set(k, w.text(k))
		}
	}
	var out struct {
		Arn     string `xml:"Policy>Arn"`
		ID      string `xml:"Policy>PolicyId"`
		Version string `xml:"Policy>DefaultVersionId"`
	}
	if err := w.query(ctx, "iam", "CreatePolicy", form, &out); err != nil {
		return err
	}
	w.physicalID = out.Arn
	w.set("PolicyArn", out.Arn)
	w.set("PolicyId", out.ID)
	w.set("DefaultVersionId", out.Version)
	return setAttachments(ctx, w)
}

// setAttachments attaches the managed policy to the principals of the properties
// and detaches it from those that only the old properties name.
func setAttachments(ctx context.Context, w *work) error {
	for _, noun := range []string{"Role", "User"} {
		was, now := asTexts(w.old[noun+"s"]), asTexts(w.props[noun+"s"])
		for _, name := range missingFrom(now, was) {
			form := url.Values{noun + "Name": {name}, "PolicyArn": {w.physicalID}}
			if err := w.query(ctx, "iam", "Attach"+noun+"Policy", form, nil); err != nil {
				return err
			}
		}
		for _, name := range missingFrom(was, now) {
			form := url.Values{noun + "Name": {name}, "PolicyArn": {w.physicalID}}
			if err := ignoreGone(w.query(ctx, "iam", "Detach"+noun+"Policy", form, nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

func updateManagedPolicy(ctx context.Context, w *work) error {
	if w.changed("PolicyDocument") {
		if err := deleteOldVersions(ctx, w); err != nil {
			return err
		}
		form := url.Values{
			"PolicyArn": {w.physicalID}, "PolicyDocument": {documentText(w.props["PolicyDocument"])},
			"SetAsDefault": {strconv.FormatBool(true)},
		}
		var out struct {
			Version string `xml:"PolicyVersion>VersionId"`
		}
		if err := w.query(ctx, "iam", "CreatePolicyVersion", form, &out); err != nil {
			return err
		}
		w.set("DefaultVersionId", out.Version)
	}
	return setAttachments(ctx, w)
}

// deleteOldVersions deletes every version but the default one.
func deleteOldVersions(ctx context.Context, w *work) error {
	var out struct {
		Versions []struct {
			ID      string `xml:"VersionId"`
			Default bool   `xml:"IsDefaultVersion"`
		} `xml:"Versions>member"`
	}
	if err := w.query(ctx, "iam", "ListPolicyVersions", url.Values{"PolicyArn": {w.physicalID}}, &out); err != nil {
		return err
	}
	for _, v := range out.Versions {
		if v.Default {
			continue
		}
		form := url.Values{"PolicyArn": {w.physicalID}, "VersionId": {v.ID}}
		if err := ignoreGone(w.query(ctx, "iam", "DeletePolicyVersion", form, nil)); err != nil {
			return err
		}
	}
	return nil
}

func deleteManagedPolicy(ctx context.Context, w *work) error {
	empty := *w
	empty.old, empty.props = w.props, nil
	if err := setAttachments(ctx, &empty); err != nil {
		return err
	}
	if err := ignoreGone(deleteOldVersions(ctx, w)); err != nil {
		return err
	}
	return ignoreGone(w.query(ctx, "iam", "DeletePolicy", url.Values{"PolicyArn": {w.physicalID}}, nil))
}

func inlinePolicyType() *resourceType {
	return &resourceType{
		attributes: []string{"Id"},
		properties: map[string]property{
			"PolicyName": text().must(), "PolicyDocument": document().must(), "Roles": texts(), "Users": texts(),
		},
		create: createInlinePolicy, update: putInlinePolicy, delete: deleteInlinePolicy,
	}
}

func createInlinePolicy(ctx context.Context, w *work) error {
	if len(asList(w.props["Roles"]))+len(asList(w.props["Users"])) == 0 {
		return reason("At least one of [Groups,Roles,Users] must be non-empty.")
	}
	w.physicalID = physicalName(w.stackName, w.logicalID, 128)
	w.set("Id", w.physicalID)
	return putInlinePolicy(ctx, w)
}

// putInlinePolicy puts the policy where the properties want it and takes it away
// where only the old ones did.
func putInlinePolicy(ctx context.Context, w *work) error {
	renamed := w.changed("PolicyName")
	for _, noun := range []string{"Role", "User"} {
		now := asTexts(w.props[noun+"s"])
		for _, principal := range now {
			form := url.Values{
				noun + "Name": {principal}, "PolicyName": {w.text("PolicyName")},
				"PolicyDocument": {documentText(w.props["PolicyDocument"])},
			}
			if err := w.query(ctx, "iam", "Put"+noun+"Policy", form, nil); err != nil {
				return err
			}
		}
		for _, principal := range asTexts(w.old[noun+"s"]) {
			if !renamed && len(missingFrom([]string{principal}, now)) == 0 {
				continue
			}
			form := url.Values{noun + "Name": {principal}, "PolicyName": {asText(w.old["PolicyName"])}}
			if err := ignoreGone(w.query(ctx, "iam", "Delete"+noun+"Policy", form, nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

func deleteInlinePolicy(ctx context.Context, w *work) error {
	empty := *w
	empty.old, empty.props = w.props, nil
	return putInlinePolicy(ctx, &empty)
}
