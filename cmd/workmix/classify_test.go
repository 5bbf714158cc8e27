package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/processors/classify"
)

// someItems are n lines of items of about 1.5 KB, no two alike.
func someItems(n int) []byte {
	var b bytes.Buffer
	titles := []string{"Crash when saving a file", "Add an option for the port", "Migrate the queue to another broker", "How do I change it?", "fix(parser): keys are lost"}
	for i := range n {
		fmt.Fprintf(&b, `{"uid":"acme/api#%d","kind":"issue","title":"%s in part %d","body":"%s","labels":["kind/bug","area/part-%d","P2"],"type":"Bug","priority":"High","state":"open","comments":3}`+"\n",
			i, titles[i%len(titles)], i, strings.Repeat(fmt.Sprintf("What happens in part %d: the reader waits for the writer, and nobody tells them. ", i), 18), i%40)
	}
	return b.Bytes()
}

// TestClassifyEndsAtAnEndlessLine: nobody makes it hold a line without an end.
func TestClassifyEndsAtAnEndlessLine(t *testing.T) {
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	in := io.MultiReader(bytes.NewReader(someItems(3)), endless{})
	if err := classifyLines(t.Context(), c, "in", in, &out); err == nil || !strings.HasPrefix(err.Error(), "in:4: a line is longer than 64 MiB") {
		t.Errorf("it says %v", err)
	}
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("%d verdicts on 3 items", n)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// TestClassifyKeepsTheOrder: many cores, one order, every line; after a bad one nothing.
func TestClassifyKeepsTheOrder(t *testing.T) {
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	const n = 500
	in := someItems(n)
	var out bytes.Buffer
	if err := classifyLines(t.Context(), c, "in", bytes.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != n {
		t.Fatalf("%d verdicts on %d items", len(lines), n)
	}
	for i, l := range lines {
		if !strings.HasPrefix(l, fmt.Sprintf(`{"uid":"acme/api#%d",`, i)) {
			t.Fatalf("verdict %d is %s", i, l)
		}
	}
	bad := append(bytes.Clone(in), "{\n"...)
	bad = append(bad, in...)
	out.Reset()
	err = classifyLines(t.Context(), c, "in", bytes.NewReader(bad), &out)
	if err == nil || !strings.Contains(err.Error(), "in:501: not a work item: ") || strings.Count(out.String(), "\n") != n {
		t.Errorf("%d verdicts, then %v", strings.Count(out.String(), "\n"), err)
	}
}

// TestClassifyDoesNotWait: who writes a line and waits for its verdict gets it, although the input goes on.
func TestClassifyDoesNotWait(t *testing.T) {
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- classifyLines(t.Context(), c, "in", inR, outW)
		outW.Close()
	}()
	for i := range 3 {
		if _, err := fmt.Fprintf(inW, `{"uid":"%d","title":"Crash"}`+"\n", i); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 64<<10)
		n, err := outR.Read(b)
		if err != nil || !strings.HasPrefix(string(b[:n]), fmt.Sprintf(`{"uid":"%d",`, i)) {
			t.Fatalf("%s, %v", b[:n], err)
		}
	}
	inW.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it did not end")
	}
}

// BenchmarkClassify is workmix classify without its start: lines in, lines out, built-in rules and text model.
func BenchmarkClassify(b *testing.B) {
	c, err := classify.New("")
	if err != nil {
		b.Fatal(err)
	}
	const n = 4000
	in := someItems(n)
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpuTime(b)
	for b.Loop() {
		if err := classifyLines(b.Context(), c, "in", bytes.NewReader(in), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	items := float64(b.N) * n
	b.ReportMetric(items/time.Since(start).Seconds(), "items/s")
	b.ReportMetric(float64((cpuTime(b)-used).Microseconds())/items, "cpu-µs/item")
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/items, "allocs/item")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/items, "B/item")
}
