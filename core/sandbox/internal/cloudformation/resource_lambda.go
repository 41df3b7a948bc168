package cloudformation

import (
	"archive/zip"
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

const functionsPath = "/2015-03-31/functions"

func functionType() *resourceType {
	return &resourceType{
		named:      "FunctionName",
		attributes: []string{"Arn"},
		properties: map[string]property{
			"FunctionName": text().replacing(), "Description": text(), "Handler": text(), "Runtime": text(),
			"Role": text().must(), "Timeout": integer(), "MemorySize": integer(), "Architectures": texts(),
			"PackageType": text().replacing(), "KmsKeyArn": text(), "ReservedConcurrentExecutions": integer(), "Tags": tagList(),
			"Code": object(map[string]property{
				"S3Bucket": text(), "S3Key": text(), "S3ObjectVersion": text(), "ZipFile": text(),
			}).must(),
			"Environment":      object(map[string]property{"Variables": {kind: kindMap}}),
			"DeadLetterConfig": object(map[string]property{"TargetArn": text()}),
			"TracingConfig":    object(map[string]property{"Mode": text()}),
			"EphemeralStorage": object(map[string]property{"Size": integer().must()}),
			"LoggingConfig": object(map[string]property{
				"LogFormat": text(), "ApplicationLogLevel": text(), "SystemLogLevel": text(), "LogGroup": text(),
			}),
		},
		create: createFunction, update: updateFunction,
		delete: func(ctx context.Context, w *work) error {
			return ignoreGone(w.restJSON(ctx, "lambda", http.MethodDelete, w.functionPath("2015-03-31", ""), nil, nil))
		},
	}
}

// functionSettings are the properties that UpdateFunctionConfiguration takes.
var functionSettings = []string{
	"Description", "Handler", "Runtime", "Role", "Timeout", "MemorySize", "Environment", "DeadLetterConfig",
	"TracingConfig", "EphemeralStorage", "LoggingConfig",
}

// functionPath is the path of the function, or of something of it, in an API version.
func (w *work) functionPath(version, rest string) string {
	return "/" + version + "/functions/" + url.PathEscape(w.physicalID) + rest
}

func createFunction(ctx context.Context, w *work) error {
	name := w.name("FunctionName", 64)
	in := pick(w.props, append([]string{"Architectures", "PackageType"}, functionSettings...)...)
	in["FunctionName"] = name
	code, err := functionCode(w.props)
	if err != nil {
		return err
	}
	in["Code"] = code
	if w.given("KmsKeyArn") {
		in["KMSKeyArn"] = w.props["KmsKeyArn"]
	}
	if tags := tagMap(w.props["Tags"]); len(tags) > 0 {
		in["Tags"] = tags
	}
	var out struct{ FunctionArn string }
	if err := w.restJSON(ctx, "lambda", http.MethodPost, functionsPath, in, &out); err != nil {
		return err
	}
	w.physicalID = name
	w.set("Arn", out.FunctionArn)
	if err := awaitFunction(ctx, w); err != nil {
		return err
	}
	return setConcurrency(ctx, w)
}

// functionCode is Code as the API takes it: inline source becomes an archive.
func functionCode(props map[string]any) (map[string]any, error) {
	code := maps.Clone(asMap(props["Code"]))
	source, inline := code["ZipFile"]
	if !inline {
		return code, nil
	}
	runtime, name := asText(props["Runtime"]), ""
	switch {
	case strings.HasPrefix(runtime, "python"):
		name = "index.py"
	case strings.HasPrefix(runtime, "nodejs"):
		name = "index.js"
	default:
		return nil, reasonf("ZipFile can only be used when Runtime is set to either of nodejs or python: %s", runtime)
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	f, err := z.Create(name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write([]byte(asText(source))); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	code["ZipFile"] = archive.Bytes() // JSON makes it base64
	return code, nil
}

// awaitFunction waits until the function is active and no update is under way.
func awaitFunction(ctx context.Context, w *work) error {
	return await(ctx, func() (bool, error) {
		var out struct {
			Configuration struct{ State, StateReason, LastUpdateStatus, LastUpdateStatusReason string }
		}
		err := w.restJSON(ctx, "lambda", http.MethodGet, w.functionPath("2015-03-31", ""), nil, &out)
		c := out.Configuration
		if err == nil && (c.State == "Failed" || c.LastUpdateStatus == "Failed") {
			err = reasonf("Resource of type 'AWS::Lambda::Function' with identifier '%s' did not stabilize. %s%s", w.physicalID, c.StateReason, c.LastUpdateStatusReason)
		}
		return c.State != "Pending" && c.LastUpdateStatus != "InProgress", err
	})
}

func setConcurrency(ctx context.Context, w *work) error {
	const property = "ReservedConcurrentExecutions"
	if !w.changed(property) {
		return nil
	}
	if !w.given(property) {
		return w.restJSON(ctx, "lambda", http.MethodDelete, w.functionPath("2017-10-31", "/concurrency"), nil, nil)
	}
	in := pick(w.props, property)
	return w.restJSON(ctx, "lambda", http.MethodPut, w.functionPath("2017-10-31", "/concurrency"), in, nil)
}

// functionDefaults are what a setting goes back to when its property is removed.
func functionDefaults() map[string]any {
	return map[string]any{
		"Description": "", "Timeout": int64(3), "MemorySize": int64(128), "TracingConfig": map[string]any{"Mode": "PassThrough"},
		"Environment": map[string]any{"Variables": map[string]any{}}, "DeadLetterConfig": map[string]any{"TargetArn": ""},
		"EphemeralStorage": map[string]any{"Size": int64(512)}, "LoggingConfig": map[string]any{"LogFormat": "Text"},
	}
}

func updateFunction(ctx context.Context, w *work) error {
	if w.changed("Code", "Architectures") {
		in, err := functionCode(w.props)
		if err != nil {
			return err
		}
		maps.Copy(in, pick(w.props, "Architectures"))
		if err := w.restJSON(ctx, "lambda", http.MethodPut, w.functionPath("2015-03-31", "/code"), in, nil); err != nil {
			return err
		}
		if err := awaitFunction(ctx, w); err != nil {
			return err
		}
	}
	if err := updateFunctionSettings(ctx, w); err != nil {
		return err
	}
	arn, _ := w.attributes["Arn"].(string)
	path := "/2017-03-31/tags/" + url.PathEscape(arn)
	set, removed := w.tagChanges()
	if len(set) > 0 {
		if err := w.restJSON(ctx, "lambda", http.MethodPost, path, map[string]any{"Tags": set}, nil); err != nil {
			return err
		}
	}
	if len(removed) > 0 {
		query := url.Values{"tagKeys": removed}
		if err := w.restJSON(ctx, "lambda", http.MethodDelete, path+"?"+query.Encode(), nil, nil); err != nil {
			return err
		}
	}
	return setConcurrency(ctx, w)
}

func updateFunctionSettings(ctx context.Context, w *work) error {
	in := map[string]any{}
	for _, name := range functionSettings {
		if !w.changed(name) {
			continue
		}
		in[name] = w.props[name]
		if !w.given(name) {
			in[name] = functionDefaults()[name]
		}
	}
	if w.changed("KmsKeyArn") {
		in["KMSKeyArn"] = w.text("KmsKeyArn")
	}
	if len(in) == 0 {
		return nil
	}
	if err := w.restJSON(ctx, "lambda", http.MethodPut, w.functionPath("2015-03-31", "/configuration"), in, nil); err != nil {
		return err
	}
	return awaitFunction(ctx, w)
}

func permissionType() *resourceType {
	return &resourceType{
		attributes: []string{"Id"},
		properties: map[string]property{
			"FunctionName": text().must().replacing(), "Action": text().must().replacing(), "Principal": text().must().replacing(),
			"SourceArn": text().replacing(), "SourceAccount": text().replacing(), "PrincipalOrgID": text().replacing(),
			"EventSourceToken": text().replacing(),
		},
		create: func(ctx context.Context, w *work) error {
			id := physicalName(w.stackName, w.logicalID, 100)
			in := pick(w.props, "Action", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID", "EventSourceToken")
			in["StatementId"] = id
			path := functionsPath + "/" + url.PathEscape(w.text("FunctionName")) + "/policy"
			if err := w.restJSON(ctx, "lambda", http.MethodPost, path, in, nil); err != nil {
				return err
			}
			w.physicalID = id
			w.set("Id", id)
			return nil
		},
		delete: func(ctx context.Context, w *work) error {
			path := functionsPath + "/" + url.PathEscape(w.text("FunctionName")) + "/policy/" + url.PathEscape(w.physicalID)
			return ignoreGone(w.restJSON(ctx, "lambda", http.MethodDelete, path, nil, nil))
		},
	}
}

func invokeConfigType() *resourceType {
	destination := object(map[string]property{"Destination": text().must()})
	put := func(ctx context.Context, w *work) error {
		in := pick(w.props, "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
		return w.restJSON(ctx, "lambda", http.MethodPut, invokeConfigPath(w), in, nil)
	}
	return &resourceType{
		properties: map[string]property{
			"FunctionName": text().must().replacing(), "Qualifier": text().must().replacing(),
			"MaximumRetryAttempts": integer(), "MaximumEventAgeInSeconds": integer(),
			"DestinationConfig": object(map[string]property{"OnFailure": destination, "OnSuccess": destination}),
		},
		create: func(ctx context.Context, w *work) error {
			if err := put(ctx, w); err != nil {
				return err
			}
			w.physicalID = w.text("FunctionName") + "|" + w.text("Qualifier")
			return nil
		},
		update: put,
		delete: func(ctx context.Context, w *work) error {
			return ignoreGone(w.restJSON(ctx, "lambda", http.MethodDelete, invokeConfigPath(w), nil, nil))
		},
	}
}

func invokeConfigPath(w *work) string {
	path := "/2019-09-25/functions/" + url.PathEscape(w.text("FunctionName")) + "/event-invoke-config"
	if q := w.text("Qualifier"); q != "$LATEST" {
		path += "?" + url.Values{"Qualifier": {q}}.Encode()
	}
	return path
}
