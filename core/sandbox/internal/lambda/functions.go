package lambda

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// codeInput is where a function's code comes from. What it is does not matter.
type codeInput struct {
	ZipFile         []byte
	S3Bucket, S3Key string
	ImageUri        string
}

func (c codeInput) check() *api.Error {
	switch {
	case c.ImageUri != "":
		return errInvalid("Container images are not supported")
	case len(c.ZipFile) == 0 && (c.S3Bucket == "" || c.S3Key == ""):
		return errInvalid("Please provide a source for function code.")
	}
	return nil
}

func (s *Service) createFunction(r *request) *api.Error {
	var in struct {
		configuration
		FunctionName string
		Code         codeInput
		PackageType  string
		Tags         map[string]string
	}
	if err := r.read(&in); err != nil {
		return err
	}
	arn, err := resolve(r.Call, in.FunctionName)
	if err != nil {
		return err
	}
	if in.PackageType != "" && in.PackageType != "Zip" {
		return errInvalid("Container images are not supported")
	}
	if err := in.check(); err != nil {
		return err
	}
	if err := in.Code.check(); err != nil {
		return err
	}
	if err := s.allow(r.Call, api.Ask{Action: "lambda:CreateFunction", Resource: arn}); err != nil {
		return err
	}
	f := &function{
		name: arn[strings.LastIndex(arn, ":")+1:], arn: arn, account: r.Caller.AccountID, region: r.Region,
		config: in.configuration, tags: in.Tags, modified: s.opt.Clock(), revision: s.newID(),
	}
	f.setCode(in.Code.ZipFile)
	if err := s.checkRole(r, *f); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.functions[arn] != nil {
		return api.Errorf(409, "ResourceConflictException", "Function already exist: %s", f.name)
	}
	s.functions[arn] = f
	return r.write(http.StatusCreated, f.describe())
}

// checkRole asks for iam:PassRole, tries the execution role, and checks that it
// may reach the dead-letter target.
func (s *Service) checkRole(r *request, f function) *api.Error {
	role := value(f.config.Role, "")
	ask := api.Ask{
		Action: "iam:PassRole", Resource: role, ResourceAccount: strings.Split(role, ":")[4],
		Context: map[string][]string{"iam:passedtoservice": {servicePrincipal}, "iam:associatedresourcearn": {f.arn}},
	}
	if err := s.allow(r.Call, ask); err != nil {
		return err
	}
	if strings.Split(role, ":")[4] != f.account {
		return api.Errorf(403, "AccessDeniedException", "Cross-account pass role is not allowed.")
	}
	if _, _, _, err := s.opt.Credentials(f.account, role, f.name); err != nil {
		return errInvalid("The role defined for the function cannot be assumed by Lambda.")
	}
	return s.checkDeadLetters(f)
}

func (s *Service) listFunctions(r *request) *api.Error {
	base := "arn:" + api.PartitionOf(r.Region) + ":lambda:" + r.Region + ":" + r.Caller.AccountID + ":function:"
	if err := s.allow(r.Call, api.Ask{Action: "lambda:ListFunctions", Resource: "*"}); err != nil {
		return err
	}
	q := r.HTTP.URL.Query()
	limit := 50
	if text := q.Get("MaxItems"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errValidation("maxItems", text)
		}
		limit = min(n, 50)
	}
	after, err := base64.StdEncoding.DecodeString(q.Get("Marker"))
	if err != nil {
		return errInvalid("Invalid marker")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list, next := []any{}, ""
	last := ""
	for _, arn := range slices.Sorted(maps.Keys(s.functions)) {
		if !strings.HasPrefix(arn, base) || arn <= string(after) {
			continue
		}
		if len(list) == limit {
			next = base64.StdEncoding.EncodeToString([]byte(last))
			break
		}
		list, last = append(list, s.functions[arn].describe()), arn
	}
	out := map[string]any{"Functions": list}
	if next != "" {
		out["NextMarker"] = next
	}
	return r.write(http.StatusOK, out)
}

func (s *Service) getFunction(r *request) *api.Error {
	if err := s.open(r, "lambda:GetFunction"); err != nil {
		return err
	}
	out := map[string]any{
		"Configuration": r.f.describe(),
		"Code":          map[string]string{"RepositoryType": "S3", "Location": "https://awslambda-" + r.f.region + "-tasks.s3." + r.f.region + ".amazonaws.com/snapshots/" + r.f.account + "/" + r.f.name},
	}
	if len(r.f.tags) > 0 {
		out["Tags"] = r.f.tags
	}
	if r.f.reserved != nil {
		out["Concurrency"] = map[string]int{"ReservedConcurrentExecutions": *r.f.reserved}
	}
	return r.write(http.StatusOK, out)
}

func (s *Service) getFunctionConfiguration(r *request) *api.Error {
	if err := s.open(r, "lambda:GetFunctionConfiguration"); err != nil {
		return err
	}
	return r.write(http.StatusOK, r.f.describe())
}

func (s *Service) updateFunctionConfiguration(r *request) *api.Error {
	if err := s.open(r, "lambda:UpdateFunctionConfiguration"); err != nil {
		return err
	}
	var in configuration
	if err := r.read(&in); err != nil {
		return err
	}
	if err := r.f.checkRevision(in.RevisionId); err != nil {
		return err
	}
	next := r.f
	next.config = r.f.config.merge(in)
	next.config.Layers, next.config.VpcConfig = in.Layers, in.VpcConfig
	if err := next.config.check(); err != nil {
		return err
	}
	if in.Role != nil {
		if err := s.checkRole(r, next); err != nil {
			return err
		}
	} else if in.DeadLetterConfig != nil {
		if err := s.checkDeadLetters(next); err != nil {
			return err
		}
	}
	now := s.opt.Clock()
	if err := s.change(r, func(f *function) { f.config, f.modified = f.config.merge(in), now }); err != nil {
		return err
	}
	return r.write(http.StatusOK, r.f.describe())
}

func (f function) checkRevision(want *string) *api.Error {
	if want != nil && *want != f.revision {
		return api.Errorf(412, "PreconditionFailedException", "The RevisionId provided does not match the latest RevisionId. Call the GetFunction or the GetAlias API to retrieve the latest RevisionId")
	}
	return nil
}

func (s *Service) updateFunctionCode(r *request) *api.Error {
	if err := s.open(r, "lambda:UpdateFunctionCode"); err != nil {
		return err
	}
	var in struct {
		codeInput
		DryRun     bool
		RevisionId *string
	}
	if err := r.read(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if err := r.f.checkRevision(in.RevisionId); err != nil {
		return err
	}
	if in.DryRun {
		return r.write(http.StatusOK, r.f.describe())
	}
	now := s.opt.Clock()
	if err := s.change(r, func(f *function) { f.setCode(in.ZipFile); f.modified = now }); err != nil {
		return err
	}
	return r.write(http.StatusOK, r.f.describe())
}

func (s *Service) deleteFunction(r *request) *api.Error {
	if err := s.open(r, "lambda:DeleteFunction"); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.functions, r.f.arn)
	s.mu.Unlock()
	return r.write(http.StatusNoContent, nil)
}
