package core_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/cross-account-manager/cam/core"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	denied := core.Errorf(core.CodeDenied, "no")
	for name, test := range map[string]struct {
		err  error
		want core.Code
	}{
		"nil":               {nil, ""},
		"another error":     {errors.New("x"), core.CodeFailure},
		"canceled":          {context.Canceled, core.CodeFailure},
		"ours":              {denied, core.CodeDenied},
		"wrapped":           {fmt.Errorf("entering: %w", fmt.Errorf("once more: %w", denied)), core.CodeDenied},
		"joined":            {errors.Join(errors.New("x"), denied), core.CodeDenied},
		"outermost of two":  {core.Errorf(core.CodeRollout, "rollout: %w", denied), core.CodeRollout},
		"first of joined":   {errors.Join(core.Errorf(core.CodeLimit, "full"), denied), core.CodeLimit},
		"without its chain": {fmt.Errorf("entering: %v", denied), core.CodeFailure},
	} {
		if got := core.CodeOf(test.err); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestIsCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("reading: %w", core.Errorf(core.CodeNotFound, "no account"))
	for name, test := range map[string]struct {
		got, want bool
	}{
		"its code":                  {core.IsCode(err, core.CodeNotFound), true},
		"one of several":            {core.IsCode(err, core.CodeDenied, core.CodeNotFound), true},
		"another":                   {core.IsCode(err, core.CodeDenied, core.CodeFailure), false},
		"none asked":                {core.IsCode(err), false},
		"a foreign error fails":     {core.IsCode(errors.New("x"), core.CodeFailure), true},
		"nil has no code":           {core.IsCode(nil, core.CodeFailure), false},
		"nil has no empty code":     {core.IsCode(nil, ""), false},
		"an error has a code":       {core.IsCode(&core.Error{}, ""), false},
		"only the outermost counts": {core.IsCode(core.Errorf(core.CodeRollout, "x: %w", err), core.CodeNotFound), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v", name, test.got)
		}
	}
}

func TestErrorWraps(t *testing.T) {
	t.Parallel()
	err := core.Errorf(core.CodeFailure, "reading %s: %w", "a.yaml", fs.ErrNotExist).WithHint("look into %s", "account/")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "reading a.yaml: file does not exist"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := err.Hint, "look into account/"; got != want {
		t.Errorf("hint %q, want %q", got, want)
	}
	if got := core.Errorf(core.CodeUsage, "no verb"); got.Unwrap() != nil || got.Hint != "" {
		t.Errorf("cause %v, hint %q of an error without either", got.Unwrap(), got.Hint)
	}
	if got := (&core.Error{Err: fs.ErrNotExist}).Error(); got != "file does not exist" {
		t.Errorf("without a message: %q", got)
	}
	var found *core.Error
	if !errors.As(fmt.Errorf("outside: %w", err), &found) || found != err {
		t.Error("the error is not found in a chain")
	}
}
