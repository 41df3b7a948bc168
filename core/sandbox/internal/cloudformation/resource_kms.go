package cloudformation

import (
	"context"
)

func keyType() *resourceType {
	return &resourceType{
		attributes: []string{"Arn", "KeyId"},
		properties: map[string]property{
			"KeyPolicy": document(), "Description": text(), "Enabled": flag(), "EnableKeyRotation": flag(),
			"PendingWindowInDays": integer(), "Tags": tagList(),
			"KeySpec": text().immutable(), "KeyUsage": text().immutable(),
		},
		create: createKey, update: updateKey, delete: deleteKey,
	}
}

func createKey(ctx context.Context, w *work) error {
	in := pick(w.props, "Description", "KeySpec", "KeyUsage")
	if w.given("KeyPolicy") {
		in["Policy"] = documentText(w.props["KeyPolicy"])
	}
	if tags := keyTags(tagMap(w.props["Tags"])); len(tags) > 0 {
		in["Tags"] = tags
	}
	var out struct {
		KeyMetadata struct{ KeyId, Arn string }
	}
	if err := w.json(ctx, "kms", "CreateKey", in, &out); err != nil {
		return err
	}
	w.physicalID = out.KeyMetadata.KeyId
	w.set("Arn", out.KeyMetadata.Arn)
	w.set("KeyId", out.KeyMetadata.KeyId)
	return setKeyState(ctx, w)
}

func keyTags(tags map[string]string) []map[string]string {
	var out []map[string]string
	for _, k := range sortedKeys(tags) {
		out = append(out, map[string]string{"TagKey": k, "TagValue": tags[k]})
	}
	return out
}

// setKeyState turns rotation and the key itself on or off where that changes.
func setKeyState(ctx context.Context, w *work) error {
	key := map[string]any{"KeyId": w.physicalID}
	if on, was := w.props["EnableKeyRotation"] == true, w.old["EnableKeyRotation"] == true; on != was {
		operation := "DisableKeyRotation"
		if on {
			operation = "EnableKeyRotation"
		}
		if err := w.json(ctx, "kms", operation, key, nil); err != nil {
			return err
		}
	}
	if on, was := w.props["Enabled"] != false, w.old["Enabled"] != false; on != was {
		operation := "DisableKey"
		if on {
			operation = "EnableKey"
		}
		return w.json(ctx, "kms", operation, key, nil)
	}
	return nil
}

func updateKey(ctx context.Context, w *work) error {
	if w.changed("KeyPolicy") {
		if !w.given("KeyPolicy") {
			return reason("Property KeyPolicy cannot be removed from a key")
		}
		in := map[string]any{"KeyId": w.physicalID, "PolicyName": "default", "Policy": documentText(w.props["KeyPolicy"])}
		if err := w.json(ctx, "kms", "PutKeyPolicy", in, nil); err != nil {
			return err
		}
	}
	if w.changed("Description") {
		in := map[string]any{"KeyId": w.physicalID, "Description": w.text("Description")}
		if err := w.json(ctx, "kms", "UpdateKeyDescription", in, nil); err != nil {
			return err
		}
	}
	set, removed := w.tagChanges()
	if len(set) > 0 {
		if err := w.json(ctx, "kms", "TagResource", map[string]any{"KeyId": w.physicalID, "Tags": keyTags(set)}, nil); err != nil {
			return err
		}
	}
	if len(removed) > 0 {
		if err := w.json(ctx, "kms", "UntagResource", map[string]any{"KeyId": w.physicalID, "TagKeys": removed}, nil); err != nil {
			return err
		}
	}
	return setKeyState(ctx, w)
}

// deleteKey schedules the deletion: keys are never deleted at once.
func deleteKey(ctx context.Context, w *work) error {
	in := map[string]any{"KeyId": w.physicalID, "PendingWindowInDays": int64(30)}
	if w.given("PendingWindowInDays") {
		in["PendingWindowInDays"] = w.props["PendingWindowInDays"]
	}
	return ignoreGone(w.json(ctx, "kms", "ScheduleKeyDeletion", in, nil))
}

func aliasType() *resourceType {
	return &resourceType{
		named: "AliasName",
		properties: map[string]property{
			"AliasName": text().must().replacing(), "TargetKeyId": text().must(),
		},
		create: func(ctx context.Context, w *work) error {
			if err := w.json(ctx, "kms", "CreateAlias", pick(w.props, "AliasName", "TargetKeyId"), nil); err != nil {
				return err
			}
			w.physicalID = w.text("AliasName")
			return nil
		},
		update: func(ctx context.Context, w *work) error {
			return w.json(ctx, "kms", "UpdateAlias", pick(w.props, "AliasName", "TargetKeyId"), nil)
		},
		delete: func(ctx context.Context, w *work) error {
			return ignoreGone(w.json(ctx, "kms", "DeleteAlias", map[string]any{"AliasName": w.physicalID}, nil))
		},
	}
}
