package dynamodb

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sortKeys lists the sort keys of items in their order.
func sortKeys(items []map[string]types.AttributeValue) string {
	var out []string
	for _, item := range items {
		out = append(out, item["sk"].(*types.AttributeValueMemberN).Value)
	}
	return strings.Join(out, " ")
}

func TestQuerySortKeyConditions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	for _, sk := range []any{10, 9, -1, "2.5", -20, 0} {
		f.put("things", "pk", "a", "sk", num(sk))
	}
	f.put("things", "pk", "b", "sk", 1)
	tests := []struct {
		expr    string
		reverse bool
		want    string
	}{
		{"pk = :p", false, "-20 -1 0 2.5 9 10"},
		{"pk = :p", true, "10 9 2.5 0 -1 -20"},
		{"pk = :p AND sk = :v", false, "0"},
		{"sk < :v AND pk = :p", false, "-20 -1"},
		{"(pk = :p) AND (sk <= :v)", true, "0 -1 -20"},
		{"pk = :p AND sk > :v", false, "2.5 9 10"},
		{"pk = :p AND :v <= sk", true, "10 9 2.5 0"},
		{"pk = :p AND sk BETWEEN :v AND :w", false, "0 2.5 9"},
		{"pk = :p AND sk BETWEEN :v AND :w", true, "9 2.5 0"},
	}
	for _, tt := range tests {
		in := &dynamodb.QueryInput{
			TableName: aws.String("things"), KeyConditionExpression: &tt.expr, ScanIndexForward: aws.Bool(!tt.reverse),
			ExpressionAttributeValues: av(":p", "a"), Limit: aws.Int32(2),
		}
		for name, v := range av(":v", 0, ":w", 9) {
			if strings.Contains(tt.expr, name) {
				in.ExpressionAttributeValues[name] = v
			}
		}
		var items []map[string]types.AttributeValue
		pages := dynamodb.NewQueryPaginator(f.Client, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", tt.expr, err)
			}
			items = append(items, page.Items...)
		}
		if got := sortKeys(items); got != tt.want {
			t.Errorf("%s reverse %v: %s, want %s", tt.expr, tt.reverse, got, tt.want)
		}
	}
}

func TestQueryErrors(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	tests := []struct{ body, want string }{
		{`"KeyConditionExpression":"sk = :n"`, "Query condition missed key schema element: pk"},
		{`"KeyConditionExpression":"pk > :s"`, "Query key condition not supported"},
		{`"KeyConditionExpression":"pk = :n"`, "Condition parameter type does not match schema type"},
		{`"KeyConditionExpression":"pk = :s AND x = :n"`, "Query condition missed key schema element: sk"},
		{`"KeyConditionExpression":"pk = :s OR sk = :n"`, "Invalid operator used in KeyConditionExpression: OR"},
		{`"KeyConditionExpression":"pk = :s AND sk <> :n"`, "Invalid operator used in KeyConditionExpression: <>"},
		{`"KeyConditionExpression":"pk = :s AND pk = :n"`, "KeyConditionExpressions must only contain one condition per key"},
		{`"KeyConditionExpression":"pk = :s AND begins_with(sk, :s)"`, "Condition parameter type does not match schema type"},
		{`"KeyConditionExpression":"pk = :s","FilterExpression":"sk = :n"`, "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{`"KeyConditionExpression":"pk = :s AND sk = :n","Select":"SPECIFIC_ATTRIBUTES"`, "Must specify the AttributesToGet or ProjectionExpression"},
		{`"KeyConditionExpression":"pk = :s AND sk = :n","Limit":0`, "Member must have value greater than or equal to 1"},
		{`"KeyConditionExpression":"pk = :s AND sk = :n","IndexName":"nope"`, "The table does not have the specified index: nope"},
		{`"KeyConditionExpression":"g = :s AND h = :n","IndexName":"by-g","ConsistentRead":true`, "Consistent reads are not supported on global secondary indexes"},
		{`"KeyConditionExpression":"pk = :s AND sk > :n","ExclusiveStartKey":{"pk":{"S":"z"},"sk":{"N":"4"}}`, "outside query boundaries"},
		{`"KeyConditionExpression":"pk = :s AND sk > :n","ExclusiveStartKey":{"pk":{"S":"s"},"sk":{"N":"0"}}`, "does not match the range key predicate"},
		{`"KeyConditionExpression":"pk = :s AND sk > :n","ExclusiveStartKey":{"pk":{"S":"s"}}`, "The provided starting key is invalid"},
		{`"FilterExpression":"x = :s AND y = :n"`, "Either the KeyConditions or KeyConditionExpression parameter must be specified"},
	}
	for _, tt := range tests {
		values := map[string]string{":s": `":s":{"S":"s"}`, ":n": `":n":{"N":"1"}`}
		var used []string
		for name, v := range values {
			if strings.Contains(tt.body, name) {
				used = append(used, v)
			}
		}
		body := `{"TableName":"things","ExpressionAttributeValues":{` + strings.Join(used, ",") + `},` + tt.body + `}`
		if status, got := f.raw("Query", body); status != 400 || !strings.Contains(got, strings.ReplaceAll(strings.ReplaceAll(tt.want, "<", `\u003c`), ">", `\u003e`)) {
			t.Errorf("%s: %d %s, want %s", tt.body, status, got, tt.want)
		}
	}
}

func TestSecondaryIndexes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	for i := range 4 {
		f.put("things", "pk", fmt.Sprint("p", i), "sk", i, "g", "G", "h", fmt.Sprint("h", 9-i), "n", i, "x", "y")
	}
	f.put("things", "pk", "p0", "sk", 9, "l", "L", "n", 1, "x", "y")
	query := func(in dynamodb.QueryInput, expr string, values ...any) *dynamodb.QueryOutput {
		t.Helper()
		in.TableName, in.KeyConditionExpression, in.ExpressionAttributeValues = aws.String("things"), &expr, av(values...)
		out, err := f.Query(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	byG := dynamodb.QueryInput{IndexName: aws.String("by-g")}
	if got := sortKeys(query(byG, "g = :g AND begins_with(h, :h)", ":g", "G", ":h", "h").Items); got != "3 2 1 0" {
		t.Errorf("by-g: %s", got)
	}
	page := query(dynamodb.QueryInput{IndexName: aws.String("by-g"), Limit: aws.Int32(1)}, "g = :g", ":g", "G")
	if len(page.LastEvaluatedKey) != 4 {
		t.Errorf("the key of an index page has %v", page.LastEvaluatedKey)
	}
	if got := query(dynamodb.QueryInput{IndexName: aws.String("keys-g")}, "g = :g", ":g", "G").Items[0]; len(got) != 3 {
		t.Errorf("KEYS_ONLY gave %v", got)
	}
	byL := dynamodb.QueryInput{IndexName: aws.String("by-l"), ConsistentRead: aws.Bool(true)}
	if got := query(byL, "pk = :p", ":p", "p0").Items; len(got) != 1 || len(got[0]) != 4 {
		t.Errorf("by-l gave %v", got)
	}
	byL.ProjectionExpression = aws.String("x")
	if got := query(byL, "pk = :p", ":p", "p0").Items; diff(av("x", "y"), got[0]) != "" {
		t.Errorf("a local index fetches what it lacks: %v", got)
	}
	count := query(dynamodb.QueryInput{IndexName: aws.String("by-g"), Select: types.SelectCount, FilterExpression: aws.String("n > :n")}, "g = :g", ":g", "G", ":n", 1)
	if count.Count != 2 || count.ScannedCount != 4 || count.Items != nil {
		t.Errorf("count %d of %d with %v", count.Count, count.ScannedCount, count.Items)
	}
	_, err := f.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String("things"), IndexName: aws.String("keys-g"), ProjectionExpression: aws.String("pk, x"),
		KeyConditionExpression: aws.String("g = :g"), ExpressionAttributeValues: av(":g", "G"),
	})
	wantError(t, err, "ValidationException", "Global secondary index keys-g does not project [x]")
}

func TestScanSegmentsAndPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("things")
	const items, segments = 60, 4
	for i := range items {
		f.put("things", "pk", fmt.Sprint("p", i), "sk", i, "x", strings.Repeat("x", 50<<10))
	}
	seen := map[string]int{}
	for segment := range segments {
		pages := dynamodb.NewScanPaginator(f.Client, &dynamodb.ScanInput{
			TableName: aws.String("things"), Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(segments), ProjectionExpression: aws.String("pk"),
		})
		n := 0
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				seen[item["pk"].(*types.AttributeValueMemberS).Value]++
				n++
			}
		}
		if n == items {
			t.Errorf("segment %d has everything", segment)
		}
	}
	if len(seen) != items {
		t.Errorf("the segments together have %d items of %d", len(seen), items)
	}
	out, err := f.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("things"), ReturnConsumedCapacity: "TOTAL"})
	if err != nil || out.ScannedCount != 21 || out.LastEvaluatedKey == nil || *out.ConsumedCapacity.CapacityUnits != 131.5 {
		t.Errorf("a page of 1 MB: %d items, %v, %+v", out.ScannedCount, err, out.ConsumedCapacity)
	}
	_, err = f.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("things"), Segment: aws.Int32(4), TotalSegments: aws.Int32(4)})
	wantError(t, err, "ValidationException", "Segment: 4 is not less than TotalSegments: 4")
}

func TestReplicationLag(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) { o.ReplicationLag = func() time.Duration { return time.Second } })
	f.createTable("things")
	check := func(when string, wantWeak, wantIndex int) {
		t.Helper()
		weak, err := f.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("things")})
		if err != nil {
			t.Fatal(err)
		}
		index, err := f.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("things"), IndexName: aws.String("by-g")})
		if err != nil {
			t.Fatal(err)
		}
		if int(weak.Count) != wantWeak || int(index.Count) != wantIndex {
			t.Errorf("%s: %d items, %d in the index, want %d and %d", when, weak.Count, index.Count, wantWeak, wantIndex)
		}
	}
	f.put("things", "pk", "a", "sk", 1, "g", "G", "h", "H")
	check("just put", 0, 0)
	if f.get("things", "pk", "a", "sk", 1) == nil {
		t.Error("a consistent read does not see the item")
	}
	f.clock.Advance(time.Second)
	check("a second later", 1, 1)
	f.put("things", "pk", "a", "sk", 1) // leaves the index
	check("just changed", 1, 1)
	f.clock.Advance(time.Second)
	check("changed a second ago", 1, 0)
	if _, err := f.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("things"), Key: av("pk", "a", "sk", 1)}); err != nil {
		t.Fatal(err)
	}
	check("just deleted", 1, 0)
	f.clock.Advance(time.Second)
	check("deleted a second ago", 0, 0)
}
