package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
)

// folderArg is the configuration folder of a command line: its argument, or here.
func folderArg(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return "."
}

// openFolder opens a configuration folder, which must be there.
func openFolder(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, core.Errorf(core.CodeInvalid, "the configuration folder cannot be read: %w", err).
			WithHint("cam init %s makes one", dir)
	case !info.IsDir():
		return nil, core.Errorf(core.CodeInvalid, "%s is not a folder", dir).
			WithHint("a configuration is a folder with account/, role/ and custom_policy/")
	}
	return os.DirFS(dir), nil
}

// load reads a configuration folder and shows its findings; errors among them end
// the command.
func (a *app) load(ctx context.Context, dir string) (*core.Configuration, []core.Finding, error) {
	folder, err := openFolder(dir)
	if err != nil {
		return nil, nil, err
	}
	configuration, findings, err := config.Load(ctx, folder)
	if err != nil {
		return nil, nil, core.Errorf(core.CodeInvalid, "reading the configuration: %w", err)
	}
	return configuration, findings, nil
}

// showFindings writes findings to stderr, one a line, as compilers do.
func (a *app) showFindings(findings []core.Finding) {
	for _, f := range findings {
		a.notef("%s", f)
	}
}

// invalid is the error for a configuration with errors; the findings are shown.
func invalid(findings []core.Finding) error {
	n := 0
	for _, f := range findings {
		if f.Severity == core.SeverityError {
			n++
		}
	}
	return core.Errorf(core.CodeInvalid, "the configuration has %s; nothing was sent", count(n, "error"))
}

// count is a number with its noun: "1 account", "2 accounts".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case len(noun) > 1 && noun[len(noun)-1] == 'y':
		return fmt.Sprintf("%d %sies", n, noun[:len(noun)-1])
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}
