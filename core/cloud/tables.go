package cloud

import (
	"context"
	"errors"
	"iter"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cross-account-manager/cam/core"
)

// Tables is the recorded state in DynamoDB. It implements core.Accounts, core.Roles,
// core.Assignments and core.Files. Every write is conditional on the record's
// version, which counts its writes.
type Tables struct{ db *dynamodb.Client }

// Tables opens the installation's tables in the client's region.
func (c *Client) Tables() *Tables { return &Tables{dynamodb.NewFromConfig(c.cfg)} }

// Indexes of the tables.
const (
	statusIndex  = "Status-index"    // of accounts and roles
	nameIndex    = "Name-index"      // of accounts: keys and status only
	accountIndex = "AccountId-index" // of assignments
	openIndex    = "Open-index"      // of assignments that have work left; others are not in it
)

const attrVersion = "Version"

// row is a record's form as an item: R the record, I a struct with dynamodbav tags.
type row[R any, I any] struct {
	table    string
	what     string // for error messages: "account"
	toItem   func(*R) I
	fromItem func(*I) R
	remember func(r, before *R) // keeps the record's history; nil for records without one
}

func (r row[R, I]) decode(av map[string]types.AttributeValue) (R, error) {
	var item I
	if err := attributevalue.UnmarshalMap(av, &item); err != nil {
		var zero R
		return zero, core.Errorf(core.CodeFailure, "table %s holds an item that is not a record: %w", r.table, err)
	}
	return r.fromItem(&item), nil
}

type key = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// get reads a record with strong consistency.
func (r row[R, I]) get(ctx context.Context, db *dynamodb.Client, k key, id string) (R, bool, error) {
	var zero R
	out, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &r.table, Key: k, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return zero, false, wrap(err, "reading %s %s", r.what, id)
	}
	if out.Item == nil {
		return zero, false, nil
	}
	rec, err := r.decode(out.Item)
	return rec, err == nil, err
}

func (r row[R, I]) mustGet(ctx context.Context, db *dynamodb.Client, k key, id string) (R, error) {
	rec, found, err := r.get(ctx, db, k, id)
	if err == nil && !found {
		err = core.Errorf(core.CodeNotFound, "%s %s is not recorded", r.what, id)
	}
	return rec, err
}

// maxRaces bounds how often an update may lose against other writers.
const maxRaces = 50

// update reads, changes and writes a record, from the start if another writer came
// between. fresh is the record where there is none yet; version finds its counter.
func (r row[R, I]) update(ctx context.Context, db *dynamodb.Client, k key, id string, fresh R, version func(*R) *int64, change core.Change[R]) (R, error) {
	for race := 0; ; race++ {
		rec, found, err := r.get(ctx, db, k, id)
		if err != nil {
			return rec, err
		}
		if !found {
			rec = fresh
		}
		read, before := rec, *version(&rec)
		switch err := change(&rec); {
		case errors.Is(err, core.ErrUnchanged):
			return read, nil
		case err != nil:
			return rec, err
		}
		if r.remember != nil {
			r.remember(&rec, &read)
		}
		*version(&rec) = before + 1
		err = r.put(ctx, db, k, &rec, before, id)
		if !core.IsCode(err, core.CodeConflict) || race == maxRaces {
			return rec, err
		}
		if err := pause(ctx, race); err != nil {
			return rec, err
		}
	}
}

// put writes a record under its key, if it is still the one that was read.
func (r row[R, I]) put(ctx context.Context, db *dynamodb.Client, k key, rec *R, before int64, id string) error {
	item, err := attributevalue.MarshalMap(r.toItem(rec))
	if err != nil {
		return core.Errorf(core.CodeFailure, "encoding %s %s: %w", r.what, id, err)
	}
	maps.Copy(item, k)
	in := &dynamodb.PutItemInput{
		TableName: &r.table, Item: item,
		ExpressionAttributeNames: map[string]string{"#v": attrVersion},
		ConditionExpression:      aws.String("attribute_not_exists(#v)"),
	}
	if before > 0 {
		in.ConditionExpression = aws.String("#v = :v")
		v, err := attributevalue.Marshal(before)
		if err != nil {
			return err
		}
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":v": v}
	}
	_, err = db.PutItem(ctx, in)
	return wrap(err, "writing %s %s", r.what, id)
}

// firstPage is how many items the first page of a query has: few, so that whoever shows
// a long list has something to show. The others are as large as DynamoDB makes them.
const firstPage = 200

// query yields the records of a query, page by page.
func (r row[R, I]) query(ctx context.Context, db *dynamodb.Client, in *dynamodb.QueryInput) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var zero R
		page := *in
		page.TableName, page.Limit = &r.table, aws.Int32(firstPage)
		for {
			out, err := db.Query(ctx, &page)
			if err != nil {
				yield(zero, wrap(err, "listing %ss", r.what))
				return
			}
			for _, av := range out.Items {
				rec, err := r.decode(av)
				if !yield(rec, err) || err != nil {
					return
				}
			}
			if page.ExclusiveStartKey = out.LastEvaluatedKey; len(out.LastEvaluatedKey) == 0 {
				return
			}
			page.Limit = nil
		}
	}
}

// byKey asks for the items with one partition key, in a table or one of its indexes.
func byKey(index, attribute, value string) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("#k = :k"),
		ExpressionAttributeNames:  map[string]string{"#k": attribute},
		ExpressionAttributeValues: map[string]types.AttributeValue{":k": text(value)},
	}
	if index == "" {
		in.ConsistentRead = aws.Bool(true)
	} else {
		in.IndexName = &index
	}
	return in
}

// concat yields one sequence after the other and stops at an error.
func concat[R any](seqs ...iter.Seq2[R, error]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for _, seq := range seqs {
			for r, err := range seq {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}
