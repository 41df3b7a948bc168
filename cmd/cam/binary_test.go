package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cross-account-manager/cam/core"
)

// TestMain takes the binary away that tests have built.
func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(built.dir)
	os.Exit(code)
}

// built is a folder with the program as users have it, built once for all tests that run
// it. It is not this test's own binary: under the race detector that takes seconds to
// start, and what is concurrent is tested in process.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// binary is the folder with the program.
func binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "cam-test-"); built.err != nil {
			return
		}
		build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(built.dir, "cam"), ".")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = core.Errorf(core.CodeFailure, "building cam: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}
