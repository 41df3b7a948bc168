package cloud_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
)

func TestNewWithoutRegion(t *testing.T) {
	t.Parallel()
	_, err := cloud.New(t.Context(), cloud.Options{Credentials: &core.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: core.NewSecret("hidden")}})
	wantUsage(t, err, "no AWS region is set")
}

// wantUsage checks that an error says shortly what to do.
func wantUsage(t *testing.T, err error, message string) {
	t.Helper()
	e, ok := err.(*core.Error)
	if !ok || e.Code != core.CodeUsage || e.Message != message || e.Hint == "" {
		t.Errorf("%#v, want %q", err, message)
	}
}

// withFiles gives a test its own ~/.aws and an environment without AWS's variables.
func withFiles(t *testing.T, config string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", path)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestProfiles(t *testing.T) {
	withFiles(t, "[profile ours]\nregion = eu-central-1\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = hidden\n[profile nowhere]\n")
	c, err := cloud.New(t.Context(), cloud.Options{Profile: "ours"})
	if err != nil || c.Region() != "eu-central-1" {
		t.Fatalf("%v, %v", c, err)
	}
	if c, err = cloud.New(t.Context(), cloud.Options{Profile: "ours", Region: "us-east-1"}); err != nil || c.Region() != "us-east-1" {
		t.Errorf("%v, %v", c, err)
	}
	_, err = cloud.New(t.Context(), cloud.Options{Profile: "nowhere"})
	wantUsage(t, err, "no AWS region is set")
	_, err = cloud.New(t.Context(), cloud.Options{Profile: "theirs"})
	wantUsage(t, err, `there is no AWS profile "theirs"`)
	t.Setenv("AWS_PROFILE", "mine")
	_, err = cloud.New(t.Context(), cloud.Options{})
	wantUsage(t, err, `there is no AWS profile "mine"`)
}

func TestNoCredentials(t *testing.T) {
	withFiles(t, "[profile none]\nregion = eu-west-1\n"+
		"[profile broken]\nregion = eu-west-1\ncredential_process = echo not JSON, but hidden-secret\n"+
		"[profile failing]\nregion = eu-west-1\ncredential_process = false\n"+
		"[profile chained]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Environment\n")
	for profile, want := range map[string]string{
		"none":    "there are no AWS credentials",
		"broken":  "the profile's credential_process gives no credentials",
		"failing": "the profile's credential_process gives no credentials",
	} {
		c, err := cloud.New(t.Context(), cloud.Options{Profile: profile, Endpoint: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		_, asked := c.STS().Identity(t.Context())
		_, expiry := c.Expiry(t.Context())
		_, proven := c.Proofs("arn:topic", "eu-west-1").Prove(t.Context(), core.ActionAdd)
		for _, err := range []error{asked, expiry, proven} {
			e, ok := err.(*core.Error)
			if !ok || e.Code != core.CodeNoCredentials || e.Message != want || e.Hint == "" {
				t.Errorf("%s: %#v, want %q", profile, err, want)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "hidden") {
				t.Errorf("%s: the error shows a secret: %s", profile, text)
			}
		}
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{})
	if expires, err := w.as(t, "admin").Expiry(t.Context()); err != nil || !expires.IsZero() {
		t.Errorf("an access key expires at %s, %v", expires, err)
	}
}

// clock can be moved for a sandbox, not for who signs requests.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func TestExpiredSession(t *testing.T) {
	t.Parallel()
	var c clock
	c.offset.Store(int64(-2 * time.Hour))
	w := install(t, sandbox.Options{Clock: c.now})
	old := w.as(t, string(core.AdminRole)) // for one hour
	c.offset.Store(0)
	for name, call := range map[string]func() error{
		"STS":      func() error { _, err := old.STS().Identity(t.Context()); return err },
		"IAM":      func() error { _, err := old.IAM().Role(t.Context(), "CrossAccountManager-DevOps"); return err },
		"DynamoDB": func() error { _, err := old.Tables().Role(t.Context(), "DevOps"); return err },
		"S3":       func() error { _, err := old.Bucket(w.ConfigBucket(), "").Object(t.Context(), "a"); return err },
		"SNS": func() error {
			return old.Topics(w.master(), w.Region()).Publish(t.Context(), core.RoleTopic, core.Event{})
		},
	} {
		e, ok := call().(*core.Error)
		if !ok || e.Code != core.CodeNoCredentials || !strings.HasPrefix(e.AWSCode, "ExpiredToken") || e.Hint == "" {
			t.Errorf("%s: %v", name, e)
		}
	}
}
