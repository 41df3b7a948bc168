package dynamodb

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type createTableInput struct {
	TableName                 string
	AttributeDefinitions      []attributeDefinition
	KeySchema                 []keySchemaElement
	LocalSecondaryIndexes     []indexSpec
	GlobalSecondaryIndexes    []indexSpec
	BillingMode               string
	ProvisionedThroughput     *throughput
	SSESpecification          *sseSpecification
	Tags                      []tag
	TableClass                string
	DeletionProtectionEnabled bool
	// OnDemandThroughput and WarmThroughput have no effect here.
	OnDemandThroughput   json.RawMessage
	WarmThroughput       json.RawMessage
	StreamSpecification  *struct{ StreamEnabled bool }
	ResourcePolicy       string
	GlobalTableSourceArn string
}

type sseSpecification struct {
	Enabled        *bool
	SSEType        string
	KMSMasterKeyId string
}

type sseDescription struct {
	Status          string
	SSEType         string
	KMSMasterKeyArn string
}

func (in *createTableInput) check() *api.Error {
	var v violations
	v.notNull(in.AttributeDefinitions != nil, "attributeDefinitions")
	v.notNull(in.KeySchema != nil, "keySchema")
	checkDefinitions(&v, in.AttributeDefinitions)
	if in.KeySchema != nil {
		checkKeySchema(&v, in.KeySchema, "keySchema")
	}
	for i, ix := range in.LocalSecondaryIndexes {
		checkIndexSpec(&v, ix, fmt.Sprintf("localSecondaryIndexes.%d.member", i+1))
	}
	for i, ix := range in.GlobalSecondaryIndexes {
		checkIndexSpec(&v, ix, fmt.Sprintf("globalSecondaryIndexes.%d.member", i+1))
	}
	v.oneOf(in.BillingMode, "billingMode", provisioned, payPerRequest)
	v.oneOf(in.TableClass, "tableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	checkUnits(&v, in.ProvisionedThroughput, "provisionedThroughput")
	in.SSESpecification.check(&v)
	if err := v.err(); err != nil {
		return err
	}
	switch {
	case in.StreamSpecification != nil && in.StreamSpecification.StreamEnabled:
		return unsupported("StreamSpecification")
	case in.ResourcePolicy != "":
		return unsupported("ResourcePolicy")
	case in.GlobalTableSourceArn != "":
		return unsupported("GlobalTableSourceArn")
	case in.LocalSecondaryIndexes != nil && len(in.LocalSecondaryIndexes) == 0:
		return invalidParameter("List of LocalSecondaryIndexes is empty")
	case in.GlobalSecondaryIndexes != nil && len(in.GlobalSecondaryIndexes) == 0:
		return invalidParameter("List of GlobalSecondaryIndexes is empty")
	}
	return checkTags(in.Tags)
}

// unsupported refuses a parameter that this DynamoDB does not have.
func unsupported(parameter string) *api.Error {
	return invalid("Unsupported parameter: %s is not available in the sandbox", parameter)
}

func checkDefinitions(v *violations, attributes []attributeDefinition) {
	for i, a := range attributes {
		at := fmt.Sprintf("attributeDefinitions.%d.member.", i+1)
		v.notNull(a.AttributeName != "", at+"attributeName")
		v.notNull(a.AttributeType != "", at+"attributeType")
		v.oneOf(a.AttributeType, at+"attributeType", "B", "N", "S")
		if len(a.AttributeName) > maxAttributeNameLen {
			v.add(a.AttributeName, at+"attributeName", "Member must have length less than or equal to 255")
		}
	}
}

func checkKeySchema(v *violations, keys []keySchemaElement, at string) {
	switch {
	case len(keys) == 0:
		v.add("[]", at, "Member must have length greater than or equal to 1")
	case len(keys) > 2:
		v.add(keys, at, "Member must have length less than or equal to 2")
	}
	for i, k := range keys {
		member := fmt.Sprintf("%s.%d.member.", at, i+1)
		v.notNull(k.AttributeName != "", member+"attributeName")
		v.notNull(k.KeyType != "", member+"keyType")
		v.oneOf(k.KeyType, member+"keyType", "HASH", "RANGE")
	}
}

func checkIndexSpec(v *violations, ix indexSpec, at string) {
	v.name(ix.IndexName, at+".indexName")
	checkKeySchema(v, ix.KeySchema, at+".keySchema")
	v.notNull(ix.Projection != nil, at+".projection")
	if ix.Projection != nil {
		v.oneOf(ix.Projection.ProjectionType, at+".projection.projectionType", "ALL", "INCLUDE", "KEYS_ONLY")
	}
	checkUnits(v, ix.ProvisionedThroughput, at+".provisionedThroughput")
}

func checkUnits(v *violations, t *throughput, at string) {
	if t == nil {
		return
	}
	read, write := int(t.ReadCapacityUnits), int(t.WriteCapacityUnits)
	v.atLeast(&read, at+".readCapacityUnits", 1)
	v.atLeast(&write, at+".writeCapacityUnits", 1)
}

func (spec *sseSpecification) check(v *violations) {
	if spec != nil {
		v.oneOf(spec.SSEType, "sSESpecification.sSEType", "AES256", "KMS")
	}
}

// describeSSE resolves the key of an SSESpecification; nil means the key that AWS owns.
func (s *Service) describeSSE(c *api.Call, spec *sseSpecification) (*sseDescription, *api.Error) {
	switch {
	case spec == nil:
		return nil, nil
	case spec.Enabled == nil || !*spec.Enabled:
		if spec.KMSMasterKeyId != "" || spec.SSEType != "" {
			return nil, invalidParameter("SSEType and KMSMasterKeyId can only be specified when SSE is enabled")
		}
		return nil, nil
	case spec.SSEType == "AES256":
		return nil, invalidParameter("SSEType AES256 is not supported")
	}
	ref := spec.KMSMasterKeyId
	if ref == "" {
		ref = "alias/aws/dynamodb"
	}
	d := &sseDescription{Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: ref}
	if s.opts.Keys == nil || spec.KMSMasterKeyId == "" {
		return d, nil
	}
	arn, err := s.opts.Keys.Resolve(c.Caller.AccountID, c.Region, ref)
	if err != nil {
		return nil, invalidParameter("KMS key %s could not be used: %s", ref, err.Message)
	}
	d.KMSMasterKeyArn = arn
	return d, nil
}

func (s *Service) createTable(c *api.Call, in *createTableInput) (any, *api.Error) {
	ref, err := s.tableRef(c, in.TableName)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	def := schema{
		attributes: in.AttributeDefinitions, keys: in.KeySchema,
		local: in.LocalSecondaryIndexes, global: in.GlobalSecondaryIndexes, billing: in.BillingMode,
	}
	if def.billing == "" {
		def.billing = provisioned
	}
	if err := checkThroughput(def.billing, in.ProvisionedThroughput, ""); err != nil {
		return nil, err
	}
	if err := def.check(); err != nil {
		return nil, err
	}
	for _, ix := range def.global {
		if err := checkThroughput(def.billing, ix.ProvisionedThroughput, ix.IndexName); err != nil {
			return nil, err
		}
	}
	if err := s.allow(c, "CreateTable", ref, "", nil); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := s.allow(c, "TagResource", ref, "", nil); err != nil {
			return nil, err
		}
	}
	sse, err := s.describeSSE(c, in.SSESpecification)
	if err != nil {
		return nil, err
	}
	t := s.newTable(c, ref, &def, in)
	t.sse = sse
	return s.addTable(t)
}

func (s *Service) newTable(c *api.Call, ref tableRef, def *schema, in *createTableInput) *table {
	now := s.opts.Clock()
	t := &table{
		ref: ref, id: tableID(ref, c.RequestID), created: now, activeAt: now.Add(s.opts.CreateDelay), fresh: true,
		attributes: def.attributes, primary: def.newIndex(indexSpec{KeySchema: def.keys}, false),
		billing: def.billing, class: in.TableClass, protected: in.DeletionProtectionEnabled, tags: in.Tags,
	}
	t.primary.history = s.opts.ReplicationLag != nil
	if in.ProvisionedThroughput != nil {
		t.throughput = *in.ProvisionedThroughput
	}
	for _, ix := range def.local {
		t.secondary = append(t.secondary, def.newIndex(ix, false))
	}
	for _, ix := range def.global {
		t.secondary = append(t.secondary, def.newIndex(ix, true))
	}
	for _, ix := range t.secondary {
		ix.history = t.primary.history
		ix.activeAt = t.activeAt
	}
	return t
}

// tableID is a UUID that tells apart tables that had the same name.
func tableID(ref tableRef, requestID string) string {
	h := sha256.Sum256([]byte(ref.arn() + "|" + requestID))
	return fmt.Sprintf("%x-%x-4%.3x-a%.3x-%x", h[0:4], h[4:6], uint16(h[6])<<4|uint16(h[7])&15, uint16(h[8])<<4|uint16(h[9])&15, h[10:16])
}

func (s *Service) addTable(t *table) (any, *api.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables[t.ref] != nil {
		return nil, fault("ResourceInUseException", "Table already exists: %s", t.ref.name)
	}
	s.tables[t.ref] = t
	d := t.describe(s.opts.Clock())
	d.TableStatus = "CREATING"
	return map[string]any{"TableDescription": d}, nil
}
