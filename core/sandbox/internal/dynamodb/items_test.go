package dynamodb

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestEveryTypeRoundTrips(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	item := av("pk", "a", "sk", 1, "s", "ü", "empty", "", "n", "1",
		"b", &types.AttributeValueMemberB{Value: []byte{0, 255}},
		"t", &types.AttributeValueMemberBOOL{Value: false},
		"z", &types.AttributeValueMemberNULL{Value: true},
		"ss", &types.AttributeValueMemberSS{Value: []string{"x", "y"}},
		"ns", &types.AttributeValueMemberNS{Value: []string{"-1", "2"}},
		"bs", &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"list", &types.AttributeValueMemberL{Value: []types.AttributeValue{str("p"), num(7)}},
		"el", &types.AttributeValueMemberL{Value: []types.AttributeValue{}},
		"m", &types.AttributeValueMemberM{Value: av("k", "<v>&")},
		"em", &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}})
	if _, err := f.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("things"), Item: item}); err != nil {
		t.Fatal(err)
	}
	if d := diff(item, f.get("things", "pk", "a", "sk", 1)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestItemValidation(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	tests := map[string]struct{ op, body, code, want string }{
		"missing key":     {"PutItem", `"Item":{"pk":{"S":"a"}}`, "ValidationException", "Missing the key sk in the item"},
		"key type":        {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"S":"1"}}`, "ValidationException", "Type mismatch for key sk expected: N actual: S"},
		"empty key":       {"PutItem", `"Item":{"pk":{"S":""},"sk":{"N":"1"}}`, "ValidationException", "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		"empty index key": {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"g":{"S":""}}`, "ValidationException", "IndexName: by-g, IndexKey: g"},
		"long key":        {"PutItem", `"Item":{"pk":{"S":"` + strings.Repeat("x", 2049) + `"},"sk":{"N":"1"}}`, "ValidationException", "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		"two types":       {"PutItem", `"Item":{"pk":{"S":"a","N":"1"},"sk":{"N":"1"}}`, "ValidationException", "more than one datatypes set"},
		"no type":         {"PutItem", `"Item":{"pk":{},"sk":{"N":"1"}}`, "ValidationException", "Supplied AttributeValue is empty"},
		"empty set":       {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"SS":[]}}`, "ValidationException", "may not be empty"},
		"duplicate":       {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"NS":["1","1.0"]}}`, "ValidationException", "contains duplicates"},
		"false null":      {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"NULL":false}}`, "ValidationException", "Null attribute value types must have the value of true"},
		"deep":            {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":` + strings.Repeat(`{"L":[`, 33) + strings.Repeat(`]}`, 33) + `}`, "ValidationException", "Nesting Levels have exceeded supported limits"},
		"big":             {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"S":"` + strings.Repeat("x", 400<<10) + `"}}`, "ValidationException", "Item size has exceeded the maximum allowed size"},
		"number":          {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":1}}`, "SerializationException", "NUMBER_VALUE cannot be converted to String"},
		"no item":         {"PutItem", `"ReturnValues":"NONE"`, "ValidationException", "Value null at 'item' failed to satisfy constraint: Member must not be null"},
		"return values":   {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ReturnValues":"ALL_NEW"`, "ValidationException", "Return values set to invalid value"},
		"unused value":    {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_exists(x)","ExpressionAttributeValues":{":v":{"S":"x"}}`, "ValidationException", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"},
		"unused name":     {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_exists(x)","ExpressionAttributeNames":{"#v":"x"}`, "ValidationException", "Value provided in ExpressionAttributeNames unused in expressions: keys: {#v}"},
		"bad name":        {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_exists(x)","ExpressionAttributeNames":{"v":"x"}`, "ValidationException", `ExpressionAttributeNames contains invalid key: Syntax error; key: \"v\"`},
		"no expression":   {"PutItem", `"Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ExpressionAttributeValues":{":v":{"S":"x"}}`, "ValidationException", "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"},
		"extra key":       {"GetItem", `"Key":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"N":"1"}}`, "ValidationException", "The provided key element does not match the schema"},
		"update of key":   {"UpdateItem", `"Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET pk = :v","ExpressionAttributeValues":{":v":{"S":"x"}}`, "ValidationException", "Cannot update attribute pk. This attribute is part of the key"},
		"unknown":         {"ExecuteStatement", `"Statement":"x"`, "UnknownOperationException", "ExecuteStatement"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := f.raw(tt.op, `{"TableName":"things",`+tt.body+`}`)
			if status != 400 || !strings.Contains(body, "#"+tt.code+`"`) || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s, want %s %s", status, body, tt.code, tt.want)
			}
		})
	}
}

func TestUpdateItemReturnValues(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	update := func(expr string, values map[string]types.AttributeValue, returns types.ReturnValue) map[string]types.AttributeValue {
		t.Helper()
		out, err := f.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String("things"), Key: av("pk", "a", "sk", 1), UpdateExpression: &expr,
			ExpressionAttributeValues: values, ReturnValues: returns,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes
	}
	check := func(got, want map[string]types.AttributeValue) {
		t.Helper()
		if d := diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	check(update("REMOVE x", nil, types.ReturnValueAllOld), nil)
	check(f.get("things", "pk", "a", "sk", 1), nil) // a removal creates no item
	check(update("SET x = :v", av(":v", 1), types.ReturnValueAllNew), av("pk", "a", "sk", 1, "x", 1))
	check(update("SET x = x + :v, y = :v", av(":v", 2), types.ReturnValueUpdatedOld), av("x", 1))
	check(update("SET x = x + :v REMOVE y", av(":v", 2), types.ReturnValueUpdatedNew), av("x", 5))
	check(update("ADD x :v", av(":v", 2), types.ReturnValueAllOld), av("pk", "a", "sk", 1, "x", 5))
	check(update("ADD x :v", av(":v", 2), types.ReturnValueNone), nil)
}

func TestConditionFailureReturnsItem(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	f.put("things", "pk", "a", "sk", 1, "x", "old")
	_, err := f.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("things"), Item: av("pk", "a", "sk", 1), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) || len(failed.Item) != 3 {
		t.Errorf("error %v with %v", err, failed)
	}
	out, err := f.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: aws.String("things"), Key: av("pk", "a", "sk", 1), ReturnValues: types.ReturnValueAllOld,
		ConditionExpression: aws.String("x = :o"), ExpressionAttributeValues: av(":o", "old"),
	})
	if err != nil || len(out.Attributes) != 3 {
		t.Errorf("delete: %v, %v", out, err)
	}
	if f.get("things", "pk", "a", "sk", 1) != nil {
		t.Error("the item is still there")
	}
}

func TestLegacyParameters(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	f.createTable("things")
	table := aws.String("things")
	f.put("things", "pk", "a", "sk", 1, "n", 1)
	_, err := f.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: table, Key: av("pk", "a", "sk", 1),
		AttributeUpdates: map[string]types.AttributeValueUpdate{
			"n": {Action: types.AttributeActionAdd, Value: num(4)}, "x": {Value: str("y")},
		},
		Expected: map[string]types.ExpectedAttributeValue{"n": {Value: num(1)}, "gone": {Exists: aws.Bool(false)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(av("pk", "a", "sk", 1, "n", 5, "x", "y"), f.get("things", "pk", "a", "sk", 1)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	out, err := f.Query(ctx, &dynamodb.QueryInput{
		TableName: table, AttributesToGet: []string{"x"},
		KeyConditions: map[string]types.Condition{
			"pk": {ComparisonOperator: "EQ", AttributeValueList: []types.AttributeValue{str("a")}},
			"sk": {ComparisonOperator: "GE", AttributeValueList: []types.AttributeValue{num(1)}},
		},
		QueryFilter: map[string]types.Condition{"n": {ComparisonOperator: "IN", AttributeValueList: []types.AttributeValue{num(5)}}},
	})
	if err != nil || len(out.Items) != 1 || len(out.Items[0]) != 1 {
		t.Errorf("query: %+v, %v", out, err)
	}
	_, err = f.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: table, Key: av("pk", "a", "sk", 1),
		AttributeUpdates: map[string]types.AttributeValueUpdate{"x": {Action: types.AttributeActionAdd, Value: str("z")}},
	})
	wantError(t, err, "ValidationException", "ADD action is not supported for the type STRING")
	_, err = f.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: table, Item: av("pk", "a", "sk", 1), ConditionExpression: aws.String("attribute_exists(pk)"),
		Expected: map[string]types.ExpectedAttributeValue{"n": {Value: num(1)}},
	})
	wantError(t, err, "ValidationException", "Can not use both expression and non-expression parameters in the same request")
}
