package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bars draws progress on a terminal; elsewhere it writes a line now and then, of what takes long.
type bars struct {
	p     *mpb.Progress
	lines io.Writer // where no bars are drawn
	mu    sync.Mutex
	bars  map[string]*mpb.Bar
	said  map[string]time.Time // by project
}

func newBars(w io.Writer) *bars {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return &bars{lines: w}
	}
	return &bars{p: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40)), bars: map[string]*mpb.Bar{}}
}

// add counts n more of something whose total is not known.
func (b *bars) add(name string, n int) {
	if bar := b.bar(name); bar != nil {
		bar.IncrBy(n)
	}
}

// sayEvery is how often a line is written where no bars are drawn.
const sayEvery = 15 * time.Second

// first shows how far the first reading of a project has come: as a bar, or as a line now and then.
func (b *bars) first(project string, done, total int, left time.Duration) {
	switch {
	case b.p != nil:
		b.mu.Lock()
		defer b.mu.Unlock()
		name := project + " complete"
		if b.bars[name] == nil {
			b.bars[name] = b.p.AddBar(int64(total), mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)), mpb.AppendDecorators(decor.CountersNoUnit("%d of %d"), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
		}
		b.bars[name].SetCurrent(int64(done))
	case b.lines != nil:
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.said == nil {
			b.said = map[string]time.Time{}
		}
		if b.said[project].IsZero() { // most are complete before anybody wonders
			b.said[project] = time.Now()
		}
		if done == total || time.Since(b.said[project]) < sayEvery {
			return
		}
		b.said[project] = time.Now()
		fmt.Fprintf(b.lines, "workmix: %s is being read for the first time: %d of %d items are complete, the rest takes about %s\n", project, done, total, left.Round(time.Second))
	}
}

// left shows how many records are still to be processed.
func (b *bars) left(name string, n int64) {
	if bar := b.bar(name); bar != nil {
		bar.SetCurrent(n)
	}
}

func (b *bars) bar(name string) *mpb.Bar {
	if b.p == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bars[name] == nil {
		b.bars[name] = b.p.AddSpinner(0, mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)), mpb.AppendDecorators(decor.CurrentNoUnit("%d"), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})))
	}
	return b.bars[name]
}

// done ends all bars.
func (b *bars) done() {
	if b.p == nil {
		return
	}
	b.mu.Lock()
	for _, bar := range b.bars {
		bar.SetTotal(-1, true)
	}
	b.mu.Unlock()
	b.p.Wait()
}
