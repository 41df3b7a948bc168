package dynamodb

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxListed is the page size of ListTables.
const maxListed = 100

type listTablesInput struct {
	ExclusiveStartTableName string
	Limit                   *int
}

type listTablesOutput struct {
	TableNames             []string
	LastEvaluatedTableName string `json:",omitempty"`
}

func (s *Service) listTables(c *api.Call, in *listTablesInput) (any, *api.Error) {
	var v violations
	v.atLeast(in.Limit, "limit", 1)
	v.atMost(in.Limit, "limit", maxListed)
	if err := v.err(); err != nil {
		return nil, err
	}
	ask := api.Ask{Action: "dynamodb:ListTables", Resource: "*", ResourceAccount: c.Caller.AccountID}
	if err := s.opts.Auth.Authorize(c, ask); err != nil {
		return nil, err
	}
	limit := maxListed
	if in.Limit != nil {
		limit = *in.Limit
	}
	out := listTablesOutput{TableNames: s.tableNames(c, in.ExclusiveStartTableName)}
	if len(out.TableNames) > limit {
		out.TableNames = out.TableNames[:limit]
		out.LastEvaluatedTableName = out.TableNames[limit-1]
	}
	return out, nil
}

// tableNames lists the caller's tables after a name, sorted.
func (s *Service) tableNames(c *api.Call, after string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := []string{}
	for ref := range s.tables {
		if ref.account == c.Caller.AccountID && ref.region == c.Region && ref.name > after {
			names = append(names, ref.name)
		}
	}
	slices.Sort(names)
	return names
}

// changeTable authorises a change to a table's definition and makes it under the
// lock, on a table that is there and not busy.
func (s *Service) changeTable(c *api.Call, action, name string, change func(*table) (any, *api.Error)) (any, *api.Error) {
	ref, err := s.tableRef(c, name)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, action, ref, "", nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[ref]
	if t == nil {
		return nil, tableNotFound(ref.name)
	}
	if status := t.status(s.opts.Clock()); status != "ACTIVE" {
		return nil, fault("ResourceInUseException", "Attempt to change a resource which is still in use: Table is being %s: %s", pastTense(status), ref.name)
	}
	return change(t)
}

// pastTense turns CREATING into created and UPDATING into updated.
func pastTense(status string) string {
	return strings.TrimSuffix(strings.ToLower(status), "ing") + "ed"
}

func (s *Service) deleteTable(c *api.Call, in *tableInput) (any, *api.Error) {
	return s.changeTable(c, "DeleteTable", in.TableName, func(t *table) (any, *api.Error) {
		if t.protected {
			return nil, invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		}
		delete(s.tables, t.ref)
		d := t.describe(s.opts.Clock())
		d.TableStatus = "DELETING"
		return map[string]any{"TableDescription": d}, nil
	})
}
