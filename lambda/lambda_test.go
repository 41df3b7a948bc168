package lambda

import (
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/templates"
)

func environment(endpoint string) map[string]string {
	return map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": endpoint,
		"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example-secret", "AWS_SESSION_TOKEN": "example-token",
		VarMaster: "100000000001", VarRegion: "eu-west-1", VarConfigBucket: "cam-config", VarLinksBucket: "cam-links", VarAccount: "111122223333",
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		if h, err := New(t.Context(), Options{Handler: name, Env: environment("http://127.0.0.1:1"), Log: slog.New(slog.DiscardHandler)}); err != nil || h == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, test := range map[string]struct{ handler, unset, want string }{
		"unknown":   {"Nobody", "", `"Nobody"`},
		"empty":     {"", "", `""`},
		"case":      {"accountfile", "", `"accountfile"`},
		"no master": {RoleEvent, VarMaster, VarMaster},
		"no region": {AccountInit, VarRegion, VarRegion},
	} {
		env := environment("http://127.0.0.1:1")
		delete(env, test.unset)
		_, err := New(t.Context(), Options{Handler: test.handler, Env: env, Log: slog.New(slog.DiscardHandler)})
		if !core.IsCode(err, core.CodeUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every name is a handler of a template, and the other way round.
func TestNamesAreTheTemplates(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for line := range strings.Lines(templates.Master() + templates.SubAccount()) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "Handler: "); ok {
			found[name] = true
		}
	}
	for _, name := range Names() {
		if !found[name] {
			t.Errorf("no template has a function with the handler %s", name)
		}
		delete(found, name)
	}
	for name := range maps.Keys(found) {
		t.Errorf("a template names the handler %s, which does not exist", name)
	}
}
