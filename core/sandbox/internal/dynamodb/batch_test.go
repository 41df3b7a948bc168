package dynamodb

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestBatches(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	f.createTable("things")
	var puts []types.WriteRequest
	var keys []map[string]types.AttributeValue
	for i := range 50 {
		keys = append(keys, av("pk", "a", "sk", i))
		puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: av("pk", "a", "sk", i, "x", strings.Repeat("x", 380<<10))}})
	}
	write := func(requests ...types.WriteRequest) error {
		_, err := f.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"things": requests}})
		return err
	}
	wantError(t, write(puts[:26]...), "ValidationException", "Too many items requested for the BatchWriteItem call")
	wantError(t, write(puts[0], puts[0]), "ValidationException", "Provided list of item keys contains duplicates")
	for from := 0; from < 50; from += 25 {
		if err := write(puts[from : from+25]...); err != nil {
			t.Fatal(err)
		}
	}
	got := 0
	rest := map[string]types.KeysAndAttributes{"things": {Keys: keys, ProjectionExpression: aws.String("#s"), ExpressionAttributeNames: map[string]string{"#s": "sk"}}}
	calls := 0
	for ; len(rest) > 0 && calls < 5; calls++ {
		out, err := f.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: rest})
		if err != nil {
			t.Fatal(err)
		}
		got += len(out.Responses["things"])
		rest = out.UnprocessedKeys
	}
	if got != 50 || calls != 2 {
		t.Errorf("%d items in %d calls, want 50 in 2", got, calls)
	}
	if err := write(types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: keys[7]}}); err != nil || f.get("things", "pk", "a", "sk", 7) != nil {
		t.Errorf("delete: %v", err)
	}
	_, err := f.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"things": {Keys: append(keys[:1:1], keys[0])}}})
	wantError(t, err, "ValidationException", "Provided list of item keys contains duplicates")
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	f.createTable("things")
	f.put("things", "pk", "a", "sk", 1, "n", 1)
	table := aws.String("things")
	put := types.TransactWriteItem{Put: &types.Put{TableName: table, Item: av("pk", "b", "sk", 1)}}
	add := types.TransactWriteItem{Update: &types.Update{
		TableName: table, Key: av("pk", "a", "sk", 1), UpdateExpression: aws.String("ADD n :n"), ExpressionAttributeValues: av(":n", 1),
	}}
	check := types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: table, Key: av("pk", "a", "sk", 1), ConditionExpression: aws.String("n = :n"), ExpressionAttributeValues: av(":n", 7),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
	_, err := f.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{put, check}})
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) != 2 {
		t.Fatalf("error %v", err)
	}
	if r := cancelled.CancellationReasons; *r[0].Code != "None" || *r[1].Code != "ConditionalCheckFailed" || len(r[1].Item) != 3 {
		t.Errorf("reasons %+v", r)
	}
	if f.get("things", "pk", "b", "sk", 1) != nil {
		t.Error("a cancelled transaction wrote an item")
	}
	_, err = f.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{add, check}})
	wantError(t, err, "ValidationException", "Transaction request cannot include multiple operations on one item")

	once := &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{put, add}, ClientRequestToken: aws.String("token")}
	for range 2 {
		if _, err := f.TransactWriteItems(ctx, once); err != nil {
			t.Fatal(err)
		}
	}
	out, err := f.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
		{Get: &types.Get{TableName: table, Key: av("pk", "a", "sk", 1), ProjectionExpression: aws.String("n")}},
		{Get: &types.Get{TableName: table, Key: av("pk", "nobody", "sk", 1)}},
	}})
	if err != nil || diff(av("n", 2), out.Responses[0].Item) != "" || out.Responses[1].Item != nil {
		t.Errorf("read %+v, %v", out, err)
	}
	_, err = f.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{add}, ClientRequestToken: aws.String("token")})
	wantError(t, err, "IdempotentParameterMismatchException", "")
	f.clock.Advance(10 * time.Minute)
	if _, err := f.TransactWriteItems(ctx, once); err != nil {
		t.Fatal(err)
	}
	if got := f.get("things", "pk", "a", "sk", 1); diff(num(3), got["n"]) != "" {
		t.Errorf("after the token expired: %v", got)
	}
	var many []types.TransactWriteItem
	for i := range 101 {
		many = append(many, types.TransactWriteItem{Put: &types.Put{TableName: table, Item: av("pk", fmt.Sprint(i), "sk", 1)}})
	}
	_, err = f.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: many})
	wantError(t, err, "ValidationException", "Member must have length less than or equal to 100")
}
