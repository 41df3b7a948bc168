package dynamodb

import (
	"fmt"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type transactGetInput struct {
	TransactItems          []struct{ Get *transactGet }
	ReturnConsumedCapacity string
}

type transactGet struct {
	TableName string
	Key       wireItem
	projectionInput
}

// transactedRead is one parsed Get of a transaction.
type transactedRead struct {
	ref   tableRef
	table *table
	key   Item
	paths []path
}

type transactGetResponse struct {
	Item Item `json:",omitzero"`
}

type transactGetOutput struct {
	Responses        []transactGetResponse
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

func (s *Service) transactGetItems(c *api.Call, in *transactGetInput) (any, *api.Error) {
	var v violations
	checkActions(&v, len(in.TransactItems), in.TransactItems != nil)
	v.capacityLevel(in.ReturnConsumedCapacity)
	for i, item := range in.TransactItems {
		at := fmt.Sprintf("transactItems.%d.member.get", i+1)
		v.notNull(item.Get != nil, at)
		if item.Get != nil {
			v.notNull(item.Get.Key != nil, at+".key")
		}
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	reads := make([]*transactedRead, len(in.TransactItems))
	for i, item := range in.TransactItems {
		var err *api.Error
		if reads[i], err = s.parseTransactedRead(c, item.Get); err != nil {
			return nil, err
		}
	}
	for _, r := range reads {
		if err := s.prepareTransactedRead(c, r, in.ReturnConsumedCapacity); err != nil {
			return nil, err
		}
	}
	for i, r := range reads {
		for _, other := range reads[:i] {
			if other.ref == r.ref && equal(other.key, r.key) {
				return nil, invalid("Transaction request cannot include multiple operations on one item")
			}
		}
	}
	return s.runTransactedReads(reads, in.ReturnConsumedCapacity), nil
}

func (s *Service) parseTransactedRead(c *api.Call, in *transactGet) (*transactedRead, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	r := &transactedRead{ref: ref}
	if r.paths, err = in.parse(); err != nil {
		return nil, err
	}
	r.key, err = in.Key.decode()
	return r, err
}

func (s *Service) prepareTransactedRead(c *api.Call, r *transactedRead, capacity string) *api.Error {
	d := newDetails()
	d.key(s.find(r.ref), r.key)
	d.paths(r.paths...)
	d.selects(r.paths != nil)
	d.returns(capacity)
	d.scalar["dynamodb:enclosingoperation"] = c.Operation
	if err := s.allow(c, "GetItem", r.ref, "", d); err != nil {
		return err
	}
	t, err := s.require(r.ref)
	if err != nil {
		return err
	}
	r.table = t
	return t.checkKey(r.key)
}

// runTransactedReads reads all items at one moment; they are always consistent.
func (s *Service) runTransactedReads(reads []*transactedRead, capacity string) transactGetOutput {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := transactGetOutput{Responses: make([]transactGetResponse, len(reads))}
	var order []tableRef
	meters := map[tableRef]*meter{}
	for i, r := range reads {
		item := r.table.get(r.key, view{})
		out.Responses[i].Item = projected(item, r.paths)
		if meters[r.ref] == nil {
			meters[r.ref] = &meter{}
			order = append(order, r.ref)
		}
		meters[r.ref].table += transactionFactor * readUnits(itemSize(item), true)
	}
	for _, ref := range order {
		if report := meters[ref].report(ref.name, capacity); report != nil {
			out.ConsumedCapacity = append(out.ConsumedCapacity, report)
		}
	}
	return out
}
