package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/stack"
)

// rounds is how often each figure is measured in one run; the median is reported, whatever -benchtime says.
const rounds = 5

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

// percentile returns the p-th of 100 of a sorted list.
func percentile(sorted []float64, p int) float64 {
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// benchProgram returns the program that `make build` made: the benchmarks start it as people do.
func benchProgram(b *testing.B) string {
	b.Helper()
	exe, err := filepath.Abs(filepath.Join("..", "..", "bin", "workmix"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(exe); err != nil {
		b.Skip("bin/workmix is not built: run make bench")
	}
	return exe
}

// benchSession opens the embedded stack in a new data directory, with the schema in it.
func benchSession(b *testing.B) *session {
	b.Helper()
	cfg := config.Default()
	dir := filepath.Join(b.TempDir(), "data")
	st, err := stack.Open(b.Context(), stack.Options{
		Config: cfg, DataDir: dir, EngineExe: benchProgram(b), EngineArgs: []string{"engine"}, Exclusive: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	s := &session{cfg: cfg, stack: st, dataDir: dir}
	if err := s.connect(b.Context(), how{}); err != nil {
		s.close()
		b.Fatal(err)
	}
	if err := s.prepare(b.Context()); err != nil {
		s.close()
		b.Fatal(err)
	}
	return s
}

// running starts stages and returns how to stop them.
func (s *session) running(b *testing.B, only ...string) (p *pipeline, stop func()) {
	b.Helper()
	p, err := s.pipeline(only...)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- p.run(ctx) }()
	return p, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}
