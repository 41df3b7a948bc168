package dynamodb

import (
	"iter"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxPage is how many bytes a Query or Scan reads before it returns a page.
const maxPage = 1 << 20

// readInput are the parameters that Query and Scan share.
type readInput struct {
	TableName                 string
	IndexName                 string
	Select                    string
	Limit                     *int
	ConsistentRead            bool
	ConditionalOperator       string
	ExclusiveStartKey         wireItem
	ReturnConsumedCapacity    string
	FilterExpression          *string
	ExpressionAttributeValues map[string]wireValue
	projectionInput
}

// read is a parsed Query or Scan.
type read struct {
	in     *readInput
	ref    tableRef
	table  *table
	index  *index // nil for the table itself
	paths  []path // of the projection; nil for all
	filter condition
	start  Item // ExclusiveStartKey, or nil
}

type page struct {
	Items            []Item            `json:",omitzero"`
	Count            int               `json:"Count"`
	ScannedCount     int               `json:"ScannedCount"`
	LastEvaluatedKey Item              `json:",omitzero"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

// parseRead checks what does not need the table and parses the expressions that
// Query and Scan share.
func (s *Service) parseRead(c *api.Call, in *readInput, b *bindings) (*read, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	var v violations
	v.atLeast(in.Limit, "limit", 1)
	v.oneOf(in.Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
	v.capacityLevel(in.ReturnConsumedCapacity)
	if in.IndexName != "" {
		v.name(in.IndexName, "indexName")
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	r := &read{in: in, ref: ref}
	if in.FilterExpression != nil {
		if r.filter, err = parseCondition("FilterExpression", *in.FilterExpression, b); err != nil {
			return nil, err
		}
	}
	switch {
	case in.ProjectionExpression != nil && in.AttributesToGet != nil:
		return nil, mixedParameters("AttributesToGet", "ProjectionExpression")
	case in.ProjectionExpression != nil:
		r.paths, err = parseProjection(*in.ProjectionExpression, b)
	case in.AttributesToGet != nil:
		r.paths, err = attributesToGet(in.AttributesToGet)
	}
	if err == nil && in.ExclusiveStartKey != nil {
		r.start, err = in.ExclusiveStartKey.decode()
	}
	if err == nil {
		err = r.checkSelect()
	}
	return r, err
}

func (r *read) checkSelect() *api.Error {
	switch sel := r.in.Select; {
	case sel == "" || sel == "SPECIFIC_ATTRIBUTES" && r.paths != nil:
		return nil
	case sel == "SPECIFIC_ATTRIBUTES":
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case r.in.ProjectionExpression != nil:
		return invalid("Cannot specify the ProjectionExpression when choosing to get %s", sel)
	case r.in.AttributesToGet != nil:
		return invalid("Cannot specify the AttributesToGet when choosing to get %s", sel)
	case sel == "ALL_PROJECTED_ATTRIBUTES" && r.in.IndexName == "":
		return invalidParameter("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	return nil
}

// selects is the effective Select.
func (r *read) selects() string {
	switch {
	case r.in.Select != "":
		return r.in.Select
	case r.paths != nil:
		return "SPECIFIC_ATTRIBUTES"
	case r.in.IndexName != "":
		return "ALL_PROJECTED_ATTRIBUTES"
	}
	return "ALL_ATTRIBUTES"
}

// details are the condition keys that Query and Scan share.
func (r *read) details() *details {
	d := newDetails()
	d.paths(r.paths...)
	if r.filter != nil {
		d.expression(r.filter)
	}
	d.scalar["dynamodb:select"] = r.selects()
	d.returns(r.in.ReturnConsumedCapacity)
	return d
}

// resolve finds the table and index and checks the request against them.
func (s *Service) resolve(r *read) *api.Error {
	t, err := s.require(r.ref)
	if err != nil {
		return err
	}
	r.table = t
	if r.in.IndexName == "" {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r.index = t.index(r.in.IndexName)
	if r.index == nil || s.opts.Clock().Before(r.index.activeAt) {
		return invalid("The table does not have the specified index: %s", r.in.IndexName)
	}
	if !r.index.global {
		return nil
	}
	if r.in.ConsistentRead {
		return invalid("Consistent reads are not supported on global secondary indexes")
	}
	if r.in.Select == "ALL_ATTRIBUTES" && r.index.projection.kind != "ALL" {
		return invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", r.index.name)
	}
	var missing []string
	for _, p := range r.paths {
		if !r.index.holds(p.top(), t.primary) {
			missing = append(missing, p.top())
		}
	}
	if len(missing) > 0 {
		return invalidParameter("Global secondary index %s does not project [%s]", r.index.name, strings.Join(missing, ", "))
	}
	return nil
}

// source is the index that is read: a secondary one or the table's own.
func (r *read) source() *index {
	if r.index != nil {
		return r.index
	}
	return r.table.primary
}

// startKey checks ExclusiveStartKey and finds its place in the index.
func (r *read) startKey() (*indexKey, *api.Error) {
	if r.start == nil {
		return nil, nil
	}
	want := map[string]string{}
	for _, ix := range []*index{r.table.primary, r.source()} {
		for _, k := range ix.keys() {
			want[k.name] = k.kind
		}
	}
	if len(want) != len(r.start) {
		return nil, invalid("The provided starting key is invalid: The provided key element does not match the schema")
	}
	for name, kind := range want {
		if v := r.start[name]; v == nil || v.typeName() != kind {
			return nil, invalid("The provided starting key is invalid: The provided key element does not match the schema")
		}
	}
	key, _ := r.source().locate(r.start, r.table.primary)
	return &key, nil
}

// entries yields the index's entries in a range after the starting key. rank is
// monotone: negative before the range, zero in it, positive after it.
func (r *read) entries(start *indexKey, forward bool, rank func(*indexKey) int) iter.Seq[*entry] {
	inRange := func(all iter.Seq[*entry]) iter.Seq[*entry] {
		return func(yield func(*entry) bool) {
			for e := range all {
				if rank(&e.key) != 0 || !yield(e) {
					return
				}
			}
		}
	}
	if forward {
		return inRange(r.source().entries.ascend(func(k *indexKey) bool {
			return rank(k) >= 0 && (start == nil || k.compare(start) > 0)
		}))
	}
	return inRange(r.source().entries.descend(func(k *indexKey) bool {
		return rank(k) <= 0 && (start == nil || k.compare(start) < 0)
	}))
}

// collect reads one page; the caller holds the lock.
func (r *read) collect(entries iter.Seq[*entry], v view) *page {
	p := &page{Items: []Item{}}
	size := 0
	for e := range entries {
		full := e.seenBy(v)
		if full == nil {
			continue
		}
		held := r.source().project(full, r.table.primary)
		size += itemSize(held)
		p.ScannedCount++
		if item := r.visible(full, held); r.filter == nil || r.filter.holds(item) {
			p.Count++
			p.Items = append(p.Items, projected(item, r.paths))
		}
		if size >= maxPage || r.in.Limit != nil && p.ScannedCount == *r.in.Limit {
			p.LastEvaluatedKey = keyAttributes(full, r.table.primary, r.source())
			break
		}
	}
	if r.in.Select == "COUNT" {
		p.Items = nil
	}
	units := readUnits(size, r.in.ConsistentRead)
	m := meter{table: units}
	if r.index != nil {
		m.table = 0
		m.addIndex(r.index, units)
	}
	p.ConsumedCapacity = m.report(r.ref.name, r.in.ReturnConsumedCapacity)
	return p
}

// visible is what a filter and a projection see of an item: what the index holds,
// or, where a local index is asked for more, the item fetched from the table.
func (r *read) visible(full, held Item) Item {
	if r.index != nil && !r.index.global && (r.paths != nil || r.in.Select == "ALL_ATTRIBUTES") {
		return full
	}
	return held
}

type queryInput struct {
	readInput
	KeyConditionExpression *string
	ScanIndexForward       *bool
	KeyConditions          map[string]legacyCondition
	QueryFilter            map[string]legacyCondition
}

func (s *Service) query(c *api.Call, in *queryInput) (any, *api.Error) {
	b, err := bind(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	hasExpression := in.KeyConditionExpression != nil || in.FilterExpression != nil || in.ProjectionExpression != nil
	if err := b.checkNeeded(hasExpression, "FilterExpression and KeyConditionExpression are null"); err != nil {
		return nil, err
	}
	keys, err := in.parseKeys(b)
	if err != nil {
		return nil, err
	}
	r, err := s.parseRead(c, &in.readInput, b)
	if err != nil {
		return nil, err
	}
	if err := r.addLegacyFilter("QueryFilter", in.QueryFilter, in.KeyConditionExpression != nil); err != nil {
		return nil, err
	}
	if err := b.checkUsed(); err != nil {
		return nil, err
	}
	if err := s.allow(c, "Query", r.ref, in.IndexName, s.queryDetails(r, keys)); err != nil {
		return nil, err
	}
	if err := s.resolve(r); err != nil {
		return nil, err
	}
	return s.runQuery(r, keys, in.ScanIndexForward == nil || *in.ScanIndexForward)
}

// parseKeys reads KeyConditionExpression or KeyConditions.
func (in *queryInput) parseKeys(b *bindings) (keyConditions, *api.Error) {
	switch {
	case in.KeyConditionExpression != nil && in.KeyConditions != nil:
		return nil, mixedParameters("KeyConditions", "KeyConditionExpression")
	case in.KeyConditionExpression != nil:
		cond, err := parseCondition("KeyConditionExpression", *in.KeyConditionExpression, b)
		if err != nil {
			return nil, err
		}
		return splitKeyCondition(cond)
	case in.KeyConditions == nil:
		return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	keys := keyConditions{}
	for name, legacy := range in.KeyConditions {
		if !slices.Contains([]string{"EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN"}, legacy.ComparisonOperator) {
			return nil, invalid("Attempted conditional constraint is not an indexable operation")
		}
		cond, err := legacy.parse(name)
		if err != nil {
			return nil, err
		}
		keys[name] = cond
	}
	return keys, nil
}

// addLegacyFilter takes QueryFilter or ScanFilter as the filter.
func (r *read) addLegacyFilter(name string, conditions map[string]legacyCondition, expressions bool) *api.Error {
	if conditions == nil {
		if r.in.ConditionalOperator != "" && r.in.FilterExpression != nil {
			return mixedParameters("ConditionalOperator", "FilterExpression")
		}
		return nil
	}
	if expressions || r.in.FilterExpression != nil {
		return mixedParameters(name, "FilterExpression")
	}
	var err *api.Error
	r.filter, err = legacyConditions(conditions, r.in.ConditionalOperator)
	return err
}

// queryDetails are the condition keys of a query. The leading key is that of the
// table or index queried.
func (s *Service) queryDetails(r *read, keys keyConditions) *details {
	d := r.details()
	for name, cond := range keys {
		d.attributes[name] = true
		if t := s.find(r.ref); t != nil && s.partitionName(t, r.in.IndexName) == name {
			if equality, ok := cond.(comparison); ok {
				d.lead(equality.right.eval(nil))
			}
		}
	}
	return d
}

func (s *Service) partitionName(t *table, indexName string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if ix := t.index(indexName); ix != nil {
		return ix.part.name
	}
	return t.primary.part.name
}

func (s *Service) runQuery(r *read, keys keyConditions, forward bool) (any, *api.Error) {
	within, err := keys.resolve(r.source())
	if err != nil {
		return nil, err
	}
	if err := r.checkFilter(); err != nil {
		return nil, err
	}
	start, err := r.startKey()
	if err != nil {
		return nil, err
	}
	if start != nil && start.comparePartition(&within.bound) != 0 {
		return nil, invalid("The provided starting key is outside query boundaries based on provided conditions")
	}
	if start != nil && within.rank(start) != 0 {
		return nil, invalid("The provided starting key does not match the range key predicate")
	}
	v := s.view(r.in.ConsistentRead)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return r.collect(r.entries(start, forward, within.rank), v), nil
}

// checkFilter refuses filters on the key of what is queried.
func (r *read) checkFilter() *api.Error {
	var err *api.Error
	if r.filter != nil {
		walkPaths(r.filter, func(p path) {
			for _, k := range r.source().keys() {
				if k.name == p.top() && err == nil {
					err = invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", k.name)
				}
			}
		})
	}
	return err
}
