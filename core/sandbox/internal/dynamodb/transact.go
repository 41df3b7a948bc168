package dynamodb

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Limits of transactions (Developer Guide, "Amazon DynamoDB transactions").
const (
	maxTransaction     = 100
	maxTransactionSize = 4 << 20
	tokenLifetime      = 10 * time.Minute
	// transactionFactor is what transactional reads and writes cost more.
	transactionFactor = 2
)

type transactWriteInput struct {
	TransactItems               []transactWriteItem
	ClientRequestToken          string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

// transactWriteItem has exactly one member.
type transactWriteItem struct {
	ConditionCheck, Put, Update, Delete *writeInput
}

// action returns the member; position counts the actions from 1.
func (i transactWriteItem) action(position int) (kind writeKind, in *writeInput, err *api.Error) {
	n := 0
	for _, member := range []struct {
		kind writeKind
		in   *writeInput
	}{{checkWrite, i.ConditionCheck}, {putWrite, i.Put}, {updateWrite, i.Update}, {deleteWrite, i.Delete}} {
		if member.in != nil {
			kind, in = member.kind, member.in
			n++
		}
	}
	if n != 1 {
		return "", nil, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	var v violations
	v.notNull(kind != updateWrite || in.UpdateExpression != nil, fmt.Sprintf("transactItems.%d.member.update.updateExpression", position))
	return kind, in, v.err()
}

// tokenKey identifies an idempotent request, tokenUse what it did.
type (
	tokenKey struct{ account, region, token string }
	tokenUse struct {
		at   time.Time
		body [sha256.Size]byte
		out  any
	}
)

// cancellationReason says why one action cancelled its transaction, or "None".
type cancellationReason struct {
	Code    string
	Message string `json:",omitempty"`
	Item    Item   `json:",omitzero"`
}

func (s *Service) transactWriteItems(c *api.Call, in *transactWriteInput) (any, *api.Error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	writes := make([]*write, len(in.TransactItems))
	for i, item := range in.TransactItems {
		kind, action, err := item.action(i + 1)
		if err != nil {
			return nil, err
		}
		if writes[i], err = s.parseWrite(c, kind, action); err != nil {
			return nil, err
		}
	}
	for _, w := range writes {
		if err := s.prepareTransacted(c, w, in.ReturnConsumedCapacity); err != nil {
			return nil, err
		}
	}
	if err := checkTransaction(writes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if out, done, err := s.replay(c, in.ClientRequestToken); done || err != nil {
		return out, err
	}
	out, err := s.runTransaction(writes, in.ReturnConsumedCapacity)
	if err == nil {
		s.remember(c, in.ClientRequestToken, out)
	}
	return out, err
}

func (in *transactWriteInput) check() *api.Error {
	var v violations
	checkActions(&v, len(in.TransactItems), in.TransactItems != nil)
	v.capacityLevel(in.ReturnConsumedCapacity)
	v.oneOf(in.ReturnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
	if len(in.ClientRequestToken) > 36 {
		v.add(in.ClientRequestToken, "clientRequestToken", "Member must have length less than or equal to 36")
	}
	return v.err()
}

func checkActions(v *violations, n int, present bool) {
	v.notNull(present, "transactItems")
	if present && n == 0 {
		v.add("[]", "transactItems", "Member must have length greater than or equal to 1")
	}
	if n > maxTransaction {
		v.add(fmt.Sprintf("[%d actions]", n), "transactItems", fmt.Sprintf("Member must have length less than or equal to %d", maxTransaction))
	}
}

// prepareTransacted authorises one action as the operation that it stands for.
func (s *Service) prepareTransacted(c *api.Call, w *write, capacity string) *api.Error {
	d := w.details(s.find(w.ref))
	d.returns(capacity)
	d.scalar["dynamodb:enclosingoperation"] = c.Operation
	err := s.prepare(c, w, d)
	if err != nil && err.Code == codeValidation && w.table != nil {
		// What is wrong with one action's item cancels the transaction.
		w.invalid = err
		return nil
	}
	return err
}

// checkTransaction refuses two actions on one item and too large a transaction.
func checkTransaction(writes []*write) *api.Error {
	type target struct {
		ref tableRef
		key indexKey
	}
	seen := map[target]bool{}
	size := 0
	for _, w := range writes {
		size += itemSize(w.item)
		place, ok := w.table.primary.locate(w.item, w.table.primary)
		if !ok {
			continue
		}
		if t := (target{w.ref, place}); seen[t] {
			return invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[target{w.ref, place}] = true
	}
	if size > maxTransactionSize {
		return invalid("Collection size of items in the transaction exceeded the maximum allowed size of 4 MB")
	}
	return nil
}

// replay answers a request that was made before with the same token.
func (s *Service) replay(c *api.Call, token string) (out any, done bool, err *api.Error) {
	if token == "" {
		return nil, false, nil
	}
	use, ok := s.tokens[tokenKey{c.Caller.AccountID, c.Region, token}]
	switch {
	case !ok || s.opts.Clock().Sub(use.at) >= tokenLifetime:
		return nil, false, nil
	case use.body != digest(c.Body):
		return nil, false, fault("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but non-identical request.")
	}
	return use.out, true, nil
}

// remember keeps what a token did and forgets the expired ones.
func (s *Service) remember(c *api.Call, token string, out any) {
	if token == "" {
		return
	}
	now := s.opts.Clock()
	for key, use := range s.tokens {
		if now.Sub(use.at) >= tokenLifetime {
			delete(s.tokens, key)
		}
	}
	s.tokens[tokenKey{c.Caller.AccountID, c.Region, token}] = tokenUse{now, digest(c.Body), out}
}

// digest identifies a request whatever the order in which it writes its members.
func digest(body []byte) [sha256.Size]byte {
	var request any
	if json.Unmarshal(body, &request) == nil {
		if canonical, err := json.Marshal(request); err == nil {
			body = canonical
		}
	}
	return sha256.Sum256(body)
}

// runTransaction plans every action and, if all can be done, does them all.
func (s *Service) runTransaction(writes []*write, capacity string) (any, *api.Error) {
	type change struct{ old, item Item }
	changes := make([]change, len(writes))
	reasons := make([]cancellationReason, len(writes))
	failed := false
	for i, w := range writes {
		err := w.invalid
		if err == nil {
			changes[i].old, changes[i].item, err = w.plan()
		}
		reasons[i] = reason(err)
		failed = failed || err != nil
	}
	if failed {
		return nil, cancelled(reasons)
	}
	now := s.opts.Clock()
	var order []tableRef
	meters := map[tableRef]*meter{}
	for i, w := range writes {
		if meters[w.ref] == nil {
			meters[w.ref] = &meter{}
			order = append(order, w.ref)
		}
		meters[w.ref].add(w.commit(changes[i].old, changes[i].item, now), transactionFactor)
	}
	out := struct {
		ConsumedCapacity []*consumedCapacity `json:",omitempty"`
	}{}
	for _, ref := range order {
		if report := meters[ref].report(ref.name, capacity); report != nil {
			out.ConsumedCapacity = append(out.ConsumedCapacity, report)
		}
	}
	return out, nil
}

// reason words an action's error as a cancellation reason.
func reason(err *api.Error) cancellationReason {
	if err == nil {
		return cancellationReason{Code: "None"}
	}
	code := "ValidationError"
	if err.Code == codeConditional {
		code = "ConditionalCheckFailed"
	}
	item, _ := err.Extra["Item"].(Item)
	return cancellationReason{code, err.Message, item}
}

func cancelled(reasons []cancellationReason) *api.Error {
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = r.Code
	}
	return &api.Error{
		Status: http.StatusBadRequest, Code: "TransactionCanceledException",
		Message: fmt.Sprintf("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", strings.Join(codes, ", ")),
		Extra:   map[string]any{"CancellationReasons": reasons},
	}
}
