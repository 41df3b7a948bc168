package dynamodb

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type updateTableInput struct {
	TableName                   string
	AttributeDefinitions        []attributeDefinition
	BillingMode                 string
	ProvisionedThroughput       *throughput
	GlobalSecondaryIndexUpdates []indexUpdate
	SSESpecification            *sseSpecification
	TableClass                  string
	DeletionProtectionEnabled   *bool
	// OnDemandThroughput and WarmThroughput have no effect here.
	OnDemandThroughput     json.RawMessage
	WarmThroughput         json.RawMessage
	StreamSpecification    json.RawMessage
	ReplicaUpdates         json.RawMessage
	MultiRegionConsistency string
}

// indexUpdate has exactly one member.
type indexUpdate struct {
	Create *indexSpec
	Update *indexSpec
	Delete *indexSpec
}

func (in *updateTableInput) check() *api.Error {
	var v violations
	checkDefinitions(&v, in.AttributeDefinitions)
	v.oneOf(in.BillingMode, "billingMode", provisioned, payPerRequest)
	v.oneOf(in.TableClass, "tableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	checkUnits(&v, in.ProvisionedThroughput, "provisionedThroughput")
	in.SSESpecification.check(&v)
	for i, u := range in.GlobalSecondaryIndexUpdates {
		if u.Create != nil {
			checkIndexSpec(&v, *u.Create, fmt.Sprintf("globalSecondaryIndexUpdates.%d.member.create", i+1))
		}
	}
	if err := v.err(); err != nil {
		return err
	}
	switch {
	case in.StreamSpecification != nil:
		return unsupported("StreamSpecification")
	case in.ReplicaUpdates != nil:
		return unsupported("ReplicaUpdates")
	case in.MultiRegionConsistency != "":
		return unsupported("MultiRegionConsistency")
	case in.isEmpty():
		return invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	for _, u := range in.GlobalSecondaryIndexUpdates {
		if n := u.members(); n != 1 {
			return invalidParameter("Exactly one of Create, Update or Delete must be specified in a GlobalSecondaryIndexUpdate")
		}
	}
	return nil
}

func (u indexUpdate) members() int {
	n := 0
	for _, m := range []*indexSpec{u.Create, u.Update, u.Delete} {
		if m != nil {
			n++
		}
	}
	return n
}

func (in *updateTableInput) isEmpty() bool {
	return in.BillingMode == "" && in.ProvisionedThroughput == nil && len(in.GlobalSecondaryIndexUpdates) == 0 &&
		in.SSESpecification == nil && in.TableClass == "" && in.DeletionProtectionEnabled == nil &&
		in.OnDemandThroughput == nil && in.WarmThroughput == nil
}

func (s *Service) updateTable(c *api.Call, in *updateTableInput) (any, *api.Error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	sse, err := s.describeSSE(c, in.SSESpecification)
	if err != nil {
		return nil, err
	}
	return s.changeTable(c, "UpdateTable", in.TableName, func(t *table) (any, *api.Error) {
		changed := *t
		changed.secondary = slices.Clone(t.secondary)
		if err := s.applyUpdate(&changed, in); err != nil {
			return nil, err
		}
		if in.SSESpecification != nil {
			changed.sse = sse
		}
		now := s.opts.Clock()
		changed.fresh = false
		changed.activeAt = now.Add(s.opts.CreateDelay)
		t.adopt(&changed)
		d := t.describe(now)
		d.TableStatus = "UPDATING"
		return map[string]any{"TableDescription": d}, nil
	})
}

// adopt takes over what UpdateTable may change. The other fields are read without
// the lock and are not touched.
func (t *table) adopt(c *table) {
	t.attributes, t.secondary = c.attributes, c.secondary
	t.billing, t.throughput, t.class = c.billing, c.throughput, c.class
	t.protected, t.sse = c.protected, c.sse
	t.activeAt, t.fresh = c.activeAt, c.fresh
}

// applyUpdate changes a copy of the table; an error leaves the table as it was.
func (s *Service) applyUpdate(t *table, in *updateTableInput) *api.Error {
	if in.BillingMode != "" {
		t.billing = in.BillingMode
	}
	switch {
	case in.BillingMode == payPerRequest:
		if err := checkThroughput(payPerRequest, in.ProvisionedThroughput, ""); err != nil {
			return err
		}
		t.throughput = throughput{}
	case in.BillingMode == provisioned || in.ProvisionedThroughput != nil:
		if err := checkThroughput(t.billing, in.ProvisionedThroughput, ""); err != nil {
			return err
		}
		t.throughput = *in.ProvisionedThroughput
	}
	if in.TableClass != "" {
		t.class = in.TableClass
	}
	if in.DeletionProtectionEnabled != nil {
		t.protected = *in.DeletionProtectionEnabled
	}
	for _, u := range in.GlobalSecondaryIndexUpdates {
		if err := s.updateIndex(t, in, u); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) updateIndex(t *table, in *updateTableInput, u indexUpdate) *api.Error {
	if u.Create != nil {
		return s.createIndex(t, in, *u.Create)
	}
	spec := u.Update
	if spec == nil {
		spec = u.Delete
	}
	i := slices.IndexFunc(t.secondary, func(ix *index) bool { return ix.global && ix.name == spec.IndexName })
	if i < 0 {
		return fault("ResourceNotFoundException", "Requested resource not found: Index: %s not found in table: %s", spec.IndexName, t.ref.name)
	}
	if u.Delete != nil {
		t.secondary = slices.Delete(t.secondary, i, i+1)
		t.dropUnusedAttributes()
		return nil
	}
	if err := checkThroughput(t.billing, spec.ProvisionedThroughput, spec.IndexName); err != nil {
		return err
	}
	if spec.ProvisionedThroughput != nil {
		t.secondary[i].throughput = *spec.ProvisionedThroughput
	}
	return nil
}

// createIndex adds a global secondary index and fills it.
func (s *Service) createIndex(t *table, in *updateTableInput, spec indexSpec) *api.Error {
	if t.index(spec.IndexName) != nil {
		return invalid("Attempting to create an index which already exists")
	}
	def := t.schema()
	for _, a := range in.AttributeDefinitions {
		if def.kind(a.AttributeName) == "" {
			def.attributes = append(slices.Clone(def.attributes), a)
		}
	}
	def.global = append(def.global, spec)
	if err := def.check(); err != nil {
		return err
	}
	if err := checkThroughput(t.billing, spec.ProvisionedThroughput, spec.IndexName); err != nil {
		return err
	}
	ix := def.newIndex(spec, true)
	ix.history = t.primary.history
	now := s.opts.Clock()
	ix.activeAt = now.Add(s.opts.CreateDelay)
	for e := range t.primary.entries.ascend(func(*indexKey) bool { return true }) {
		place(ix, t.primary, nil, e.item, now)
	}
	t.attributes = def.attributes
	t.secondary = append(t.secondary, ix)
	return nil
}

// schema is the table's definition as CreateTable would take it.
func (t *table) schema() *schema {
	def := &schema{attributes: t.attributes, keys: t.primary.keySchema(), billing: t.billing}
	for _, ix := range t.secondary {
		spec := indexSpec{
			IndexName: ix.name, KeySchema: ix.keySchema(),
			Projection: &projectionSpec{ix.projection.kind, ix.projection.nonKey},
		}
		if ix.global {
			def.global = append(def.global, spec)
		} else {
			def.local = append(def.local, spec)
		}
	}
	return def
}

// dropUnusedAttributes forgets the definitions that no key schema uses any more.
func (t *table) dropUnusedAttributes() {
	used := map[string]bool{}
	for _, ix := range append([]*index{t.primary}, t.secondary...) {
		for _, k := range ix.keys() {
			used[k.name] = true
		}
	}
	t.attributes = slices.DeleteFunc(slices.Clone(t.attributes), func(a attributeDefinition) bool { return !used[a.AttributeName] })
}
