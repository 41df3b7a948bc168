package dynamodb

import (
	"encoding/json"
	"errors"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Options are what the service takes from the sandbox.
type Options struct {
	Clock api.Clock      // required
	Auth  api.Authorizer // required
	Keys  api.Keys       // resolves the KMS keys of tables; nil accepts any key as it is written
	// CreateDelay is how long new tables and indexes are CREATING; 0: ACTIVE at once.
	CreateDelay time.Duration
	// ReplicationLag, if set, is asked at every read that is not strongly
	// consistent: the read sees the table as it was so long ago (at most a minute).
	ReplicationLag func() time.Duration
}

// Service is DynamoDB for every account and region. It is safe for concurrent use:
// one lock guards all tables, so that a transaction is seen whole or not at all.
type Service struct {
	opts Options

	mu     sync.RWMutex
	tables map[tableRef]*table
	tokens map[tokenKey]tokenUse
}

// New makes a service without tables.
func New(opts Options) *Service {
	return &Service{opts: opts, tables: map[tableRef]*table{}, tokens: map[tokenKey]tokenUse{}}
}

var _ api.Service = (*Service)(nil)

// Serve answers one call. It implements api.Service.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	op := operation(c.Operation)
	if op == nil {
		respondError(w, c, fault(codeUnknownOp, "DynamoDB does not know the operation %s here", c.Operation))
		return
	}
	out, err := op(s, c)
	if err != nil {
		respondError(w, c, err)
		return
	}
	respond(w, c, http.StatusOK, out)
}

// handler performs one operation and returns its output structure.
type handler func(*Service, *api.Call) (any, *api.Error)

// operation finds the handler of an operation, or nil.
func operation(name string) handler {
	switch name {
	case "CreateTable":
		return decoded((*Service).createTable)
	case "DescribeTable":
		return decoded((*Service).describeTable)
	case "ListTables":
		return decoded((*Service).listTables)
	case "DeleteTable":
		return decoded((*Service).deleteTable)
	case "UpdateTable":
		return decoded((*Service).updateTable)
	case "UpdateContinuousBackups":
		return decoded((*Service).updateContinuousBackups)
	case "DescribeContinuousBackups":
		return decoded((*Service).describeContinuousBackups)
	case "UpdateTimeToLive":
		return decoded((*Service).updateTimeToLive)
	case "DescribeTimeToLive":
		return decoded((*Service).describeTimeToLive)
	case "TagResource":
		return decoded((*Service).tagResource)
	case "UntagResource":
		return decoded((*Service).untagResource)
	case "ListTagsOfResource":
		return decoded((*Service).listTagsOfResource)
	}
	return itemOperation(name)
}

func itemOperation(name string) handler {
	switch name {
	case "PutItem":
		return decoded((*Service).putItem)
	case "GetItem":
		return decoded((*Service).getItem)
	case "UpdateItem":
		return decoded((*Service).updateItem)
	case "DeleteItem":
		return decoded((*Service).deleteItem)
	case "Query":
		return decoded((*Service).query)
	case "Scan":
		return decoded((*Service).scan)
	case "BatchGetItem":
		return decoded((*Service).batchGetItem)
	case "BatchWriteItem":
		return decoded((*Service).batchWriteItem)
	case "TransactGetItems":
		return decoded((*Service).transactGetItems)
	case "TransactWriteItems":
		return decoded((*Service).transactWriteItems)
	}
	return nil
}

// decoded wraps an operation: the body becomes its input structure.
func decoded[In any](f func(*Service, *api.Call, *In) (any, *api.Error)) handler {
	return func(s *Service, c *api.Call) (any, *api.Error) {
		in := new(In)
		if err := json.Unmarshal(c.Body, in); err != nil {
			return nil, serializationError(err)
		}
		return f(s, c, in)
	}
}

// serializationError words a body that does not fit the operation's input.
func serializationError(err error) *api.Error {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		value, _, _ := strings.Cut(mismatch.Value, " ")
		switch value {
		case "object":
			return fault(codeSerialization, "Start of structure or map found where not expected.")
		case "array":
			return fault(codeSerialization, "Unexpected collection type found where not expected")
		case "bool":
			value = "boolean"
		}
		return fault(codeSerialization, "%s_VALUE cannot be converted to %s", strings.ToUpper(value), javaType(mismatch))
	}
	return fault(codeSerialization, "Unable to parse the request: %v", err)
}

func javaType(mismatch *json.UnmarshalTypeError) string {
	switch mismatch.Type.Kind().String() {
	case "string":
		return "String"
	case "bool":
		return "Boolean"
	case "int", "int64":
		return "Integer"
	}
	return "the expected structure"
}

func respondError(w http.ResponseWriter, c *api.Call, e *api.Error) {
	code := e.Code
	if code == "AccessDenied" {
		code = codeAccessDenied
	}
	status := e.Status
	if code == codeAccessDenied {
		status = http.StatusBadRequest
	}
	body := map[string]any{"__type": errorType(code)}
	message := "message"
	if code == "TransactionCanceledException" || code == codeSerialization || code == codeAccessDenied {
		message = "Message"
	}
	body[message] = e.Message
	for name, v := range e.Extra {
		body[name] = v
	}
	respond(w, c, status, body)
}

// respond writes a JSON 1.0 answer with the checksum that SDKs verify.
func respond(w http.ResponseWriter, c *api.Call, status int, out any) {
	body, err := json.Marshal(out)
	if err != nil {
		status = http.StatusInternalServerError
		body = []byte(`{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"The response could not be encoded"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-amz-json-1.0")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("x-amzn-RequestId", c.RequestID)
	h.Set("x-amz-crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// view is what a read sees: now, or the past if it accepts that.
func (s *Service) view(consistent bool) view {
	if s.opts.ReplicationLag == nil || consistent {
		return view{}
	}
	return view{lagging: true, asOf: s.opts.Clock().Add(-min(s.opts.ReplicationLag(), historyWindow))}
}
