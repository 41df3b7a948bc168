package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/tui/internal/tuitest"
)

// screenOf is an output that may be written to and read at once.
type screenOf struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screenOf) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screenOf) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Len()
}

// TestRunEnds when its context does, and when somebody quits.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	for _, quit := range []bool{true, false} {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		o, _, _, _ := options()
		in, keyboard := io.Pipe()
		out := &screenOf{}
		o.Input, o.Output, o.Environ, o.Folder = in, out, []string{"TERM=xterm-256color"}, tuitest.NewFolder(tuitest.Sample())
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, o) }()
		for out.len() == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		if quit {
			_, _ = keyboard.Write([]byte("q"))
		} else {
			stop()
		}
		err := <-ended
		if quit && err != nil || !quit && !errors.Is(err, context.Canceled) {
			t.Errorf("quit %v: ended with %v", quit, err)
		}
		_ = keyboard.Close()
	}
}
