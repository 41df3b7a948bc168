package coretest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// Log keeps what functions log. It is a slog.Handler, and safe for concurrent use.
type Log struct {
	mu    sync.Mutex
	lines []string
	bad   []string // warnings and errors
}

// Enabled implements slog.Handler.
func (*Log) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler.
func (l *Log) WithAttrs(attrs []slog.Attr) slog.Handler { return logWith{l, attrs} }

// WithGroup implements slog.Handler; functions use no groups.
func (l *Log) WithGroup(string) slog.Handler { return l }

// Handle implements slog.Handler.
func (l *Log) Handle(ctx context.Context, r slog.Record) error {
	var b bytes.Buffer
	if err := slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}).Handle(ctx, r); err != nil {
		return err
	}
	line := strings.TrimSpace(b.String())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	if r.Level >= slog.LevelWarn {
		l.bad = append(l.bad, line)
	}
	return nil
}

// String is all lines.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// Troubles are the lines that tell of a refusal or a failure.
func (l *Log) Troubles() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.bad...)
}

// logWith adds attributes to every line.
type logWith struct {
	*Log
	attrs []slog.Attr
}

// Handle implements slog.Handler.
func (l logWith) Handle(ctx context.Context, r slog.Record) error {
	r = r.Clone()
	r.AddAttrs(l.attrs...)
	return l.Log.Handle(ctx, r)
}
