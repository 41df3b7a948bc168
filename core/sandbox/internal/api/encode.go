package api

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
)

// WriteQuery answers a query-protocol call: <OpResponse><OpResult>...</OpResult>
// <ResponseMetadata/></OpResponse>. result is a struct with xml tags, or nil for
// operations without output.
func WriteQuery(w http.ResponseWriter, c *Call, namespace string, result any) {
	type metadata struct {
		RequestID string `xml:"RequestId"`
	}
	start := xml.StartElement{
		Name: xml.Name{Local: c.Operation + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("x-amzn-RequestId", c.RequestID)
	w.WriteHeader(http.StatusOK)
	enc := xml.NewEncoder(w)
	_ = enc.EncodeToken(start)
	if result != nil {
		_ = enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: c.Operation + "Result"}})
	}
	_ = enc.EncodeElement(metadata{c.RequestID}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	_ = enc.EncodeToken(start.End())
	_ = enc.Flush()
}

// WriteQueryError answers a query-protocol call with an error.
func WriteQueryError(w http.ResponseWriter, c *Call, namespace string, e *Error) {
	type body struct {
		XMLName xml.Name `xml:"ErrorResponse"`
		NS      string   `xml:"xmlns,attr"`
		Type    string   `xml:"Error>Type"`
		Code    string   `xml:"Error>Code"`
		Message string   `xml:"Error>Message"`
		ID      string   `xml:"RequestId"`
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("x-amzn-RequestId", c.RequestID)
	w.WriteHeader(e.Status)
	_ = xml.NewEncoder(w).Encode(body{NS: namespace, Type: e.Fault(), Code: e.Code, Message: e.Message, ID: c.RequestID})
}

// WriteJSON answers a JSON-protocol call; version is "1.0" or "1.1".
func WriteJSON(w http.ResponseWriter, c *Call, version string, result any) {
	b, err := json.Marshal(result)
	if err != nil {
		WriteJSONError(w, c, version, "", Errorf(http.StatusInternalServerError, "InternalFailure", "encoding the response: %v", err))
		return
	}
	writeJSON(w, c, version, http.StatusOK, b)
}

// WriteJSONError answers a JSON-protocol call with an error; namespace prefixes
// the type ("com.amazonaws.dynamodb.v20120810") and may be empty.
func WriteJSONError(w http.ResponseWriter, c *Call, version, namespace string, e *Error) {
	code := e.Code
	if namespace != "" {
		code = namespace + "#" + code
	}
	body := map[string]any{"__type": code, "message": e.Message}
	for k, v := range e.Extra {
		body[k] = v
	}
	b, _ := json.Marshal(body)
	writeJSON(w, c, version, e.Status, b)
}

func writeJSON(w http.ResponseWriter, c *Call, version string, status int, b []byte) {
	w.Header().Set("Content-Type", "application/x-amz-json-"+version)
	w.Header().Set("x-amzn-RequestId", c.RequestID)
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
