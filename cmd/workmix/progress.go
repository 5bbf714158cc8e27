package main

import (
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bars draws progress on a terminal; elsewhere it draws nothing.
type bars struct {
	p    *mpb.Progress
	mu   sync.Mutex
	bars map[string]*mpb.Bar
}

func newBars(w io.Writer) *bars {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return &bars{}
	}
	return &bars{p: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40)), bars: map[string]*mpb.Bar{}}
}

// add counts n more of something whose total is not known.
func (b *bars) add(name string, n int) {
	if bar := b.bar(name); bar != nil {
		bar.IncrBy(n)
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
