package dynamodb

import (
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestConsumedCapacityByIndex(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	put := func(pairs ...any) *types.ConsumedCapacity {
		t.Helper()
		out, err := f.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("things"), Item: av(pairs...), ReturnConsumedCapacity: "INDEXES"})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	c := put("pk", "a", "sk", 1, "g", "G", "h", "H", "l", "L")
	if *c.CapacityUnits != 4 || *c.Table.CapacityUnits != 1 || len(c.GlobalSecondaryIndexes) != 2 || len(c.LocalSecondaryIndexes) != 1 {
		t.Errorf("a put into every index costs %+v", c)
	}
	// The item moves in by-g (two writes) and changes in no other index.
	if c = put("pk", "a", "sk", 1, "g", "G", "h", "J", "l", "L"); *c.CapacityUnits != 3 || *c.GlobalSecondaryIndexes["by-g"].CapacityUnits != 2 {
		t.Errorf("a move in one index costs %+v", c)
	}
	if c = put("pk", "b", "sk", 1); *c.CapacityUnits != 1 {
		t.Errorf("a put into no index costs %+v", c)
	}
}

func TestProvisionedTable(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	units := func(n int64) *types.ProvisionedThroughput {
		return &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(n), WriteCapacityUnits: aws.Int64(n)}
	}
	in := tableWithIndexes("things")
	in.BillingMode, in.ProvisionedThroughput = types.BillingModeProvisioned, units(5)
	_, err := f.CreateTable(ctx, in)
	wantError(t, err, "ValidationException", "ProvisionedThroughput must be specified for index: by-g")
	for i := range in.GlobalSecondaryIndexes {
		in.GlobalSecondaryIndexes[i].ProvisionedThroughput = units(1)
	}
	out, err := f.CreateTable(ctx, in)
	if err != nil || *out.TableDescription.ProvisionedThroughput.ReadCapacityUnits != 5 {
		t.Fatalf("%+v, %v", out, err)
	}
	_, err = f.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: in.TableName, BillingMode: types.BillingModePayPerRequest, ProvisionedThroughput: units(1)})
	wantError(t, err, "ValidationException", "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified")
	if _, err = f.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: in.TableName, BillingMode: types.BillingModePayPerRequest}); err != nil {
		t.Fatal(err)
	}
	d, err := f.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: in.TableName})
	if err != nil || d.Table.BillingModeSummary == nil || *d.Table.ProvisionedThroughput.ReadCapacityUnits != 0 {
		t.Errorf("after the change: %+v, %v", d, err)
	}
}

// TestConcurrentUpdates: every one of many increments counts, in transactions too.
func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	d := newDirect(t, nil)
	const update = `"TableName":"model","Key":{"p":{"S":"a"},"s":{"N":"1"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"}}`
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				d.call("UpdateItem", `{`+update+`}`)
				d.call("TransactWriteItems", `{"TransactItems":[{"Update":{`+update+`}}]}`)
				d.call("Scan", `{"TableName":"model"}`)
			}
		})
	}
	wg.Wait()
	item := d.tables[tableRef{testAccount, "eu-west-1", "model"}].get(Item{"p": String("a"), "s": intNumber(1)}, view{})
	if item["n"] != intNumber(400) {
		t.Errorf("n is %v", item["n"])
	}
}

func TestLegacyComparisons(t *testing.T) {
	t.Parallel()
	item := parseItem(t, sample)
	one := func(text string) []wireValue { return []wireValue{encode(String(text))} }
	tests := []struct {
		attribute, op string
		args          []wireValue
		want          bool
	}{
		{"s", "BEGINS_WITH", one("h"), true}, {"s", "CONTAINS", one("llo"), true}, {"s", "NOT_CONTAINS", one("llo"), false},
		{"absent", "NOT_CONTAINS", one("llo"), false}, {"absent", "NULL", nil, true}, {"s", "NULL", nil, false}, {"s", "NOT_NULL", nil, true},
		{"s", "BETWEEN", append(one("a"), one("z")...), true}, {"s", "IN", append(one("a"), one("héllo")...), true},
		{"s", "LT", one("a"), false}, {"s", "NE", one("a"), true},
	}
	for _, tt := range tests {
		cond, err := legacyCondition{ComparisonOperator: tt.op, AttributeValueList: tt.args}.parse(tt.attribute)
		if err != nil || cond.holds(item) != tt.want {
			t.Errorf("%s %s: want %v, error %v", tt.attribute, tt.op, tt.want, err)
		}
	}
	for op, want := range map[string]string{"EQ": "Invalid number of argument(s) for the EQ ComparisonOperator"} {
		if _, err := (legacyCondition{ComparisonOperator: op}).parse("s"); err == nil || err.Message != invalidParameters+want {
			t.Errorf("%s: %v", op, err)
		}
	}
}
