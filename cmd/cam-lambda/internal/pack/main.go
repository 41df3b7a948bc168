// Command pack builds cmd/cam-lambda for the architectures that Lambda has and writes
// one zip file for each, as Lambda and CloudFormation take them:
//
//	go run ./cmd/cam-lambda/internal/pack -o dist
//
// The same source and the same Go release give the same bytes, on any machine and from
// any folder. It uploads nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// program is what is built.
const program = "github.com/cross-account-manager/cam/cmd/cam-lambda"

// architectures are Lambda's names of architectures, and Go's.
var architectures = map[string]string{"arm64": "arm64", "x86_64": "amd64"}

func main() {
	out := flag.String("o", "dist", "folder to write to")
	only := flag.String("arch", "", "build for this architecture only: arm64 or x86_64")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *out, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// run packs for one architecture, or for all where only is empty.
func run(ctx context.Context, out, only string) error {
	if _, known := architectures[only]; only != "" && !known {
		return fmt.Errorf("there is no architecture %q, only arm64 and x86_64", only)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for arch := range architectures {
		if only != "" && arch != only {
			continue
		}
		path, size, err := pack(ctx, out, arch)
		if err != nil {
			return err
		}
		fmt.Printf("%s  %.1f MB\n", path, float64(size)/1e6)
	}
	return nil
}

// pack builds for one architecture and returns the zip file with its size in bytes.
func pack(ctx context.Context, out, arch string) (path string, size int64, err error) {
	temp, err := os.MkdirTemp("", "cam-lambda-*")
	if err != nil {
		return "", 0, err
	}
	defer os.RemoveAll(temp)
	binary := filepath.Join(temp, bootstrap)
	if err := build(ctx, ".", binary, architectures[arch]); err != nil {
		return "", 0, fmt.Errorf("building for %s: %w", arch, err)
	}
	code, err := os.ReadFile(binary)
	if err != nil {
		return "", 0, err
	}
	archive, err := archive(code)
	if err != nil {
		return "", 0, err
	}
	path = filepath.Join(out, "cam-lambda-"+arch+".zip")
	return path, int64(len(archive)), os.WriteFile(path, archive, 0o644)
}

// build compiles the program of the module that dir is in. Nothing of the machine, the
// folder or the caller's Go settings gets into the binary.
func build(ctx context.Context, dir, binary, goarch string) error {
	cmd := exec.CommandContext(ctx, "go", "build",
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-tags=lambda.norpc", "-o", binary, program)
	cmd.Dir = dir
	cmd.Env = append(settled(os.Environ()), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// settled drops the variables of Go that change what is compiled.
func settled(environ []string) []string {
	return slices.DeleteFunc(environ, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{"GOFLAGS", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFIPS140", "GOWORK"}, name)
	})
}
