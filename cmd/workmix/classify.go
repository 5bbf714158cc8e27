package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/processors/classify"
)

func (a *app) newClassify() *cobra.Command {
	var input, rules string
	cmd := &cobra.Command{
		Use:   "classify --input FILE|- [--rules FILE]",
		Short: "Offline: work items as JSON lines in, classifications as JSON lines out, in order",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if input == "" {
				return usagef("workmix classify needs --input: a file of JSON lines, or - for standard input")
			}
			c, err := a.classifier(rules)
			if err != nil {
				return err
			}
			in := cmd.InOrStdin()
			if input != "-" {
				f, err := os.Open(input)
				if err != nil {
					return fmt.Errorf("--input: %w", err)
				}
				defer f.Close()
				in = f
			}
			return classifyLines(cmd.Context(), c, input, in, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&input, "input", "", "file of work items, one JSON object a line; - is standard input")
	cmd.Flags().StringVar(&rules, "rules", "", "file or folder of rules over the built-in ones (default: the configuration's)")
	return cmd
}

// batch is some lines of input, and what came of them.
type batch struct {
	first int // number of its first line, from 1
	lines [][]byte
	size  int
	err   error // of the reader: what ended the input; io.EOF is its end
	out   bytes.Buffer
	done  chan error
}

// A batch is large enough to be worth handing over, and small enough that the first verdicts come at once.
const (
	batchLines = 64
	batchBytes = 256 << 10
	lineBytes  = 64 << 20 // more is no item, and who sends no end of a line at all shall not take all memory
)

// classifyLines judges one object a line, on every core, and writes the verdicts in the order of the lines. A line that
// is none ends it with its number: nothing is skipped.
func classifyLines(ctx context.Context, c *classify.Classifier, name string, in io.Reader, out io.Writer) error {
	g, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	todo, ordered := make(chan *batch), make(chan *batch, 2*workers)
	g.Go(func() error { return readBatches(ctx, in, todo, ordered) })
	for range workers {
		g.Go(func() error {
			for b := range todo {
				b.done <- b.judge(c, name)
			}
			return nil
		})
	}
	g.Go(func() error {
		w := bufio.NewWriter(out)
		for b := range ordered {
			err := <-b.done
			if _, write := w.Write(b.out.Bytes()); err == nil {
				err = write
			}
			if err == nil && len(ordered) == 0 {
				err = w.Flush() // nobody waits for what is already judged
			}
			if err != nil {
				return errors.Join(w.Flush(), err)
			}
		}
		return w.Flush()
	})
	return g.Wait()
}

func readBatches(ctx context.Context, in io.Reader, todo, ordered chan<- *batch) error {
	defer close(todo)
	defer close(ordered)
	r := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; {
		b := &batch{first: n, done: make(chan error, 1)}
		for len(b.lines) < batchLines && b.size < batchBytes && b.err == nil {
			var line []byte
			line, b.err = readLine(r)
			b.lines, b.size = append(b.lines, line), b.size+len(line)
			if b.err == nil && r.Buffered() == 0 {
				break // more may take its time
			}
		}
		n += len(b.lines)
		end := b.err != nil
		for _, to := range []chan<- *batch{ordered, todo} {
			select {
			case to <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if end {
			return nil
		}
	}
}

var errLongLine = fmt.Errorf("a line is longer than %d MiB: an item is an object on a line of its own", lineBytes>>20)

// readLine reads a line with its end, or with an error what there is of it.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > lineBytes {
			return nil, errLongLine
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// judge judges the lines of a batch, up to the first that is not a work item.
func (b *batch) judge(c *classify.Classifier, name string) error {
	for i, line := range b.lines {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := classifyLine(c, line, &b.out); err != nil {
			return fmt.Errorf("%s:%d: %w", name, b.first+i, err)
		}
	}
	switch {
	case errors.Is(b.err, errLongLine):
		return fmt.Errorf("%s:%d: %w", name, b.first+len(b.lines)-1, b.err)
	case b.err != nil && !errors.Is(b.err, io.EOF):
		return fmt.Errorf("--input: %w", b.err)
	}
	return nil
}

func classifyLine(c *classify.Classifier, line []byte, w io.Writer) error {
	o, err := classify.ReadOffline(line)
	if err != nil {
		return err
	}
	v, err := c.Judge(o.Item())
	if err != nil {
		return err
	}
	b, err := json.Marshal(struct {
		UID string `json:"uid"`
		*classify.Verdict
	}{o.UID, v})
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
