// Package prompt asks in plain lines: numbered choices, words, yes or no. It is for
// screen readers and for terminals that can do nothing else.
//
// It never moves a cursor, uses no color and repeats nothing by itself.
//
// Start reading at Asker.
package prompt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// Asker writes questions and reads answers, a line each.
type Asker struct {
	out   io.Writer
	lines chan string // closed at the end of the input
}

// New makes an asker. It reads ahead by one line, in a goroutine that ends with the
// input.
func New(in io.Reader, out io.Writer) *Asker {
	a := &Asker{out: out, lines: make(chan string)}
	go func() {
		defer close(a.lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			a.lines <- scanner.Text()
		}
	}()
	return a
}

// Say writes one line. Its text may be untrusted.
func (a *Asker) Say(format string, args ...any) {
	fmt.Fprintln(a.out, ui.Clean(fmt.Sprintf(format, args...)))
}

// Text asks for a line; io.EOF when there is no more input, the context's error when it
// ends.
func (a *Asker) Text(ctx context.Context, question string) (string, error) {
	fmt.Fprint(a.out, ui.Clean(question), " ")
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line, more := <-a.lines:
		if !more {
			return "", io.EOF
		}
		return strings.TrimSpace(line), nil
	}
}

// Choose asks for one of several by its number and returns its index; -1 for 0, which
// goes back.
func (a *Asker) Choose(ctx context.Context, heading string, items []string) (int, error) {
	a.Say("%s", heading)
	for i, item := range items {
		a.Say("%d. %s", i+1, item)
	}
	for {
		answer, err := a.Text(ctx, fmt.Sprintf("Number from 1 to %d, or 0 to go back:", len(items)))
		if err != nil {
			return -1, err
		}
		n, err := strconv.Atoi(answer)
		switch {
		case err == nil && n >= 0 && n <= len(items):
			return n - 1, nil
		}
		a.Say("%q is not a number from 0 to %d.", answer, len(items))
	}
}

// Confirm asks for a word to be typed, and reports whether it was.
func (a *Asker) Confirm(ctx context.Context, question, word string) (bool, error) {
	answer, err := a.Text(ctx, question+" Type "+word+" to go on, anything else to leave it:")
	return err == nil && answer == word, err
}
