package dynamodb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// direct calls the service without HTTP.
type direct struct {
	*Service
	clock *fakeClock
}

func newDirect(t testing.TB, change func(*Options)) *direct {
	t.Helper()
	d := &direct{clock: newClock()}
	opts := Options{Clock: d.clock.Now, Auth: allowAll{}}
	if change != nil {
		change(&opts)
	}
	d.Service = New(opts)
	d.must(t, "CreateTable", `{"TableName":"model","BillingMode":"PAY_PER_REQUEST",
		"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"}],
		"KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
		"GlobalSecondaryIndexes":[{"IndexName":"by-g","KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}]}`)
	return d
}

type allowAll struct{}

func (allowAll) Authorize(*api.Call, api.Ask) *api.Error { return nil }

func (d *direct) call(op, body string) (int, []byte) {
	w := httptest.NewRecorder()
	d.Serve(w, &api.Call{
		Operation: op, Region: "eu-west-1", Caller: api.Caller{AccountID: testAccount},
		HTTP: httptest.NewRequest(http.MethodPost, "/", nil), Body: []byte(body),
	})
	return w.Code, w.Body.Bytes()
}

func (d *direct) must(t testing.TB, op, body string) []byte {
	t.Helper()
	status, out := d.call(op, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s: %s", op, body, out)
	}
	return out
}

// model is the naive table: a map from key to value of v and g.
type model map[[2]string]struct {
	n int
	g string
}

// rows lists the model as text, sorted by the sort key as a number.
func (m model) rows(keep func(key [2]string, g string) bool) []string {
	var rows []string
	for key, v := range m {
		if keep(key, v.g) {
			rows = append(rows, fmt.Sprintf("%s/%s n=%d g=%s", key[0], key[1], v.n, v.g))
		}
	}
	slices.Sort(rows)
	return rows
}

// readAll follows the pages of a Query or Scan and returns the rows as text, in
// the order they came.
func (d *direct) readAll(t *rapid.T, op string, request map[string]any) []string {
	var rows []string
	for {
		body, _ := json.Marshal(request)
		status, out := d.call(op, string(body))
		if status != http.StatusOK {
			t.Fatalf("%s %s: %s", op, body, out)
		}
		var page struct {
			Items            []map[string]map[string]string
			LastEvaluatedKey map[string]any
		}
		if err := json.Unmarshal(out, &page); err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			rows = append(rows, fmt.Sprintf("%s/%s n=%s g=%s", item["p"]["S"], item["s"]["N"], item["n"]["N"], item["g"]["S"]))
		}
		if page.LastEvaluatedKey == nil {
			return rows
		}
		request["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}

// TestAgainstModel applies random writes to the service and to a map, and compares
// what scans, queries and index queries of any page size return. With history kept
// the present must look the same.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var opts func(*Options)
		if rapid.Bool().Draw(t, "history") {
			opts = func(o *Options) { o.ReplicationLag = func() time.Duration { return 0 } }
		}
		d := newDirect(nopTB{}, opts)
		m := model{}
		for range rapid.IntRange(1, 30).Draw(t, "writes") {
			m.write(t, d)
			d.clock.Advance(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
		}
		m.compare(t, d)
	})
}

// write makes one random write in both.
func (m model) write(t *rapid.T, d *direct) {
	key := [2]string{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "p"), rapid.SampledFrom([]string{"-10", "-9", "0", "2", "10"}).Draw(t, "s")}
	g := rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "g")
	n := rapid.IntRange(0, 3).Draw(t, "n")
	wireKey := fmt.Sprintf(`{"p":{"S":%q},"s":{"N":%q}}`, key[0], key[1])
	old, exists := m[key]
	switch rapid.SampledFrom([]string{"put", "add", "delete"}).Draw(t, "op") {
	case "put":
		item := fmt.Sprintf(`%s,"n":{"N":"%d"}`, strings.TrimSuffix(wireKey, "}"), n)
		if g != "" {
			item += fmt.Sprintf(`,"g":{"S":%q}`, g)
		}
		d.must(nopTB{}, "PutItem", `{"TableName":"model","Item":`+item+`}}`)
		m[key] = struct {
			n int
			g string
		}{n, g}
	case "add":
		d.must(nopTB{}, "UpdateItem", fmt.Sprintf(`{"TableName":"model","Key":%s,"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"%d"}}}`, wireKey, n))
		old.n += n
		m[key] = old
	case "delete":
		status, out := d.call("DeleteItem", fmt.Sprintf(`{"TableName":"model","Key":%s,"ConditionExpression":"n = :n","ExpressionAttributeValues":{":n":{"N":"%d"}}}`, wireKey, n))
		if allowed := exists && old.n == n; allowed != (status == http.StatusOK) {
			t.Fatalf("delete of %v where n = %d: %s", old, n, out)
		} else if allowed {
			delete(m, key)
		}
	}
}

func (m model) compare(t *rapid.T, d *direct) {
	limit := rapid.IntRange(1, 4).Draw(t, "limit")
	check := func(what string, got, want []string) {
		t.Helper()
		sorted := slices.Sorted(slices.Values(got))
		if !slices.Equal(sorted, want) {
			t.Fatalf("%s: got %v, want %v", what, sorted, want)
		}
	}
	all := func([2]string, string) bool { return true }
	check("scan", d.readAll(t, "Scan", map[string]any{"TableName": "model", "Limit": limit}), m.rows(all))
	check("index scan", d.readAll(t, "Scan", map[string]any{"TableName": "model", "IndexName": "by-g", "Limit": limit}),
		m.rows(func(_ [2]string, g string) bool { return g != "" }))
	forward := rapid.Bool().Draw(t, "forward")
	query := func(index, expr, value string) []string {
		request := map[string]any{
			"TableName": "model", "Limit": limit, "ScanIndexForward": forward, "KeyConditionExpression": expr + " AND s >= :s",
			"ExpressionAttributeValues": map[string]any{":v": map[string]string{"S": value}, ":s": map[string]string{"N": "-9"}},
		}
		if index != "" {
			request["IndexName"] = index
		}
		return d.readAll(t, "Query", request)
	}
	check("query", query("", "p = :v", "a"), m.rows(func(k [2]string, _ string) bool { return k[0] == "a" && k[1] != "-10" }))
	check("index query", query("by-g", "g = :v", "x"), m.rows(func(k [2]string, g string) bool { return g == "x" && k[1] != "-10" }))
}

// nopTB stands for the test where a failure is a panic that rapid reports.
type nopTB struct{ testing.TB }

func (nopTB) Helper() {}

func (nopTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// loaded is a table with n items in ten partitions, all in one index partition each.
func loaded(b *testing.B, n int) *direct {
	b.Helper()
	d := newDirect(b, nil)
	for i := range n {
		d.must(b, "PutItem", benchmarkPut(i))
	}
	return d
}

func benchmarkPut(i int) string {
	return fmt.Sprintf(`{"TableName":"model","Item":{"p":{"S":"part-%d"},"s":{"N":"%d"},"g":{"S":"group-%d"},"n":{"N":"1"},"text":{"S":"some text of a usual length"}}}`, i%10, (i*7919)%1_000_003, i%100)
}

func BenchmarkPutAt500k(b *testing.B) {
	d := loaded(b, 500_000)
	i := 500_000
	for b.Loop() {
		d.must(b, "PutItem", benchmarkPut(i))
		i++
	}
}

func BenchmarkQueryPageAt500k(b *testing.B) {
	d := loaded(b, 500_000)
	for b.Loop() {
		d.must(b, "Query", `{"TableName":"model","Limit":100,"KeyConditionExpression":"p = :p AND s > :s",
			"ExpressionAttributeValues":{":p":{"S":"part-3"},":s":{"N":"500000"}}}`)
	}
}

func BenchmarkIndexQueryAt500k(b *testing.B) {
	d := loaded(b, 500_000)
	for b.Loop() {
		d.must(b, "Query", `{"TableName":"model","IndexName":"by-g","Limit":100,"ScanIndexForward":false,"KeyConditionExpression":"g = :g",
			"ExpressionAttributeValues":{":g":{"S":"group-42"}}}`)
	}
}
