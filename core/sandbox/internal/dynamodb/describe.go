package dynamodb

import (
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The structures that describe a table in responses. Times are Unix seconds.
type (
	tableDescription struct {
		AttributeDefinitions      []attributeDefinition
		TableName                 string
		KeySchema                 []keySchemaElement
		TableStatus               string
		CreationDateTime          float64
		ProvisionedThroughput     throughputDescription
		TableSizeBytes            int
		ItemCount                 int
		TableArn                  string
		TableId                   string
		BillingModeSummary        *billingModeSummary `json:",omitempty"`
		LocalSecondaryIndexes     []indexDescription  `json:",omitempty"`
		GlobalSecondaryIndexes    []indexDescription  `json:",omitempty"`
		SSEDescription            *sseDescription     `json:",omitempty"`
		TableClassSummary         *tableClassSummary  `json:",omitempty"`
		DeletionProtectionEnabled bool
	}
	indexDescription struct {
		IndexName             string
		KeySchema             []keySchemaElement
		Projection            projectionSpec
		IndexStatus           string                 `json:",omitempty"`
		ProvisionedThroughput *throughputDescription `json:",omitempty"`
		IndexSizeBytes        int
		ItemCount             int
		IndexArn              string
	}
	throughputDescription struct {
		NumberOfDecreasesToday int
		ReadCapacityUnits      int64
		WriteCapacityUnits     int64
	}
	billingModeSummary struct {
		BillingMode                       string
		LastUpdateToPayPerRequestDateTime float64
	}
	tableClassSummary struct{ TableClass string }
)

func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// describe is the table's description at a time; the caller holds the lock.
func (t *table) describe(now time.Time) *tableDescription {
	d := &tableDescription{
		AttributeDefinitions:      t.attributes,
		TableName:                 t.ref.name,
		KeySchema:                 t.primary.keySchema(),
		TableStatus:               t.status(now),
		CreationDateTime:          unixSeconds(t.created),
		ProvisionedThroughput:     throughputDescription{0, t.throughput.ReadCapacityUnits, t.throughput.WriteCapacityUnits},
		TableSizeBytes:            t.primary.bytes,
		ItemCount:                 t.primary.live,
		TableArn:                  t.ref.arn(),
		TableId:                   t.id,
		SSEDescription:            t.sse,
		DeletionProtectionEnabled: t.protected,
	}
	if t.billing == payPerRequest {
		d.BillingModeSummary = &billingModeSummary{payPerRequest, unixSeconds(t.created)}
	}
	if t.class != "" {
		d.TableClassSummary = &tableClassSummary{t.class}
	}
	for _, ix := range t.secondary {
		id := ix.describe(t, now)
		if ix.global {
			d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, id)
		} else {
			d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, id)
		}
	}
	return d
}

func (ix *index) describe(t *table, now time.Time) indexDescription {
	d := indexDescription{
		IndexName:      ix.name,
		KeySchema:      ix.keySchema(),
		Projection:     projectionSpec{ix.projection.kind, ix.projection.nonKey},
		IndexSizeBytes: ix.bytes,
		ItemCount:      ix.live,
		IndexArn:       t.ref.arn() + "/index/" + ix.name,
	}
	if ix.global {
		d.IndexStatus = "ACTIVE"
		if now.Before(ix.activeAt) {
			d.IndexStatus = "CREATING"
		}
		d.ProvisionedThroughput = &throughputDescription{0, ix.throughput.ReadCapacityUnits, ix.throughput.WriteCapacityUnits}
	}
	return d
}

func (ix *index) keySchema() []keySchemaElement {
	keys := []keySchemaElement{{ix.part.name, "HASH"}}
	if ix.sort != nil {
		keys = append(keys, keySchemaElement{ix.sort.name, "RANGE"})
	}
	return keys
}

type tableInput struct{ TableName string }

func (s *Service) describeTable(c *api.Call, in *tableInput) (any, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, "DescribeTable", ref, "", nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[ref]
	if t == nil {
		return nil, tableNotFound(ref.name)
	}
	return map[string]any{"Table": t.describe(s.opts.Clock())}, nil
}
