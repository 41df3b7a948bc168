package core_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/cross-account-manager/cam"

// layer says which packages of this module a package may import, and why no others.
// A path that ends in /... stands for everything below it, and itself.
type layer struct {
	path string
	may  []string
	why  string
}

var layers = []layer{
	{"core", nil, "The nouns stand at the bottom: everything else speaks in them."},
	{"core/policy", nil, "IAM's policy language is AWS's, not ours; the sandbox judges with it as well."},
	{"core/config", []string{"core", "core/policy"}, "What files say does not depend on what is recorded or running."},
	{"core/plan", []string{"core", "core/policy"}, "A plan compares two values; it neither reads files nor asks AWS."},
	{"core/engine", []string{"core", "core/config", "core/policy", "core/plan"},
		"The engine reaches AWS only through core's ports, so that it runs the same in Lambda, on a desk and in tests."},
	{"core/cloud", []string{"core"}, "The AWS side implements ports; a decision made here would escape the engine's tests."},
	{"core/sandbox/...", []string{"core/policy", "templates", "core/sandbox/..."},
		"The sandbox is another AWS. If it shared code with what talks to AWS, both would be wrong together and agree."},
	{"core/coretest", []string{"core/...", "lambda"}, "It holds the ports' conformance suite, and installs everything on a sandbox for tests; only tests import it."},
	{"broker", []string{"core"}, "The broker serves people who cannot see the engine's state, and asks AWS through its own ports."},
	{"lambda", []string{"core", "core/engine", "core/cloud"}, "Handlers decode events and call the engine; what they need beyond that belongs there."},
	{"tui/...", []string{"core", "core/config", "core/policy", "core/plan", "core/engine", "broker", "tui/..."},
		"The interface shows and asks. With AWS or the sandbox in reach it would start to do their work."},
	{"templates", nil, "Templates are data."},
	{"cmd/...", []string{"core/...", "broker", "lambda", "tui/...", "templates"}, "Commands put everything together and are imported by nobody."},
}

// pure packages compute: what they are given decides what they return.
var pure = []string{"core", "core/config", "core/policy", "core/plan"}

// impure is the outside world, as paths with everything below them.
var impure = []string{"os", "net/http", "net/rpc", "net/smtp", "syscall", "plugin", sdk, "github.com/aws/smithy-go", "github.com/aws/aws-lambda-go"}

const sdk = "github.com/aws/aws-sdk-go-v2"

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Dir                    string
	Standard                           bool
	Module                             struct{ Main bool }
	GoFiles, IgnoredGoFiles            []string
	Imports, TestImports, XTestImports []string
}

// path is the import path below the module.
func (p *listed) path() string { return below(p.ImportPath) }

func below(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

// list asks once for every package of the module and all they depend on.
var list = sync.OnceValues(func() (map[string]*listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Standard,Module,GoFiles,IgnoredGoFiles,Imports,TestImports,XTestImports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = errors.New(string(exit.Stderr))
		}
		return nil, err
	}
	all := map[string]*listed{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := &listed{}
		if err := decoder.Decode(p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

// packages returns all packages by import path, and the module's own. It looks into
// their folders so that go test, which caches by what a test has read, runs these tests
// again when a file comes or changes.
func packages(t *testing.T) (all map[string]*listed, own []*listed) {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, p := range all {
		if !p.Module.Main || len(p.GoFiles) == 0 {
			continue
		}
		if _, err := os.ReadDir(p.Dir); err != nil {
			t.Fatal(err)
		}
		own = append(own, p)
	}
	slices.SortFunc(own, func(a, b *listed) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return all, own
}

func within(path, tree string) bool { return path == tree || strings.HasPrefix(path, tree+"/") }

func matches(path, pattern string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(path, tree)
	}
	return path == pattern
}

func TestLayers(t *testing.T) {
	t.Parallel()
	_, own := packages(t)
	for _, p := range own {
		i := slices.IndexFunc(layers, func(l layer) bool { return matches(p.path(), l.path) })
		if i < 0 {
			t.Errorf("%s is in no layer. Every package has one, so that who may import whom stays decided: add it here.", p.path())
			continue
		}
		for _, imported := range imports(t, p) {
			if !within(imported, module) {
				continue
			}
			allowed := slices.ContainsFunc(layers[i].may, func(pattern string) bool { return matches(below(imported), pattern) })
			if !allowed {
				t.Errorf("%s imports %s. It may import %s. %s", p.path(), below(imported), orNothing(layers[i].may), layers[i].why)
			}
		}
	}
}

func orNothing(patterns []string) string {
	if len(patterns) == 0 {
		return "nothing of this module"
	}
	return strings.Join(patterns, ", ")
}

func TestNobodyImportsCommands(t *testing.T) {
	t.Parallel()
	_, own := packages(t)
	for _, p := range own {
		for _, imported := range slices.Concat(imports(t, p), p.TestImports, p.XTestImports) {
			if within(imported, module+"/cmd") && imported != p.ImportPath {
				t.Errorf("%s imports %s. Commands only put packages together; what two of them need belongs into a package.", p.path(), below(imported))
			}
		}
	}
}

func TestOnlyTestsImportTestSupport(t *testing.T) {
	t.Parallel()
	_, own := packages(t)
	support := []string{module + "/core/coretest", module + "/tui/internal/tuitest"}
	for _, path := range support {
		if !slices.ContainsFunc(own, func(p *listed) bool { return p.ImportPath == path }) {
			t.Errorf("there is no package %s", path)
		}
	}
	for _, p := range own {
		for _, imported := range imports(t, p) {
			if slices.Contains(support, imported) {
				t.Errorf("%s imports %s, outside of its tests. What a test plays on would become part of the program.", p.path(), below(imported))
			}
		}
	}
}

func TestOnlyCloudImportsTheSDK(t *testing.T) {
	t.Parallel()
	_, own := packages(t)
	for _, p := range own {
		for _, imported := range imports(t, p) {
			if within(imported, sdk) && p.path() != "core/cloud" {
				t.Errorf("%s imports %s. Only core/cloud does: elsewhere the SDK's types would spread, and its calls would go untested against the sandbox.", p.path(), imported)
			}
		}
	}
}

// TestPurePackages follows imports through other modules too, but not into the
// standard library, whose fmt imports os.
func TestPurePackages(t *testing.T) {
	t.Parallel()
	all, own := packages(t)
	for _, p := range own {
		if !slices.Contains(pure, p.path()) {
			continue
		}
		seen := map[string]bool{}
		var follow func(p *listed, chain string)
		follow = func(at *listed, chain string) {
			for _, imported := range imports(t, at) {
				if slices.ContainsFunc(impure, func(tree string) bool { return within(imported, tree) }) {
					t.Errorf("%s imports %s. Pure packages reach no network, file or environment: that makes them quick to test and their answers repeatable.", chain, imported)
				}
				if next := all[imported]; next != nil && !next.Standard && !seen[imported] {
					seen[imported] = true
					follow(next, chain+" -> "+below(imported))
				}
			}
		}
		follow(p, p.path())
	}
}

// TestRulesNameWhatExists keeps a misspelled path from switching a rule off.
func TestRulesNameWhatExists(t *testing.T) {
	t.Parallel()
	_, own := packages(t)
	for _, path := range pure {
		if !slices.ContainsFunc(own, func(p *listed) bool { return p.path() == path }) {
			t.Errorf("there is no package %s", path)
		}
	}
	for _, l := range layers {
		for _, may := range l.may {
			if !slices.ContainsFunc(layers, func(other layer) bool { return other.path == may }) && may != "core/..." {
				t.Errorf("%s may import %s, which is no layer", l.path, may)
			}
		}
	}
}

// imports adds to what go list tells what files for other systems import.
func imports(t *testing.T, p *listed) []string {
	t.Helper()
	found := slices.Clone(p.Imports)
	if !p.Module.Main {
		return found
	}
	for _, name := range p.IgnoredGoFiles {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
			found = append(found, path)
		}
	}
	return found
}

// minDoc is what two plain sentences have, in characters.
const minDoc = 120

func TestEveryPackageIsDocumented(t *testing.T) {
	t.Parallel()
	_, own := packages(t)
	for _, p := range own {
		var docs []string
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc != nil {
				docs = append(docs, file.Doc.Text())
			}
		}
		switch {
		case len(docs) != 1:
			t.Errorf("%s has %d package comments, want one: what it is, what it never does, where to start.", p.path(), len(docs))
		case len(docs[0]) < minDoc || !strings.Contains(strings.TrimSuffix(strings.TrimSpace(docs[0]), "."), "."):
			t.Errorf("the package comment of %s is too short: say what it is, what it never does, where to start. It is: %q", p.path(), docs[0])
		case !strings.HasPrefix(docs[0], "Package ") && !strings.HasPrefix(docs[0], "Command "):
			t.Errorf("the package comment of %s begins with neither Package nor Command: %q", p.path(), docs[0])
		}
	}
}
