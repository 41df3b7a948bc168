package cloudformation

import (
	"context"
	"time"
)

func tableType() *resourceType {
	keySchema := listOf(object(map[string]property{"AttributeName": text().must(), "KeyType": text().must()}))
	throughput := object(map[string]property{"ReadCapacityUnits": integer().must(), "WriteCapacityUnits": integer().must()})
	index := map[string]property{
		"IndexName": text().must(), "KeySchema": keySchema.must(),
		"Projection": object(map[string]property{"ProjectionType": text(), "NonKeyAttributes": texts()}).must(),
	}
	global := map[string]property{"ProvisionedThroughput": throughput}
	for k, v := range index {
		global[k] = v
	}
	return &resourceType{
		named:      "TableName",
		attributes: []string{"Arn", "StreamArn"},
		properties: map[string]property{
			"TableName": text().replacing(), "KeySchema": keySchema.must().replacing(),
			"AttributeDefinitions": listOf(object(map[string]property{"AttributeName": text().must(), "AttributeType": text().must()})),
			"BillingMode":          text(), "ProvisionedThroughput": throughput, "TableClass": text(),
			"GlobalSecondaryIndexes": listOf(object(global)), "LocalSecondaryIndexes": listOf(object(index)).replacing(),
			"PointInTimeRecoverySpecification": object(map[string]property{
				"PointInTimeRecoveryEnabled": flag(), "RecoveryPeriodInDays": integer(),
			}),
			"SSESpecification": object(map[string]property{
				"SSEEnabled": flag().must(), "SSEType": text(), "KMSMasterKeyId": text(),
			}),
			"StreamSpecification":       object(map[string]property{"StreamViewType": text().must()}),
			"TimeToLiveSpecification":   object(map[string]property{"AttributeName": text(), "Enabled": flag().must()}),
			"DeletionProtectionEnabled": flag(), "Tags": tagList(),
		},
		create: createTable, update: updateTable, delete: deleteTable,
	}
}

func createTable(ctx context.Context, w *work) error {
	name := w.name("TableName", 255)
	in := pick(w.props, "KeySchema", "AttributeDefinitions", "BillingMode", "ProvisionedThroughput", "TableClass",
		"GlobalSecondaryIndexes", "LocalSecondaryIndexes", "DeletionProtectionEnabled", "Tags")
	in["TableName"] = name
	if w.given("SSESpecification") {
		in["SSESpecification"] = encryptionSpecification(w.props["SSESpecification"])
	}
	if w.given("StreamSpecification") {
		in["StreamSpecification"] = streamSpecification(w.props["StreamSpecification"])
	}
	if err := w.json(ctx, "dynamodb", "CreateTable", in, nil); err != nil {
		return err
	}
	w.physicalID = name
	if err := awaitTable(ctx, w); err != nil {
		return err
	}
	return setTableExtras(ctx, w)
}

// encryptionSpecification renames SSEEnabled to the API's Enabled.
func encryptionSpecification(v any) map[string]any {
	m := asMap(v)
	if m == nil {
		return map[string]any{"Enabled": false}
	}
	out := pick(m, "SSEType", "KMSMasterKeyId")
	out["Enabled"] = m["SSEEnabled"]
	return out
}

func streamSpecification(v any) map[string]any {
	m := asMap(v)
	if m == nil {
		return map[string]any{"StreamEnabled": false}
	}
	return map[string]any{"StreamEnabled": true, "StreamViewType": m["StreamViewType"]}
}

type tableDescription struct {
	Table struct {
		TableArn, TableStatus  string
		LatestStreamArn        string
		GlobalSecondaryIndexes []struct{ IndexStatus string }
	}
}

func (d *tableDescription) active() bool {
	for _, i := range d.Table.GlobalSecondaryIndexes {
		if i.IndexStatus != "ACTIVE" {
			return false
		}
	}
	return d.Table.TableStatus == "ACTIVE"
}

// awaitTable waits until the table and its indexes are active.
func awaitTable(ctx context.Context, w *work) error {
	return await(ctx, func() (bool, error) {
		var out tableDescription
		if err := w.json(ctx, "dynamodb", "DescribeTable", map[string]any{"TableName": w.physicalID}, &out); err != nil {
			return false, err
		}
		w.set("Arn", out.Table.TableArn)
		if out.Table.LatestStreamArn != "" {
			w.set("StreamArn", out.Table.LatestStreamArn)
		}
		return out.active(), nil
	})
}

// await asks until done, at growing intervals.
func await(ctx context.Context, done func() (bool, error)) error {
	for delay := 5 * time.Millisecond; ; delay = min(2*delay, time.Second) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := pause(ctx, delay); err != nil {
			return err
		}
	}
}

// setTableExtras sets what CreateTable and UpdateTable do not.
func setTableExtras(ctx context.Context, w *work) error {
	table := w.physicalID
	if w.changed("PointInTimeRecoverySpecification") {
		spec := asMap(w.props["PointInTimeRecoverySpecification"])
		in := map[string]any{"PointInTimeRecoveryEnabled": spec["PointInTimeRecoveryEnabled"] == true}
		if days, ok := spec["RecoveryPeriodInDays"]; ok {
			in["RecoveryPeriodInDays"] = days
		}
		if err := w.json(ctx, "dynamodb", "UpdateContinuousBackups", map[string]any{
			"TableName": table, "PointInTimeRecoverySpecification": in,
		}, nil); err != nil {
			return err
		}
	}
	if !w.changed("TimeToLiveSpecification") {
		return nil
	}
	spec := asMap(w.props["TimeToLiveSpecification"])
	if spec == nil {
		spec = map[string]any{"Enabled": false, "AttributeName": asMap(w.old["TimeToLiveSpecification"])["AttributeName"]}
	}
	return w.json(ctx, "dynamodb", "UpdateTimeToLive", map[string]any{"TableName": table, "TimeToLiveSpecification": spec}, nil)
}

// updateTable changes one thing at a time, as DynamoDB takes it, and waits each time.
func updateTable(ctx context.Context, w *work) error {
	var steps []map[string]any
	if w.changed("BillingMode", "ProvisionedThroughput") {
		step := pick(w.props, "BillingMode", "ProvisionedThroughput")
		if !w.given("BillingMode") {
			step["BillingMode"] = "PROVISIONED"
		}
		steps = append(steps, step)
	}
	if w.changed("SSESpecification") {
		steps = append(steps, map[string]any{"SSESpecification": encryptionSpecification(w.props["SSESpecification"])})
	}
	if w.changed("StreamSpecification") {
		steps = append(steps, map[string]any{"StreamSpecification": streamSpecification(w.props["StreamSpecification"])})
	}
	if w.changed("TableClass") {
		class := w.text("TableClass")
		if class == "" {
			class = "STANDARD"
		}
		steps = append(steps, map[string]any{"TableClass": class})
	}
	if w.changed("DeletionProtectionEnabled") {
		steps = append(steps, map[string]any{"DeletionProtectionEnabled": w.props["DeletionProtectionEnabled"] == true})
	}
	indexes, err := indexSteps(w)
	if err != nil {
		return err
	}
	for _, step := range append(steps, indexes...) {
		step["TableName"] = w.physicalID
		if err := w.json(ctx, "dynamodb", "UpdateTable", step, nil); err != nil {
			return err
		}
		if err := awaitTable(ctx, w); err != nil {
			return err
		}
	}
	if err := updateTableTags(ctx, w); err != nil {
		return err
	}
	return setTableExtras(ctx, w)
}

// indexSteps are the changes of global secondary indexes, one at a time. A changed
// index is deleted and made again only under another name, so that it is refused.
func indexSteps(w *work) ([]map[string]any, error) {
	was, now := indexMap(w.old["GlobalSecondaryIndexes"]), indexMap(w.props["GlobalSecondaryIndexes"])
	var steps []map[string]any
	for _, name := range sortedKeys(union(was, now)) {
		before, had := was[name]
		after, has := now[name]
		var update map[string]any
		switch {
		case had && has && sameValue(before, after):
			continue
		case had && has && sameValue(pick(asMap(before), "KeySchema", "Projection"), pick(asMap(after), "KeySchema", "Projection")):
			update = map[string]any{"Update": pick(asMap(after), "IndexName", "ProvisionedThroughput")}
		case had && has:
			return nil, reasonf("Updates are not allowed for property - GlobalSecondaryIndexes: %s changes its keys or projection.", name)
		case had:
			update = map[string]any{"Delete": map[string]any{"IndexName": name}}
		default:
			update = map[string]any{"Create": after}
		}
		steps = append(steps, map[string]any{
			"AttributeDefinitions": w.props["AttributeDefinitions"], "GlobalSecondaryIndexUpdates": []any{update},
		})
	}
	return steps, nil
}

func indexMap(v any) map[string]any {
	out := map[string]any{}
	for _, item := range asList(v) {
		out[asText(asMap(item)["IndexName"])] = item
	}
	return out
}

func updateTableTags(ctx context.Context, w *work) error {
	set, removed := w.tagChanges()
	arn := w.attributes["Arn"]
	if len(set) > 0 {
		var tags []map[string]string
		for _, k := range sortedKeys(set) {
			tags = append(tags, map[string]string{"Key": k, "Value": set[k]})
		}
		if err := w.json(ctx, "dynamodb", "TagResource", map[string]any{"ResourceArn": arn, "Tags": tags}, nil); err != nil {
			return err
		}
	}
	if len(removed) == 0 {
		return nil
	}
	return w.json(ctx, "dynamodb", "UntagResource", map[string]any{"ResourceArn": arn, "TagKeys": removed}, nil)
}

func deleteTable(ctx context.Context, w *work) error {
	err := w.json(ctx, "dynamodb", "DeleteTable", map[string]any{"TableName": w.physicalID}, nil)
	if err != nil {
		return ignoreGone(err)
	}
	return await(ctx, func() (bool, error) {
		err := w.json(ctx, "dynamodb", "DescribeTable", map[string]any{"TableName": w.physicalID}, nil)
		return isGone(err), ignoreGone(err)
	})
}
