package dynamodb

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Limits of the batch operations (API Reference).
const (
	maxBatchGet      = 100
	maxBatchWrite    = 25
	maxBatchResponse = 16 << 20
)

type keysAndAttributes struct {
	Keys           []wireItem
	ConsistentRead bool `json:",omitempty"`
	projectionInput
}

type batchGetInput struct {
	RequestItems           map[string]keysAndAttributes
	ReturnConsumedCapacity string
}

type batchGetOutput struct {
	Responses        map[string][]Item
	UnprocessedKeys  map[string]unprocessedKeys
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

// unprocessedKeys repeats the request for the keys that were not read.
type unprocessedKeys struct {
	Keys                     []Item
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
	AttributesToGet          []string          `json:",omitempty"`
}

// batchGet is the part of a batch read that goes to one table.
type batchGet struct {
	name  string // as the request names the table
	in    keysAndAttributes
	ref   tableRef
	table *table
	keys  []Item
	paths []path
}

func (s *Service) batchGetItem(c *api.Call, in *batchGetInput) (any, *api.Error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var gets []*batchGet
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		g, err := s.parseBatchGet(c, name, in.RequestItems[name])
		if err != nil {
			return nil, err
		}
		gets = append(gets, g)
	}
	for _, g := range gets {
		if err := s.prepareBatchGet(c, g, in.ReturnConsumedCapacity); err != nil {
			return nil, err
		}
	}
	return s.runBatchGet(gets, in.ReturnConsumedCapacity), nil
}

func (in *batchGetInput) check() *api.Error {
	var v violations
	v.capacityLevel(in.ReturnConsumedCapacity)
	v.notNull(in.RequestItems != nil, "requestItems")
	if in.RequestItems != nil && len(in.RequestItems) == 0 {
		v.add("{}", "requestItems", "Member must have length greater than or equal to 1")
	}
	total := 0
	for name, k := range in.RequestItems {
		total += len(k.Keys)
		switch {
		case k.Keys == nil:
			v.notNull(false, "requestItems."+name+".member.keys")
		case len(k.Keys) == 0:
			v.add("[]", "requestItems."+name+".member.keys", "Member must have length greater than or equal to 1")
		}
	}
	if err := v.err(); err != nil {
		return err
	}
	if total > maxBatchGet {
		return invalid("Too many items requested for the BatchGetItem call")
	}
	return nil
}

func (s *Service) parseBatchGet(c *api.Call, name string, in keysAndAttributes) (*batchGet, *api.Error) {
	ref, err := s.tableRef(c, name)
	if err != nil {
		return nil, err
	}
	g := &batchGet{name: name, in: in, ref: ref}
	if g.paths, err = in.parse(); err != nil {
		return nil, err
	}
	for _, wire := range in.Keys {
		key, err := wire.decode()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(g.keys, func(k Item) bool { return equal(k, key) }) {
			return nil, invalid("Provided list of item keys contains duplicates")
		}
		g.keys = append(g.keys, key)
	}
	return g, nil
}

func (s *Service) prepareBatchGet(c *api.Call, g *batchGet, capacity string) *api.Error {
	d := newDetails()
	t := s.find(g.ref)
	for _, key := range g.keys {
		d.key(t, key)
	}
	d.paths(g.paths...)
	d.selects(g.paths != nil)
	d.returns(capacity)
	if err := s.allow(c, "BatchGetItem", g.ref, "", d); err != nil {
		return err
	}
	var err *api.Error
	if g.table, err = s.require(g.ref); err != nil {
		return err
	}
	for _, key := range g.keys {
		if err := g.table.checkKey(key); err != nil {
			return err
		}
	}
	return nil
}

// runBatchGet reads until the response is full; the rest goes to UnprocessedKeys.
func (s *Service) runBatchGet(gets []*batchGet, capacity string) batchGetOutput {
	out := batchGetOutput{Responses: map[string][]Item{}, UnprocessedKeys: map[string]unprocessedKeys{}}
	total := 0
	for _, g := range gets {
		v := s.view(g.in.ConsistentRead)
		items := []Item{}
		var m meter
		s.mu.RLock()
		for i, key := range g.keys {
			item := g.table.get(key, v)
			if total += itemSize(item); total > maxBatchResponse {
				total = maxBatchResponse
				out.UnprocessedKeys[g.name] = g.unprocessed(i)
				break
			}
			m.table += readUnits(itemSize(item), g.in.ConsistentRead)
			if item != nil {
				items = append(items, projected(item, g.paths))
			}
		}
		s.mu.RUnlock()
		out.Responses[g.name] = items
		if report := m.report(g.ref.name, capacity); report != nil {
			out.ConsumedCapacity = append(out.ConsumedCapacity, report)
		}
	}
	return out
}

func (g *batchGet) unprocessed(from int) unprocessedKeys {
	return unprocessedKeys{
		Keys: g.keys[from:], ConsistentRead: g.in.ConsistentRead,
		ProjectionExpression:     g.in.ProjectionExpression,
		ExpressionAttributeNames: g.in.ExpressionAttributeNames,
		AttributesToGet:          g.in.AttributesToGet,
	}
}

type batchWriteInput struct {
	RequestItems                map[string][]writeRequest
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

// writeRequest has exactly one member.
type writeRequest struct {
	PutRequest    *struct{ Item wireItem }
	DeleteRequest *struct{ Key wireItem }
}

// batchWrite is the part of a batch that goes to one table.
type batchWrite struct {
	ref    tableRef
	writes []*write
}

func (s *Service) batchWriteItem(c *api.Call, in *batchWriteInput) (any, *api.Error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var batches []*batchWrite
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		batch := &batchWrite{}
		for _, request := range in.RequestItems[name] {
			w, err := s.parseWriteRequest(c, name, request)
			if err != nil {
				return nil, err
			}
			batch.ref = w.ref
			batch.writes = append(batch.writes, w)
		}
		batches = append(batches, batch)
	}
	for _, batch := range batches {
		if err := s.prepareBatch(c, batch, in.ReturnConsumedCapacity); err != nil {
			return nil, err
		}
	}
	return s.runBatchWrite(batches, in.ReturnConsumedCapacity), nil
}

func (in *batchWriteInput) check() *api.Error {
	var v violations
	v.capacityLevel(in.ReturnConsumedCapacity)
	v.oneOf(in.ReturnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
	v.notNull(in.RequestItems != nil, "requestItems")
	if in.RequestItems != nil && len(in.RequestItems) == 0 {
		v.add("{}", "requestItems", "Member must have length greater than or equal to 1")
	}
	total := 0
	for name, requests := range in.RequestItems {
		total += len(requests)
		if len(requests) == 0 {
			v.add("[]", fmt.Sprintf("requestItems.%s.member", name), "Member must have length greater than or equal to 1")
		}
	}
	if err := v.err(); err != nil {
		return err
	}
	if total > maxBatchWrite {
		return invalid("Too many items requested for the BatchWriteItem call")
	}
	return nil
}

func (s *Service) parseWriteRequest(c *api.Call, name string, request writeRequest) (*write, *api.Error) {
	switch put, del := request.PutRequest, request.DeleteRequest; {
	case put != nil && del != nil:
		return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	case put != nil:
		return s.parseWrite(c, putWrite, &writeInput{TableName: name, Item: put.Item})
	case del != nil:
		return s.parseWrite(c, deleteWrite, &writeInput{TableName: name, Key: del.Key})
	}
	return nil, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
}

// prepareBatch authorises a table's share of the batch and checks its writes.
func (s *Service) prepareBatch(c *api.Call, batch *batchWrite, capacity string) *api.Error {
	d := newDetails()
	t := s.find(batch.ref)
	for _, w := range batch.writes {
		d.key(t, w.item)
	}
	d.returns(capacity)
	if err := s.allow(c, "BatchWriteItem", batch.ref, "", d); err != nil {
		return err
	}
	t, err := s.require(batch.ref)
	if err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var places []indexKey
	for _, w := range batch.writes {
		w.table = t
		check := t.checkKey
		if w.kind == putWrite {
			check = t.checkItem
		}
		if err := check(w.item); err != nil {
			return err
		}
		place, _ := t.primary.locate(w.item, t.primary)
		if slices.Contains(places, place) {
			return invalid("Provided list of item keys contains duplicates")
		}
		places = append(places, place)
	}
	return nil
}

func (s *Service) runBatchWrite(batches []*batchWrite, capacity string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock()
	out := struct {
		UnprocessedItems struct{}
		ConsumedCapacity []*consumedCapacity `json:",omitempty"`
	}{}
	for _, batch := range batches {
		var m meter
		for _, w := range batch.writes {
			// Unconditional puts and deletes always have a plan.
			old, item, _ := w.plan()
			m.add(w.commit(old, item, now), 1)
		}
		if report := m.report(batch.ref.name, capacity); report != nil {
			out.ConsumedCapacity = append(out.ConsumedCapacity, report)
		}
	}
	return out
}
