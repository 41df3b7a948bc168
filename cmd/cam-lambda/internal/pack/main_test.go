package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What Lambda needs of the file, and what makes two archives the same.
func TestArchive(t *testing.T) {
	t.Parallel()
	code := bytes.Repeat([]byte("not really a program\n"), 1000)
	first, err := archive(code)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 1 {
		t.Fatalf("%d files, want 1", len(z.File))
	}
	f := z.File[0]
	if f.Name != "bootstrap" || f.Mode() != 0o755 || f.CreatorVersion>>8 != 3 {
		t.Errorf("file %s, mode %v, made by system %d; want bootstrap, 0755, 3 (Unix)", f.Name, f.Mode(), f.CreatorVersion>>8)
	}
	if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("time %s", f.Modified)
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, code) {
		t.Errorf("the content differs: %v", err)
	}
	again, err := archive(bytes.Clone(code))
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same code gave another archive: %v", err)
	}
}

// Go settings of whoever packs do not reach the compiler; everything else does, as the
// place of the cache and a proxy for modules.
func TestSettled(t *testing.T) {
	t.Parallel()
	got := settled([]string{"GOFLAGS=-race", "HOME=/home/me", "GOAMD64=v3", "GOCACHE=/cache", "GOARM64=v9.0", "GOEXPERIMENT=x", "GOPROXY=https://p"})
	if want := "HOME=/home/me GOCACHE=/cache GOPROXY=https://p"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestUnknownArchitecture(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dist")
	if err := run(t.Context(), dir, "riscv64"); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it wrote something")
	}
}

var builds = flag.Bool("builds", false, "also build the program, several times, which takes minutes")

// The same source gives the same program: from another folder, with another cache, and
// with settings that would change an ordinary build.
func TestReproducible(t *testing.T) {
	if !*builds {
		t.Skip("takes minutes: -builds -timeout 30m runs it")
	}
	root := filepath.Join("..", "..", "..", "..")
	here := builtAll(t, root)
	t.Setenv("GOCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-tags=netgo")
	t.Setenv("GOAMD64", "v3")
	elsewhere := builtAll(t, copySource(t, root))
	for arch, code := range here {
		if !bytes.Equal(code, elsewhere[arch]) {
			t.Errorf("%s: two builds differ", arch)
		}
		checkProgram(t, arch, code)
	}
}

// builtAll builds for every architecture in dir, a module's root.
func builtAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	built := map[string][]byte{}
	for arch, goarch := range architectures {
		binary := filepath.Join(t.TempDir(), bootstrap)
		if err := build(t.Context(), dir, binary, goarch); err != nil {
			t.Fatal(err)
		}
		code, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		built[arch] = code
	}
	return built
}

// checkProgram looks for what Lambda's bare system could not run, and for traces of the
// machine that built.
func checkProgram(t *testing.T, arch string, code []byte) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(code))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64}[arch]; f.Machine != want {
		t.Errorf("%s: built for %s", arch, f.Machine)
	}
	if libraries, _ := f.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("%s: needs %v", arch, libraries)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if home := strings.TrimSuffix(filepath.ToSlash(here), "/cmd/cam-lambda/internal/pack"); bytes.Contains(code, []byte(home+"/")) {
		t.Errorf("%s: the program names the folder %s", arch, home)
	}
}

// copySource copies what the program is built from to another folder.
func copySource(t *testing.T, root string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "elsewhere")
	for _, part := range []string{"core", "lambda", "templates", "cmd/cam-lambda"} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join(root, part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
