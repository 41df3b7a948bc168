package dynamodb

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// flatten writes a question as text: action, resource, sorted condition keys.
func flatten(ask api.Ask) string {
	parts := []string{ask.Action, ask.Resource[strings.LastIndex(ask.Resource, ":")+1:]}
	for _, key := range []string{"leadingkeys", "attributes", "select", "returnvalues", "returnconsumedcapacity", "enclosingoperation"} {
		if v := ask.Context["dynamodb:"+key]; v != nil {
			parts = append(parts, key+"="+strings.Join(v, ","))
		}
	}
	return strings.Join(parts, " ")
}

func TestAuthorisationQuestions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	f.put("things", "pk", "a", "sk", 1)
	const names = `"TableName":"things",`
	const key = `"Key":{"pk":{"S":"a"},"sk":{"N":"1"}}`
	tests := map[string]struct{ op, body, want string }{
		"put": {"PutItem", `{` + names + `"Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"S":"y"}},"ConditionExpression":"attribute_not_exists(c.d)"}`,
			"dynamodb:PutItem table/things leadingkeys=a attributes=c,pk,sk,x returnvalues=NONE returnconsumedcapacity=NONE"},
		"get": {"GetItem", `{` + names + key + `,"ProjectionExpression":"x, y[0]","ReturnConsumedCapacity":"TOTAL"}`,
			"dynamodb:GetItem table/things leadingkeys=a attributes=pk,sk,x,y select=SPECIFIC_ATTRIBUTES returnconsumedcapacity=TOTAL"},
		"get all": {"GetItem", `{` + names + key + `}`,
			"dynamodb:GetItem table/things leadingkeys=a attributes=pk,sk select=ALL_ATTRIBUTES returnconsumedcapacity=NONE"},
		"update": {"UpdateItem", `{` + names + key + `,"UpdateExpression":"SET x = y","ConditionExpression":"size(z) > w","ReturnValues":"ALL_OLD"}`,
			"dynamodb:UpdateItem table/things leadingkeys=a attributes=pk,sk,w,x,y,z returnvalues=ALL_OLD returnconsumedcapacity=NONE"},
		"query": {"Query", `{` + names + `"IndexName":"by-g","KeyConditionExpression":"g = :g","FilterExpression":"x = :g","ExpressionAttributeValues":{":g":{"S":"G"}}}`,
			"dynamodb:Query table/things/index/by-g leadingkeys=G attributes=g,x select=ALL_PROJECTED_ATTRIBUTES returnconsumedcapacity=NONE"},
		"scan": {"Scan", `{` + names + `"ProjectionExpression":"x"}`,
			"dynamodb:Scan table/things attributes=x select=SPECIFIC_ATTRIBUTES returnconsumedcapacity=NONE"},
		"batch get": {"BatchGetItem", `{"RequestItems":{"things":{"Keys":[{"pk":{"S":"b"},"sk":{"N":"1"}},{"pk":{"S":"a"},"sk":{"N":"1"}}]}}}`,
			"dynamodb:BatchGetItem table/things leadingkeys=a,b attributes=pk,sk select=ALL_ATTRIBUTES returnconsumedcapacity=NONE"},
		"batch write": {"BatchWriteItem", `{"RequestItems":{"things":[{"PutRequest":{"Item":{"pk":{"S":"b"},"sk":{"N":"1"},"x":{"S":"y"}}}},{"DeleteRequest":{` + key + `}}]}}`,
			"dynamodb:BatchWriteItem table/things leadingkeys=a,b attributes=pk,sk,x returnconsumedcapacity=NONE"},
		"transaction": {"TransactWriteItems", `{"TransactItems":[{"ConditionCheck":{` + names + key + `,"ConditionExpression":"attribute_exists(q)"}}]}`,
			"dynamodb:ConditionCheckItem table/things leadingkeys=a attributes=pk,q,sk returnconsumedcapacity=NONE enclosingoperation=TransactWriteItems"},
		"transacted read": {"TransactGetItems", `{"TransactItems":[{"Get":{` + names + key + `}}]}`,
			"dynamodb:GetItem table/things leadingkeys=a attributes=pk,sk select=ALL_ATTRIBUTES returnconsumedcapacity=NONE enclosingoperation=TransactGetItems"},
		"absent": {"GetItem", `{"TableName":"absent",` + key + `}`,
			"dynamodb:GetItem table/absent attributes=pk,sk select=ALL_ATTRIBUTES returnconsumedcapacity=NONE"},
	}
	for name, tt := range tests {
		f.auth.take()
		f.raw(tt.op, tt.body)
		var got []string
		for _, ask := range f.auth.take() {
			got = append(got, flatten(ask))
		}
		if d := diff([]string{tt.want}, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
}

func TestDenials(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	f.createTable("things")
	get := func(table string) error {
		_, err := f.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: av("pk", "a", "sk", 1)})
		return err
	}
	if err := get("arn:aws:dynamodb:eu-west-1:111122223333:table/things"); err != nil {
		t.Errorf("own table by ARN: %v", err)
	}
	wantError(t, get("arn:aws:dynamodb:eu-west-1:999900001111:table/things"), "AccessDeniedException", "not authorized to perform: dynamodb:GetItem")
	wantError(t, get("arn:aws:dynamodb:us-east-1:111122223333:table/things"), "ResourceNotFoundException", "")
	f.auth.deny = func(ask api.Ask) bool {
		return ask.Action == "dynamodb:DeleteItem" || ask.Action == "dynamodb:TagResource"
	}
	_, err := f.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: aws.String("things"), Item: av("pk", "b", "sk", 1)}},
		{Delete: &types.Delete{TableName: aws.String("things"), Key: av("pk", "a", "sk", 1)}},
	}})
	wantError(t, err, "AccessDeniedException", "dynamodb:DeleteItem")
	if f.get("things", "pk", "b", "sk", 1) != nil {
		t.Error("a denied transaction wrote an item")
	}
	tagged := tableWithIndexes("tagged")
	tagged.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
	_, err = f.CreateTable(ctx, tagged)
	wantError(t, err, "AccessDeniedException", "dynamodb:TagResource")
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1": "arn:aws:dynamodb:eu-west-1:1:table/x", "cn-north-1": "arn:aws-cn:dynamodb:cn-north-1:1:table/x",
		"us-gov-west-1": "arn:aws-us-gov:dynamodb:us-gov-west-1:1:table/x",
	} {
		if got := (tableRef{"1", region, "x"}).arn(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
