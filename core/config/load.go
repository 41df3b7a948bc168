package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// Load reads a configuration folder: account/*.yaml|yml, role/*.yaml|yml and
// custom_policy/*.json. All findings come at once, sorted by file, line and column.
// The error is about reading the folder only, never about what files say.
//
// The configuration holds what could be read; it is the desired state only when
// core.HasErrors of the findings says no.
func Load(ctx context.Context, fsys fs.FS) (*core.Configuration, []core.Finding, error) {
	l := &loader{ctx: ctx, fsys: fsys, reports: map[string]*report{}}
	policies := Policies{}
	var files []core.PolicyFile
	var accounts []account
	var roles []role
	if err := errors.Join(
		l.folder(core.PolicyFolder, []string{".json"}, func(r *report, data []byte) {
			file, findings := ParsePolicy(r.file, data)
			r.findings = append(r.findings, findings...)
			policies[file.Name] = file
			files = append(files, file)
		}),
		l.folder(core.AccountFolder, []string{".yaml", ".yml"}, func(r *report, data []byte) {
			accounts = append(accounts, r.accounts(data)...)
		}),
		l.folder(core.RoleFolder, []string{".yaml", ".yml"}, func(r *report, data []byte) {
			roles = append(roles, r.roles(data, policies)...)
		}),
	); err != nil {
		return nil, nil, err
	}
	accounts = uniqueAccounts(accounts, l.report)
	roles = uniqueRoles(roles, l.report)
	checkReferences(accounts, roles, files, l.report)
	return &core.Configuration{
		Accounts: accountEntries(accounts),
		Roles:    roleEntries(roles),
		Policies: slices.SortedFunc(slices.Values(files), func(a, b core.PolicyFile) int { return cmp.Compare(a.Name, b.Name) }),
	}, l.findings(), nil
}

// loader reads the files of a folder and keeps a report for each.
type loader struct {
	ctx     context.Context
	fsys    fs.FS
	reports map[string]*report
	read    int // account and role files
}

func (l *loader) report(file string) *report {
	if l.reports[file] == nil {
		l.reports[file] = &report{file: file}
	}
	return l.reports[file]
}

// folder hands the content of every file with one of the extensions to parse. A
// folder that is not there is empty.
func (l *loader) folder(folder string, extensions []string, parse func(*report, []byte)) error {
	name := strings.TrimSuffix(folder, "/")
	entries, err := fs.ReadDir(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read folder %s: %w", name, err)
	}
	for _, entry := range entries {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if ignored(entry.Name()) {
			continue
		}
		data, ok, err := l.file(path.Join(name, entry.Name()), extensions)
		if err != nil {
			return err
		}
		if ok {
			parse(l.report(path.Join(name, entry.Name())), data)
			if folder != core.PolicyFolder {
				l.read++
			}
		}
	}
	return nil
}

// file reads one file, unless a finding says why it is passed over.
func (l *loader) file(name string, extensions []string) ([]byte, bool, error) {
	info, err := fs.Stat(l.fsys, name) // follows a link, which the folder's entry does not
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	extension := path.Ext(name)
	switch {
	case info.IsDir():
		l.report(name).warnf(position{1, 1}, "move its files up", "folders inside %s/ are not read", path.Dir(name))
		return nil, false, nil
	case !slices.Contains(extensions, extension):
		advice := "rename it or move it elsewhere"
		if slices.Contains(extensions, strings.ToLower(extension)) {
			advice = "write the extension in lower case"
		}
		l.report(name).warnf(position{1, 1}, advice, "this file is not read: only %s files are", strings.Join(extensions, " and "))
		return nil, false, nil
	case info.Size() > MaxFileSize:
		l.read++
		l.report(name).problem(tooLarge(info.Size()))
		return nil, false, nil
	}
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	return data, true, nil
}

// ignored reports hidden files and what editors leave behind.
func ignored(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~") {
		return true
	}
	return slices.Contains([]string{".bak", ".orig", ".swp", ".swo", ".tmp"}, path.Ext(name))
}

func (l *loader) findings() []core.Finding {
	var all []core.Finding
	for _, r := range l.reports {
		all = append(all, r.done()...)
	}
	if l.read == 0 {
		all = append(all, core.Finding{
			Severity: core.SeverityError, File: ".",
			Message: "there are no account or role files in this folder",
			Advice:  "name the folder that holds account/ and role/; cam init makes one",
		})
	}
	return sorted(all)
}
