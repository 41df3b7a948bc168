package dynamodb

import (
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// writeKind is what a write does to its item.
type writeKind string

// The kinds are named as the IAM actions that allow them.
const (
	putWrite    writeKind = "PutItem"
	updateWrite writeKind = "UpdateItem"
	deleteWrite writeKind = "DeleteItem"
	checkWrite  writeKind = "ConditionCheckItem"
)

// writeInput is the part that single writes and the actions of a transaction have
// in common.
type writeInput struct {
	TableName                           string
	Key                                 wireItem
	Item                                wireItem
	UpdateExpression                    *string
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           map[string]wireValue
	ReturnValuesOnConditionCheckFailure string
}

// write is one parsed write. prepare fills in the table; then plan can be asked,
// under the lock, what it would do.
type write struct {
	kind      writeKind
	ref       tableRef
	table     *table
	item      Item // the new item of a put; the key of the others
	update    *update
	reads     []path
	condition condition
	returnOld bool       // of a failed condition
	invalid   *api.Error // what is wrong with the action of a transaction
}

// parseWrite checks everything that does not need the table.
func (s *Service) parseWrite(c *api.Call, kind writeKind, in *writeInput) (*write, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	w := &write{kind: kind, ref: ref, returnOld: in.ReturnValuesOnConditionCheckFailure == "ALL_OLD"}
	attributes, at := in.Key, "key"
	if kind == putWrite {
		attributes, at = in.Item, "item"
	}
	var v violations
	v.notNull(attributes != nil, at)
	v.oneOf(in.ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE")
	if kind == checkWrite {
		v.notNull(in.ConditionExpression != nil, "conditionExpression")
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := w.parseExpressions(in); err != nil {
		return nil, err
	}
	if w.item, err = attributes.decode(); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *write) parseExpressions(in *writeInput) *api.Error {
	b, err := bind(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return err
	}
	missing := "ConditionExpression is null"
	if w.kind == updateWrite {
		missing = "UpdateExpression and ConditionExpression are null"
	}
	if err := b.checkNeeded(in.UpdateExpression != nil || in.ConditionExpression != nil, missing); err != nil {
		return err
	}
	if in.UpdateExpression != nil {
		if w.update, w.reads, err = parseUpdate(*in.UpdateExpression, b); err != nil {
			return err
		}
	}
	if in.ConditionExpression != nil {
		if w.condition, err = parseCondition("ConditionExpression", *in.ConditionExpression, b); err != nil {
			return err
		}
	}
	return b.checkUsed()
}

// details are the condition keys of the write's authorisation.
func (w *write) details(t *table) *details {
	d := newDetails()
	d.key(t, w.item)
	d.paths(w.reads...)
	if w.update != nil {
		d.paths(w.update.paths()...)
	}
	if w.condition != nil {
		d.expression(w.condition)
	}
	return d
}

// prepare authorises the write, finds its table and checks the keys against it.
func (s *Service) prepare(c *api.Call, w *write, d *details) *api.Error {
	if err := s.allow(c, string(w.kind), w.ref, "", d); err != nil {
		return err
	}
	t, err := s.require(w.ref)
	if err != nil {
		return err
	}
	w.table = t
	if w.kind == putWrite {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return t.checkItem(w.item)
	}
	if err := t.checkKey(w.item); err != nil {
		return err
	}
	if w.update != nil {
		for _, p := range w.update.paths() {
			if t.keyKind(p.top()) != "" {
				return invalidParameter("Cannot update attribute %s. This attribute is part of the key", p.top())
			}
		}
	}
	return nil
}

// key is the write's primary key.
func (w *write) key() Item { return w.table.keyOf(w.item) }

// plan decides what the write does to its item as it is now: from old to item,
// either of which may be nil. The caller holds the lock.
func (w *write) plan() (old, item Item, err *api.Error) {
	old = w.table.get(w.item, view{})
	if w.condition != nil && !w.condition.holds(old) {
		err := conditionFailed()
		if w.returnOld && old != nil {
			err.Extra = map[string]any{"Item": old}
		}
		return old, old, err
	}
	switch w.kind {
	case putWrite:
		return old, w.item, nil
	case updateWrite:
		item, err = w.updated(old)
		return old, item, err
	case deleteWrite:
		return old, nil, nil
	}
	return old, old, nil
}

// updated applies the update expression to the item, or to a new one.
func (w *write) updated(old Item) (Item, *api.Error) {
	base := old
	if base == nil {
		base = w.key()
	}
	if w.update == nil {
		return base, nil
	}
	item, err := w.update.apply(base)
	switch {
	case err != nil:
		return nil, err
	case old == nil && w.update.onlyRemoves():
		return nil, nil
	}
	if err := w.table.checkIndexKeys(item); err != nil {
		return nil, err
	}
	if nesting(item) > maxDepth+1 {
		return nil, invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	if itemSize(item) > maxItemSize {
		return nil, invalid("Item size to update has exceeded the maximum allowed size")
	}
	return item, nil
}

// nesting is how many levels of lists and maps v has, itself included.
func nesting(v Value) int {
	deepest := 0
	switch x := v.(type) {
	case List:
		for _, e := range x {
			deepest = max(deepest, nesting(e))
		}
	case Map:
		for _, e := range x {
			deepest = max(deepest, nesting(e))
		}
	default:
		return 0
	}
	return deepest + 1
}

// commit makes a planned change; the caller holds the lock for writing.
func (w *write) commit(old, item Item, now time.Time) meter {
	if w.kind == checkWrite {
		return meter{table: writeUnits(itemSize(old))}
	}
	return w.table.apply(old, item, now)
}
