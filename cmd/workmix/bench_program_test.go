package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRatioIdleMemory starts `workmix up` without a source, and after ten seconds adds up the resident memory
// of its two processes.
func BenchmarkRatioIdleMemory(b *testing.B) {
	exe := benchProgram(b)
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("memory is read from /proc, which is not here")
	}
	var sums, engines []float64
	for range rounds {
		dir := b.TempDir()
		config := filepath.Join(dir, "workmix.yaml")
		if err := os.WriteFile(config, []byte("admin: {listen: '127.0.0.1:0'}\nembedded: {clickhouse_listen: '127.0.0.1:0'}\n"), 0o600); err != nil {
			b.Fatal(err)
		}
		cmd := exec.CommandContext(b.Context(), exe, "up", "--config", config, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
		awaitLine(b, cmd, "workmix is up")
		time.Sleep(10 * time.Second)
		sum := resident(b, cmd.Process.Pid)
		engine := 0.0
		for _, child := range children(b, cmd.Process.Pid) {
			engine += resident(b, child)
		}
		stopProgram(b, cmd)
		if engine == 0 {
			b.Fatal("the engine's process was not found")
		}
		sums, engines = append(sums, sum+engine), append(engines, engine)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(sums), "MB")
	b.ReportMetric(median(engines), "engine-MB")
}

// BenchmarkRatioDemo times `workmix demo --once` from its start until everything is in the tables.
func BenchmarkRatioDemo(b *testing.B) {
	exe := benchProgram(b)
	var took []float64
	for range rounds {
		cmd := exec.CommandContext(b.Context(), exe, "demo", "--once")
		start := time.Now()
		awaitLine(b, cmd, "ready after")
		took = append(took, time.Since(start).Seconds())
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took), "s")
}

// awaitLine starts a program and returns once its standard error says a text.
func awaitLine(b *testing.B, cmd *exec.Cmd, text string) {
	b.Helper()
	// The last result kills what a failed benchmark leaves behind.
	b.Cleanup(func() { _ = cmd.Process.Kill() })
	errOut, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	said := ""
	for s := bufio.NewScanner(errOut); s.Scan(); {
		if strings.Contains(s.Text(), text) {
			go func() { _, _ = io.Copy(io.Discard, errOut) }()
			return
		}
		said += s.Text() + "\n"
	}
	b.Fatalf("%s ended without %q: %s", strings.Join(cmd.Args, " "), text, said)
}

func stopProgram(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // interrupted, as asked
}

// resident returns a process's resident memory in MB of 2^20 bytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatalf("process %d has no VmRSS", pid)
	return 0
}

// children returns the processes that a process started.
func children(b *testing.B, pid int) (out []int) {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that ended
		}
		for _, field := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(field)
			if err != nil {
				b.Fatal(err)
			}
			out = append(out, n)
		}
	}
	return out
}
