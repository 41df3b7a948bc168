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

func TestCreateTableValidation(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.createTable("taken")
	tests := map[string]struct {
		change func(*dynamodb.CreateTableInput)
		code   string
		want   string
	}{
		"taken": {func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("taken") }, "ResourceInUseException", "Table already exists: taken"},
		"short": {func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("ab") }, "ValidationException", "TableName must be at least 3 characters long and at most 255 characters long"},
		"name":  {func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("a b c") }, "ValidationException", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		"unused": {func(in *dynamodb.CreateTableInput) {
			in.AttributeDefinitions = attributes("pk S", "sk N", "g S", "h S", "l S", "u S")
		}, "ValidationException", "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, g, h, l, u]"},
		"undefined":  {func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions = attributes("pk S") }, "ValidationException", "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, sk], AttributeDefinitions: [pk]"},
		"two hashes": {func(in *dynamodb.CreateTableInput) { in.KeySchema[1].KeyType = types.KeyTypeHash }, "ValidationException", "The second KeySchemaElement is not a RANGE key type"},
		"duplicate":  {func(in *dynamodb.CreateTableInput) { in.GlobalSecondaryIndexes[1].IndexName = aws.String("by-g") }, "ValidationException", "Duplicate index name: by-g"},
		"throughput": {func(in *dynamodb.CreateTableInput) { in.BillingMode = "" }, "ValidationException", "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		"local hash": {func(in *dynamodb.CreateTableInput) { in.LocalSecondaryIndexes[0].KeySchema = keySchema("g", "l") }, "ValidationException", "does not have the same leading hash key as table KeySchema for index: by-l"},
		"projection": {func(in *dynamodb.CreateTableInput) {
			in.GlobalSecondaryIndexes[0].Projection.NonKeyAttributes = []string{"x"}
		}, "ValidationException", "ProjectionType is ALL, but NonKeyAttributes is specified"},
		"billing": {func(in *dynamodb.CreateTableInput) { in.BillingMode = "FREE" }, "ValidationException", "Value 'FREE' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]"},
		"stream": {func(in *dynamodb.CreateTableInput) {
			in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true)}
		}, "ValidationException", "StreamSpecification"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := tableWithIndexes("new-table")
			tt.change(in)
			_, err := f.CreateTable(t.Context(), in)
			wantError(t, err, tt.code, tt.want)
		})
	}
}

func TestTableLifecycle(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) { o.CreateDelay = time.Minute })
	ctx := t.Context()
	in := tableWithIndexes("Accounts")
	in.DeletionProtectionEnabled = aws.Bool(true)
	in.SSESpecification = &types.SSESpecification{Enabled: aws.Bool(true), SSEType: types.SSETypeKms, KMSMasterKeyId: aws.String("alias/x")}
	if _, err := f.CreateTable(ctx, in); err != nil {
		t.Fatal(err)
	}
	describe := func() *types.TableDescription {
		out, err := f.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Accounts")})
		if err != nil {
			t.Fatal(err)
		}
		return out.Table
	}
	if got := describe().TableStatus; got != types.TableStatusCreating {
		t.Errorf("status %s at once", got)
	}
	_, err := f.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Accounts"), Item: av("pk", "a", "sk", 1)})
	wantError(t, err, "ResourceNotFoundException", "Requested resource not found")
	_, err = f.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Accounts")})
	wantError(t, err, "ResourceInUseException", "Table is being created: Accounts")

	f.clock.Advance(time.Minute)
	d := describe()
	if d.TableStatus != types.TableStatusActive || *d.TableArn != "arn:aws:dynamodb:eu-west-1:111122223333:table/Accounts" ||
		*d.SSEDescription.KMSMasterKeyArn != "alias/x" || len(d.LocalSecondaryIndexes) != 1 || len(d.GlobalSecondaryIndexes) != 2 {
		t.Errorf("unexpected description %+v", d)
	}
	f.put("Accounts", "pk", "a", "sk", 1)
	f.put("Accounts", "pk", "b", "sk", 1, "g", "G")
	if d = describe(); *d.ItemCount != 2 || *d.TableSizeBytes != 16 || *d.GlobalSecondaryIndexes[1].ItemCount != 1 {
		t.Errorf("%d items, %d bytes", *d.ItemCount, *d.TableSizeBytes)
	}
	_, err = f.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Accounts")})
	wantError(t, err, "ValidationException", "protected against deletion")
	_, err = f.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("Accounts"), DeletionProtectionEnabled: aws.Bool(false)})
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Minute)
	if _, err := f.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Accounts")}); err != nil {
		t.Fatal(err)
	}
	_, err = f.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Accounts")})
	wantError(t, err, "ResourceNotFoundException", "Requested resource not found: Table: Accounts not found")
}

func TestUpdateTableIndexes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	f.createTable("things")
	f.put("things", "pk", "a", "sk", 1, "color", "red")
	f.put("things", "pk", "a", "sk", 2, "color", 7) // the wrong type: not in the index
	create := &dynamodb.UpdateTableInput{
		TableName: aws.String("things"), AttributeDefinitions: attributes("color S"),
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
			IndexName: aws.String("by-color"), KeySchema: keySchema("color"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}}},
	}
	if _, err := f.UpdateTable(ctx, create); err != nil {
		t.Fatal(err)
	}
	out, err := f.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("things"), IndexName: aws.String("by-color")})
	if err != nil || out.Count != 1 || len(out.Items[0]) != 3 {
		t.Errorf("scan of the new index: %+v, %v", out, err)
	}
	_, err = f.UpdateTable(ctx, create)
	wantError(t, err, "ValidationException", "already exists")
	_, err = f.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("things"), Item: av("pk", "a", "sk", 3, "color", 1)})
	wantError(t, err, "ValidationException", "Type mismatch for Index Key color Expected: S Actual: N IndexName: by-color")
	drop := []types.GlobalSecondaryIndexUpdate{{Delete: &types.DeleteGlobalSecondaryIndexAction{IndexName: aws.String("by-color")}}}
	if _, err := f.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("things"), GlobalSecondaryIndexUpdates: drop}); err != nil {
		t.Fatal(err)
	}
	_, err = f.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("things"), IndexName: aws.String("by-color")})
	wantError(t, err, "ValidationException", "The table does not have the specified index: by-color")
	_, err = f.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("things")})
	wantError(t, err, "ValidationException", "At least one of")
}

func TestListTablesPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	var want []string
	for i := range 5 {
		want = append(want, fmt.Sprintf("table-%d", i))
		f.createTable(want[i])
	}
	var got []string
	pages := dynamodb.NewListTablesPaginator(f.Client, &dynamodb.ListTablesInput{Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.TableNames) > 2 {
			t.Errorf("page of %d", len(page.TableNames))
		}
		got = append(got, page.TableNames...)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v", got)
	}
	if asks := f.auth.take(); asks[len(asks)-1].Resource != "*" {
		t.Errorf("ListTables asked for %s", asks[len(asks)-1].Resource)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ctx := t.Context()
	f.createTable("things")
	name, arn := aws.String("things"), aws.String("arn:aws:dynamodb:eu-west-1:111122223333:table/things")

	backups, err := f.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
		TableName: name, PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
	})
	if err != nil || backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != "ENABLED" {
		t.Errorf("point in time recovery: %+v, %v", backups, err)
	}
	_, err = f.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String("nope")})
	wantError(t, err, "TableNotFoundException", "Table not found: nope")

	ttl := &dynamodb.UpdateTimeToLiveInput{TableName: name, TimeToLiveSpecification: &types.TimeToLiveSpecification{Enabled: aws.Bool(true), AttributeName: aws.String("exp")}}
	if _, err := f.UpdateTimeToLive(ctx, ttl); err != nil {
		t.Fatal(err)
	}
	_, err = f.UpdateTimeToLive(ctx, ttl)
	wantError(t, err, "ValidationException", "TimeToLive is already enabled")
	described, err := f.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: name})
	if err != nil || *described.TimeToLiveDescription.AttributeName != "exp" {
		t.Errorf("time to live: %+v, %v", described, err)
	}

	tags := []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}
	if _, err := f.TagResource(ctx, &dynamodb.TagResourceInput{ResourceArn: arn, Tags: tags}); err != nil {
		t.Fatal(err)
	}
	tags[0].Value = aws.String("3")
	if _, err := f.TagResource(ctx, &dynamodb.TagResourceInput{ResourceArn: arn, Tags: tags[:1]}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.UntagResource(ctx, &dynamodb.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	list, err := f.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: arn})
	if err != nil || len(list.Tags) != 1 || *list.Tags[0].Value != "3" {
		t.Errorf("tags: %+v, %v", list, err)
	}
}
