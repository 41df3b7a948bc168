package dynamodb

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// tableRef identifies a table in the world.
type tableRef struct {
	account string
	region  string
	name    string
}

func (r tableRef) arn() string { return arnPrefix(r.region, r.account) + ":table/" + r.name }

func arnPrefix(region, account string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + partition + ":dynamodb:" + region + ":" + account
}

// tableRef reads a TableName parameter, which may be a table's ARN.
func (s *Service) tableRef(c *api.Call, name string) (tableRef, *api.Error) {
	if strings.HasPrefix(name, "arn:") {
		return parseARN(c, name)
	}
	var v violations
	switch {
	case name == "":
		v.notNull(false, "tableName")
	case !namePattern.MatchString(name):
		v.add(name, "tableName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	case len(name) < 3 || len(name) > 255:
		return tableRef{}, invalid("TableName must be at least 3 characters long and at most 255 characters long")
	}
	return tableRef{c.Caller.AccountID, c.Region, name}, v.err()
}

func parseARN(c *api.Call, arn string) (tableRef, *api.Error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "dynamodb" || !strings.HasPrefix(parts[5], "table/") {
		return tableRef{}, invalid("Invalid table ARN: %s", arn)
	}
	ref := tableRef{parts[4], parts[3], strings.TrimPrefix(parts[5], "table/")}
	if ref.arn() != arn || !namePattern.MatchString(ref.name) {
		return tableRef{}, invalid("Invalid table ARN: %s", arn)
	}
	if ref.region != c.Region {
		return tableRef{}, resourceNotFound()
	}
	return ref, nil
}

// find returns the table, or nil.
func (s *Service) find(ref tableRef) *table {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.tables[ref]
}

// require returns the table for reading and writing items: it exists and is not
// being created.
func (s *Service) require(ref tableRef) (*table, *api.Error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[ref]
	if t == nil || t.status(s.opts.Clock()) == "CREATING" {
		return nil, resourceNotFound()
	}
	return t, nil
}

// details are the service's own condition keys of one question (Developer Guide,
// "Using IAM policy conditions for fine-grained access control").
type details struct {
	leading    map[string]bool // dynamodb:LeadingKeys
	attributes map[string]bool // dynamodb:Attributes
	scalar     map[string]string
}

func newDetails() *details {
	return &details{map[string]bool{}, map[string]bool{}, map[string]string{}}
}

// key counts the attributes of a primary key, or of a whole item to be put.
func (d *details) key(t *table, key Item) {
	for name := range key {
		d.attributes[name] = true
	}
	if t != nil {
		d.lead(key[t.primary.part.name])
	}
}

func (d *details) lead(v Value) {
	switch x := v.(type) {
	case String:
		d.leading[string(x)] = true
	case Number:
		d.leading[x.String()] = true
	case Binary:
		d.leading[base64.StdEncoding.EncodeToString([]byte(x))] = true
	}
}

func (d *details) paths(paths ...path) {
	for _, p := range paths {
		d.attributes[p.top()] = true
	}
}

func (d *details) expression(n node) {
	if n != nil {
		walkPaths(n, func(p path) { d.attributes[p.top()] = true })
	}
}

// selects sets dynamodb:Select of a read.
func (d *details) selects(projected bool) {
	d.scalar["dynamodb:select"] = "ALL_ATTRIBUTES"
	if projected {
		d.scalar["dynamodb:select"] = "SPECIFIC_ATTRIBUTES"
	}
}

// returns sets dynamodb:ReturnConsumedCapacity.
func (d *details) returns(capacity string) {
	d.scalar["dynamodb:returnconsumedcapacity"] = orNone(capacity)
}

func orNone(value string) string {
	if value == "" {
		return "NONE"
	}
	return value
}

func (d *details) context() map[string][]string {
	ctx := map[string][]string{}
	if len(d.leading) > 0 {
		ctx["dynamodb:leadingkeys"] = slices.Sorted(maps.Keys(d.leading))
	}
	if len(d.attributes) > 0 {
		ctx["dynamodb:attributes"] = slices.Sorted(maps.Keys(d.attributes))
	}
	for key, value := range d.scalar {
		ctx[key] = []string{value}
	}
	return ctx
}

// allow asks whether the caller may perform the action on a table or, where
// indexName is not empty, on an index. d may be nil.
func (s *Service) allow(c *api.Call, action string, ref tableRef, indexName string, d *details) *api.Error {
	ask := api.Ask{Action: "dynamodb:" + action, Resource: ref.arn(), ResourceAccount: ref.account}
	if indexName != "" {
		ask.Resource += "/index/" + indexName
	}
	if d != nil {
		ask.Context = d.context()
	}
	return s.opts.Auth.Authorize(c, ask)
}
