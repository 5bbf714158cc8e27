//go:build reliability && linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/workmix/workmix/internal/eventlog"
)

// stuckAfter is how long a processor may come no further although records wait for it before its goroutines are
// kept.
const stuckAfter = time.Minute

// stacks is the folder for logs of processes that hang, with their goroutines: WORKMIX_RELIABILITY_STACKS. Empty:
// none are kept.
func stacks() string { return os.Getenv("WORKMIX_RELIABILITY_STACKS") }

// keep keeps the log of a role.
func (r *rig) keep(name string) {
	if stacks() == "" {
		return
	}
	if b, err := os.ReadFile(r.logFile(name)); err == nil {
		_ = os.WriteFile(filepath.Join(stacks(), fmt.Sprintf("%d-%s.log", time.Now().Unix(), name)), b, 0o600)
	}
}

// quit ends a process with SIGQUIT and keeps its log with the goroutines in it.
func (p *proc) quit(name string) {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	<-p.done
	if b, err := os.ReadFile(p.log); err == nil {
		_ = os.WriteFile(filepath.Join(stacks(), fmt.Sprintf("%d-%s-quit.log", time.Now().Unix(), name)), b, 0o600)
	}
}

// watch asks for the processors' progress each second. One that comes no further although records wait is sent
// SIGQUIT, which ends it: the test then fails, with the goroutines kept.
func (r *rig) watch() {
	if stacks() == "" {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := r.session(ctx) // its addresses stay good while the holder dies and comes again
	if err != nil {
		r.t.Fatal(err)
	}
	p, err := s.pipeline(stages...)
	if err != nil {
		r.t.Fatal(err)
	}
	done := make(chan struct{})
	r.t.Cleanup(func() { cancel(); <-done; s.close() })
	type seen struct {
		committed int64
		since     time.Time
		pid       int
	}
	at := map[string]seen{}
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; time.Sleep(time.Second) {
			lags, err := p.lag(ctx)
			for _, name := range stages {
				pr := r.proc(name)
				if pr != nil {
					select {
					case <-pr.done: // it ended by itself, which the next kill finds
						pr = nil
					default:
					}
				}
				if err != nil || pr == nil || lags[name] == 0 {
					delete(at, name)
					continue
				}
				committed := -lags[name]
				_, topics := p.group(name)
				for _, topic := range topics {
					var ranges map[int]eventlog.Range
					if ranges, err = s.log.Offsets(ctx, topic); err != nil {
						break
					}
					for _, o := range ranges {
						committed += o.Next
					}
				}
				old, now := at[name], seen{committed, time.Now(), pr.cmd.Process.Pid}
				if err != nil || old.pid != now.pid || committed > old.committed+int64(len(topics)) { // a record may come between the two questions
					at[name] = now
					continue
				}
				if time.Since(old.since) < stuckAfter {
					continue
				}
				r.t.Errorf("%s comes no further: lag %d for %v", name, lags[name], time.Since(old.since).Round(time.Second))
				for other := range roles {
					r.keep(other)
				}
				pr.quit(name)
				delete(at, name)
			}
		}
	}()
}
