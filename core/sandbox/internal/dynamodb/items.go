package dynamodb

import (
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// returns are the parameters of a single write that shape its response.
type returns struct {
	ReturnValues                string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

type singleWriteInput struct {
	writeInput
	legacyWrite
	returns
}

// check validates the parameters; allowed are the ReturnValues of the operation.
func (r *returns) check(kind writeKind) *api.Error {
	var v violations
	v.oneOf(r.ReturnValues, "returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
	v.capacityLevel(r.ReturnConsumedCapacity)
	v.oneOf(r.ReturnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
	if err := v.err(); err != nil {
		return err
	}
	if kind != updateWrite && r.ReturnValues != "" && r.ReturnValues != "NONE" && r.ReturnValues != "ALL_OLD" {
		return invalid("Return values set to invalid value")
	}
	return nil
}

type writeOutput struct {
	Attributes            Item                   `json:",omitzero"`
	ConsumedCapacity      *consumedCapacity      `json:",omitempty"`
	ItemCollectionMetrics *itemCollectionMetrics `json:",omitempty"`
}

type itemCollectionMetrics struct {
	ItemCollectionKey   Item
	SizeEstimateRangeGB [2]float64
}

func (s *Service) putItem(c *api.Call, in *singleWriteInput) (any, *api.Error) {
	return s.singleWrite(c, putWrite, in)
}

func (s *Service) updateItem(c *api.Call, in *singleWriteInput) (any, *api.Error) {
	return s.singleWrite(c, updateWrite, in)
}

func (s *Service) deleteItem(c *api.Call, in *singleWriteInput) (any, *api.Error) {
	return s.singleWrite(c, deleteWrite, in)
}

func (s *Service) singleWrite(c *api.Call, kind writeKind, in *singleWriteInput) (any, *api.Error) {
	if err := in.returns.check(kind); err != nil {
		return nil, err
	}
	w, err := s.parseWrite(c, kind, &in.writeInput)
	if err != nil {
		return nil, err
	}
	if err := in.legacyWrite.addTo(w, &in.writeInput); err != nil {
		return nil, err
	}
	d := w.details(s.find(w.ref))
	d.returns(in.ReturnConsumedCapacity)
	d.scalar["dynamodb:returnvalues"] = orNone(in.ReturnValues)
	if err := s.prepare(c, w, d); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, item, err := w.plan()
	if err != nil {
		return nil, err
	}
	m := w.commit(old, item, s.opts.Clock())
	return writeOutput{
		Attributes:            w.attributes(in.ReturnValues, old, item),
		ConsumedCapacity:      m.report(w.ref.name, in.ReturnConsumedCapacity),
		ItemCollectionMetrics: w.metrics(in.ReturnItemCollectionMetrics),
	}, nil
}

// attributes are what the response returns of the item.
func (w *write) attributes(returnValues string, old, item Item) Item {
	var out Item
	switch returnValues {
	case "ALL_OLD":
		return old
	case "ALL_NEW":
		return item
	case "UPDATED_OLD":
		out = w.written(old)
	case "UPDATED_NEW":
		out = w.written(item)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// written is the part of an item that the update names.
func (w *write) written(item Item) Item {
	if w.update == nil || item == nil {
		return nil
	}
	return project(item, w.update.paths())
}

// metrics describe the item collection of a table with local secondary indexes.
func (w *write) metrics(requested string) *itemCollectionMetrics {
	if requested != "SIZE" {
		return nil
	}
	for _, ix := range w.table.secondary {
		if !ix.global {
			part := w.table.primary.part.name
			return &itemCollectionMetrics{Item{part: w.item[part]}, [2]float64{0, 1}}
		}
	}
	return nil
}

// projectionInput are the parameters with which reads choose attributes.
type projectionInput struct {
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
	AttributesToGet          []string
}

// parse returns the chosen paths; nil means the whole item.
func (in *projectionInput) parse() ([]path, *api.Error) {
	if in.AttributesToGet != nil {
		if in.ProjectionExpression != nil || in.ExpressionAttributeNames != nil {
			return nil, mixedParameters("AttributesToGet", "ProjectionExpression")
		}
		return attributesToGet(in.AttributesToGet)
	}
	b, err := bind(in.ExpressionAttributeNames, nil)
	if err != nil {
		return nil, err
	}
	if err := b.checkNeeded(in.ProjectionExpression != nil, ""); err != nil || in.ProjectionExpression == nil {
		return nil, err
	}
	paths, err := parseProjection(*in.ProjectionExpression, b)
	if err != nil {
		return nil, err
	}
	return paths, b.checkUsed()
}

type getItemInput struct {
	TableName      string
	Key            wireItem
	ConsistentRead bool
	projectionInput
	ReturnConsumedCapacity string
}

type getItemOutput struct {
	Item             Item              `json:",omitzero"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

func (s *Service) getItem(c *api.Call, in *getItemInput) (any, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	var v violations
	v.notNull(in.Key != nil, "key")
	v.capacityLevel(in.ReturnConsumedCapacity)
	if err := v.err(); err != nil {
		return nil, err
	}
	paths, err := in.parse()
	if err != nil {
		return nil, err
	}
	key, err := in.Key.decode()
	if err != nil {
		return nil, err
	}
	d := newDetails()
	d.key(s.find(ref), key)
	d.paths(paths...)
	d.selects(paths != nil)
	d.returns(in.ReturnConsumedCapacity)
	if err := s.allow(c, "GetItem", ref, "", d); err != nil {
		return nil, err
	}
	t, err := s.require(ref)
	if err != nil {
		return nil, err
	}
	if err := t.checkKey(key); err != nil {
		return nil, err
	}
	s.mu.RLock()
	item := t.get(key, s.view(in.ConsistentRead))
	s.mu.RUnlock()
	m := meter{table: readUnits(itemSize(item), in.ConsistentRead)}
	return getItemOutput{projected(item, paths), m.report(ref.name, in.ReturnConsumedCapacity)}, nil
}

// projected applies a projection that may be absent to an item that may be too.
func projected(item Item, paths []path) Item {
	if item == nil || paths == nil {
		return item
	}
	return project(item, paths)
}
