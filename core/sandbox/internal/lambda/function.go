package lambda

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// function is one function; it is guarded by Service.mu. Copies share the maps,
// which are replaced and never changed.
type function struct {
	name, arn, account, region string
	config                     configuration
	code                       []byte
	codeSHA                    string
	modified                   time.Time
	revision                   string
	statements                 []statement
	policy                     *policy.Document
	tags                       map[string]string
	reserved                   *int // reserved concurrency
	running                    int
	async                      *eventInvokeConfig
}

// configuration is what CreateFunction and UpdateFunctionConfiguration set. Nil
// members are not given.
type configuration struct {
	Role             *string
	Handler          *string
	Runtime          *string
	Description      *string
	Timeout          *int // seconds
	MemorySize       *int // MB
	Environment      *struct{ Variables map[string]string }
	DeadLetterConfig *struct{ TargetArn string }
	KMSKeyArn        *string
	TracingConfig    *struct{ Mode string }
	EphemeralStorage *struct{ Size int }
	Layers           []string
	VpcConfig        *struct{ SubnetIds, SecurityGroupIds []string }
	LoggingConfig    *struct{ LogFormat, LogGroup string }
	RevisionId       *string
}

func value[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// merge lays the members that next gives over c.
func (c configuration) merge(next configuration) configuration {
	over := func(old, new *string) *string {
		if new != nil {
			return new
		}
		return old
	}
	c.Role, c.Handler, c.Runtime = over(c.Role, next.Role), over(c.Handler, next.Handler), over(c.Runtime, next.Runtime)
	c.Description, c.KMSKeyArn = over(c.Description, next.Description), over(c.KMSKeyArn, next.KMSKeyArn)
	if next.Timeout != nil {
		c.Timeout = next.Timeout
	}
	if next.MemorySize != nil {
		c.MemorySize = next.MemorySize
	}
	if next.Environment != nil {
		c.Environment = next.Environment
	}
	if next.DeadLetterConfig != nil {
		c.DeadLetterConfig = next.DeadLetterConfig
	}
	if next.TracingConfig != nil {
		c.TracingConfig = next.TracingConfig
	}
	if next.EphemeralStorage != nil {
		c.EphemeralStorage = next.EphemeralStorage
	}
	if next.LoggingConfig != nil {
		c.LoggingConfig = next.LoggingConfig
	}
	return c
}

func (c configuration) timeout() time.Duration {
	return time.Duration(value(c.Timeout, 3)) * time.Second
}

func (c configuration) variables() map[string]string {
	if c.Environment == nil {
		return nil
	}
	return c.Environment.Variables
}

func (c configuration) deadLetters() string {
	if c.DeadLetterConfig == nil {
		return ""
	}
	return c.DeadLetterConfig.TargetArn
}

var (
	roleARN  = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`)
	handlers = regexp.MustCompile(`^[^\s]{1,128}$`)
	variable = regexp.MustCompile(`^[a-zA-Z]([a-zA-Z0-9_])+$`)
	plain    = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)
)

// reservedVariables may not be set by a function's configuration.
var reservedVariables = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

// check holds a configuration against Lambda's limits.
func (c configuration) check() *api.Error {
	switch {
	case !roleARN.MatchString(value(c.Role, "")):
		return errValidation("role", value(c.Role, ""))
	case !handlers.MatchString(value(c.Handler, "")):
		return errValidation("handler", value(c.Handler, ""))
	case value(c.Runtime, "") == "":
		return errInvalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	case value(c.Timeout, 3) < 1 || value(c.Timeout, 3) > 900:
		return errValidation("timeout", "")
	case value(c.MemorySize, 128) < 128 || value(c.MemorySize, 128) > 10240:
		return errValidation("memorySize", "")
	case len(c.Layers) > 0:
		return errInvalid("Layers are not supported")
	case c.VpcConfig != nil && len(c.VpcConfig.SubnetIds)+len(c.VpcConfig.SecurityGroupIds) > 0:
		return errInvalid("VpcConfig is not supported")
	}
	return checkVariables(c.variables())
}

func checkVariables(variables map[string]string) *api.Error {
	size := 0
	var taken []string
	for _, k := range slices.Sorted(maps.Keys(variables)) {
		size += len(k) + len(variables[k])
		if slices.Contains(reservedVariables, k) {
			taken = append(taken, k)
		} else if !variable.MatchString(k) {
			return errValidation("environment.variables", k)
		}
	}
	if len(taken) > 0 {
		return errInvalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(taken, ", "))
	}
	if size > 4096 {
		return errInvalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.")
	}
	return nil
}

// describe is the FunctionConfiguration of the API.
func (f function) describe() map[string]any {
	c := f.config
	out := map[string]any{
		"FunctionName": f.name, "FunctionArn": f.arn, "Runtime": value(c.Runtime, ""), "Role": value(c.Role, ""), "Handler": value(c.Handler, ""),
		"CodeSize": len(f.code), "CodeSha256": f.codeSHA, "Description": value(c.Description, ""), "Timeout": value(c.Timeout, 3),
		"MemorySize": value(c.MemorySize, 128), "LastModified": f.modified.UTC().Format("2006-01-02T15:04:05.000+0000"), "Version": "$LATEST",
		"RevisionId": f.revision, "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip", "Architectures": []string{"x86_64"},
		"TracingConfig": map[string]string{"Mode": "PassThrough"}, "EphemeralStorage": map[string]int{"Size": 512},
		"SnapStart":     map[string]string{"ApplyOn": "None", "OptimizationStatus": "Off"},
		"LoggingConfig": map[string]string{"LogFormat": "Text", "LogGroup": "/aws/lambda/" + f.name},
	}
	if v := c.variables(); len(v) > 0 {
		out["Environment"] = map[string]any{"Variables": v}
	}
	if t := c.deadLetters(); t != "" {
		out["DeadLetterConfig"] = map[string]string{"TargetArn": t}
	}
	if c.TracingConfig != nil {
		out["TracingConfig"] = c.TracingConfig
	}
	if c.EphemeralStorage != nil {
		out["EphemeralStorage"] = c.EphemeralStorage
	}
	if k := value(c.KMSKeyArn, ""); k != "" {
		out["KMSKeyArn"] = k
	}
	return out
}

func (f *function) setCode(zip []byte) {
	sum := sha256.Sum256(zip)
	f.code, f.codeSHA = zip, base64.StdEncoding.EncodeToString(sum[:])
}

// resolve turns a function name, a partial or a full ARN into the function's ARN.
// Only the unpublished version exists.
func resolve(c *api.Call, name string) (string, *api.Error) {
	base := "arn:" + api.PartitionOf(c.Region) + ":lambda:" + c.Region + ":"
	parts := strings.Split(name, ":")
	var qualifier []string
	switch {
	case len(parts) >= 7 && parts[0] == "arn" && parts[5] == "function":
		base = strings.Join(parts[:4], ":") + ":"
		name, qualifier = parts[4]+":function:"+parts[6], parts[7:]
	case len(parts) >= 3 && parts[1] == "function":
		name, qualifier = strings.Join(parts[:3], ":"), parts[3:]
	default:
		name, qualifier = c.Caller.AccountID+":function:"+parts[0], parts[1:]
	}
	if q := c.HTTP.URL.Query().Get("Qualifier"); q != "" {
		qualifier = []string{q}
	}
	if !plain.MatchString(name[strings.LastIndex(name, ":")+1:]) || len(qualifier) > 1 {
		return "", errValidation("functionName", name)
	}
	if len(qualifier) == 1 && qualifier[0] != "$LATEST" {
		return "", errNotFound(base + name + ":" + qualifier[0])
	}
	return base + name, nil
}

// open finds the function of a request and asks whether the caller may do action.
func (s *Service) open(r *request, action string) *api.Error {
	arn, err := resolve(r.Call, r.name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	f := s.functions[arn]
	if f != nil {
		r.f = *f
	}
	s.mu.Unlock()
	ask := api.Ask{Action: action, Resource: arn, ResourceAccount: strings.Split(arn, ":")[4], ResourcePolicy: r.f.policy}
	if err := s.allow(r.Call, ask); err != nil {
		return err
	}
	if f == nil {
		return errNotFound(arn)
	}
	return nil
}

// allow gives a refusal Lambda's code.
func (s *Service) allow(c *api.Call, ask api.Ask) *api.Error {
	e := s.opt.Auth.Authorize(c, ask)
	if e == nil || e.Status >= 500 {
		return e
	}
	return api.Errorf(403, "AccessDeniedException", "%s", e.Message)
}

// change applies f to the function of a request, which may be gone meanwhile.
func (s *Service) change(r *request, f func(*function)) *api.Error {
	id := s.newID()
	s.mu.Lock()
	defer s.mu.Unlock()
	fn := s.functions[r.f.arn]
	if fn == nil {
		return errNotFound(r.f.arn)
	}
	f(fn)
	fn.revision = id
	r.f = *fn
	return nil
}
