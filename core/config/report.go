package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cross-account-manager/cam/core"
)

// maxFindings is how many findings one file gets; a file with more is broken as a
// whole, and the rest would only hide the first.
const maxFindings = 1000

// position is a place in a file: 1-based line, 1-based column in characters.
type position struct{ line, column int }

// problem is what stops a file from being read at all.
type problem struct {
	at              position
	message, advice string
}

func (p *problem) Error() string { return p.message }

// report collects the findings of one file.
type report struct {
	file     string
	findings []core.Finding
	errors   int // how many of them, omitted ones included, are errors
	omitted  int
	omission position // of the first finding that was left out
}

func (r *report) errorf(at position, advice, format string, args ...any) {
	r.add(core.SeverityError, at, advice, fmt.Sprintf(format, args...))
}

func (r *report) warnf(at position, advice, format string, args ...any) {
	r.add(core.SeverityWarning, at, advice, fmt.Sprintf(format, args...))
}

// problem adds what stopped the reading of the file.
func (r *report) problem(err error) {
	if p, ok := err.(*problem); ok {
		r.errorf(p.at, p.advice, "%s", p.message)
		return
	}
	r.errorf(position{1, 1}, "", "%v", err)
}

func (r *report) add(severity core.Severity, at position, advice, message string) {
	at = position{max(at.line, 1), max(at.column, 1)}
	if severity == core.SeverityError {
		r.errors++
	}
	if len(r.findings) == maxFindings {
		if r.omitted == 0 {
			r.omission = at
		}
		r.omitted++
		return
	}
	r.findings = append(r.findings, core.Finding{
		Severity: severity, File: r.file, Line: at.line, Column: at.column, Message: message, Advice: advice,
	})
}

// done returns the findings in order. What was left out counts as an error: the
// file has more than a thousand findings already.
func (r *report) done() []core.Finding {
	findings := r.findings
	if r.omitted > 0 {
		findings = append(findings, core.Finding{
			Severity: core.SeverityError, File: r.file, Line: r.omission.line, Column: r.omission.column,
			Message: fmt.Sprintf("%d more findings in this file are not listed", r.omitted),
			Advice:  "repair the first ones and validate again",
		})
	}
	return sorted(findings)
}

// sorted orders findings by file, line, column and text, and drops repetitions: a
// node that several aliases name is looked at several times.
func sorted(findings []core.Finding) []core.Finding {
	slices.SortFunc(findings, func(a, b core.Finding) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Advice, b.Advice),
		)
	})
	return slices.Compact(findings)
}
