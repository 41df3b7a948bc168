package dynamodb

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The structures with which requests and descriptions write a table's schema.
type (
	attributeDefinition struct {
		AttributeName string
		AttributeType string
	}
	keySchemaElement struct {
		AttributeName string
		KeyType       string
	}
	projectionSpec struct {
		ProjectionType   string   `json:",omitempty"`
		NonKeyAttributes []string `json:",omitempty"`
	}
	indexSpec struct {
		IndexName             string
		KeySchema             []keySchemaElement
		Projection            *projectionSpec
		ProvisionedThroughput *throughput
		OnDemandThroughput    map[string]int64
	}
	tag struct{ Key, Value string }
)

// Limits per table (Developer Guide, "Quotas").
const (
	maxLocalIndexes     = 5
	maxGlobalIndexes    = 20
	maxProjected        = 100
	maxThroughput       = 1_000_000_000_000
	maxTags             = 50
	payPerRequest       = "PAY_PER_REQUEST"
	provisioned         = "PROVISIONED"
	maxAttributeNameLen = 255
)

// schema is a table's definition while it is checked.
type schema struct {
	attributes []attributeDefinition
	keys       []keySchemaElement
	local      []indexSpec
	global     []indexSpec
	billing    string
}

func keyNames(keys []keySchemaElement) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.AttributeName
	}
	return names
}

func (s *schema) kind(name string) string {
	for _, a := range s.attributes {
		if a.AttributeName == name {
			return a.AttributeType
		}
	}
	return ""
}

// checkKeys validates one key schema of the table or an index.
func (s *schema) checkKeys(keys []keySchemaElement) *api.Error {
	names := keyNames(keys)
	for _, name := range names {
		if s.kind(name) == "" {
			defined := make([]string, len(s.attributes))
			for i, a := range s.attributes {
				defined[i] = a.AttributeName
			}
			return invalidParameter("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]",
				strings.Join(names, ", "), strings.Join(defined, ", "))
		}
	}
	switch {
	case len(names) == 2 && names[0] == names[1]:
		return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	case keys[0].KeyType != "HASH":
		return invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(keys) == 2 && keys[1].KeyType != "RANGE":
		return invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	}
	return nil
}

// check validates the whole definition.
func (s *schema) check() *api.Error {
	if err := s.checkKeys(s.keys); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, ix := range s.local {
		if err := s.checkLocal(ix, seen); err != nil {
			return err
		}
	}
	for _, ix := range s.global {
		if err := s.checkIndex(ix, seen); err != nil {
			return err
		}
	}
	switch {
	case len(s.local) > maxLocalIndexes:
		return invalidParameter("Number of LocalSecondaryIndexes exceeds per-table limit of %d", maxLocalIndexes)
	case len(s.global) > maxGlobalIndexes:
		return invalidParameter("GlobalSecondaryIndex count exceeds the per-table limit of %d", maxGlobalIndexes)
	}
	return s.checkAttributes()
}

func (s *schema) checkLocal(ix indexSpec, seen map[string]bool) *api.Error {
	if len(s.keys) != 2 {
		return invalidParameter("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	}
	if err := s.checkIndex(ix, seen); err != nil {
		return err
	}
	if len(ix.KeySchema) != 2 {
		return invalidParameter("Index KeySchema does not have a range key for index: %s", ix.IndexName)
	}
	if own, table := ix.KeySchema[0].AttributeName, s.keys[0].AttributeName; own != table {
		return invalidParameter("Index KeySchema does not have the same leading hash key as table KeySchema for index: %s. index hash key: %s, table hash key: %s", ix.IndexName, own, table)
	}
	return nil
}

func (s *schema) checkIndex(ix indexSpec, seen map[string]bool) *api.Error {
	if err := s.checkKeys(ix.KeySchema); err != nil {
		return err
	}
	switch p := ix.Projection; {
	case p.ProjectionType == "":
		return invalidParameter("Unknown ProjectionType: null")
	case p.ProjectionType != "INCLUDE" && p.NonKeyAttributes != nil:
		return invalidParameter("ProjectionType is %s, but NonKeyAttributes is specified", p.ProjectionType)
	case p.ProjectionType == "INCLUDE" && len(p.NonKeyAttributes) == 0:
		return invalidParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case len(p.NonKeyAttributes) > maxProjected:
		return invalidParameter("The total number of projected attributes exceeds the limit of %d", maxProjected)
	}
	if seen[ix.IndexName] {
		return invalidParameter("Duplicate index name: %s", ix.IndexName)
	}
	seen[ix.IndexName] = true
	return nil
}

// checkAttributes refuses attribute definitions that no key schema uses.
func (s *schema) checkAttributes() *api.Error {
	used := map[string]bool{}
	for _, k := range s.keys {
		used[k.AttributeName] = true
	}
	for _, ix := range slices.Concat(s.local, s.global) {
		for _, k := range ix.KeySchema {
			used[k.AttributeName] = true
		}
	}
	names := map[string]bool{}
	for _, a := range s.attributes {
		if names[a.AttributeName] {
			return invalidParameter("Duplicate AttributeName in AttributeDefinitions: %s", a.AttributeName)
		}
		names[a.AttributeName] = true
	}
	switch {
	case len(used) == len(names):
		return nil
	case len(s.local)+len(s.global) == 0:
		return invalidParameter("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	var unusedNames, usedNames []string
	for _, a := range s.attributes {
		if used[a.AttributeName] {
			usedNames = append(usedNames, a.AttributeName)
		} else {
			unusedNames = append(unusedNames, a.AttributeName)
		}
	}
	return invalidParameter("Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys used: [%s]",
		strings.Join(slices.Concat(usedNames, unusedNames), ", "), strings.Join(usedNames, ", "))
}

// checkThroughput validates capacity against the billing mode; of names an index,
// or is empty for the table.
func checkThroughput(billing string, t *throughput, of string) *api.Error {
	switch {
	case billing == payPerRequest && t != nil && of == "":
		return invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case billing == payPerRequest && t != nil:
		return invalidParameter("ProvisionedThroughput should not be specified for index: %s when BillingMode is PAY_PER_REQUEST", of)
	case billing == payPerRequest:
		return nil
	case t == nil && of == "":
		return invalidParameter("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case t == nil:
		return invalidParameter("ProvisionedThroughput must be specified for index: %s", of)
	case t.ReadCapacityUnits > maxThroughput:
		return invalid("Given value %d for ReadCapacityUnits is out of bounds", t.ReadCapacityUnits)
	case t.WriteCapacityUnits > maxThroughput:
		return invalid("Given value %d for WriteCapacityUnits is out of bounds", t.WriteCapacityUnits)
	}
	return nil
}

// newIndex makes an empty index of a checked definition. For the table itself the
// definition has a key schema only.
func (s *schema) newIndex(spec indexSpec, global bool) *index {
	attribute := func(i int) keyAttribute {
		name := spec.KeySchema[i].AttributeName
		return keyAttribute{name, s.kind(name)}
	}
	ix := &index{name: spec.IndexName, global: global, part: attribute(0), projection: projection{kind: "ALL"}}
	if len(spec.KeySchema) == 2 {
		k := attribute(1)
		ix.sort = &k
	}
	if spec.Projection != nil {
		ix.projection = projection{spec.Projection.ProjectionType, spec.Projection.NonKeyAttributes}
	}
	if spec.ProvisionedThroughput != nil {
		ix.throughput = *spec.ProvisionedThroughput
	}
	return ix
}
