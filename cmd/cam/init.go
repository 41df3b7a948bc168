package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/templates"
)

func newInit(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a sample configuration to start from",
		Long: `Write a sample configuration to start from: accounts in groups, roles and their
policies. Existing files are never overwritten.`,
		Example: "  cam init org && cam validate org",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := folderArg(args)
			written, err := writeFolder(templates.Organisation(), dir)
			if err != nil {
				return err
			}
			a.notef("Wrote %s to %s. Edit them, then run cam validate %s.", count(written, "file"), dir, dir)
			return nil
		},
	}
}

// writeFolder copies a tree of files. It looks first, so that it writes all or nothing.
func writeFolder(from fs.FS, dir string) (int, error) {
	var names []string
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, name)
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			return core.Errorf(core.CodeFailure, "%s is there already", filepath.Join(dir, name)).
				WithHint("choose an empty folder: cam init DIR")
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if err := copyFile(from, name, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return 0, core.Errorf(core.CodeFailure, "writing the configuration: %w", err)
		}
	}
	return len(names), nil
}

func copyFile(from fs.FS, name, to string) error {
	body, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Close())
}
