package sink

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/goccy/go-json"

	"github.com/workmix/workmix/internal/event"
)

// decoded is a record's payload, or why it has none.
type decoded struct {
	payload event.Payload
	err     error
}

// decode reads the payloads of a batch, on all processors.
func decode(batch []event.Message) []decoded {
	out := make([]decoded, len(batch))
	const least = 64 // records that are worth a goroutine
	workers := max(1, min(runtime.GOMAXPROCS(0), len(batch)/least))
	var wg sync.WaitGroup
	for w := range workers {
		from, to := w*len(batch)/workers, (w+1)*len(batch)/workers
		wg.Go(func() {
			for i := from; i < to; i++ {
				out[i].payload, out[i].err = read(&batch[i])
			}
		})
	}
	wg.Wait()
	return out
}

// read returns a message's payload if the tables can hold it.
func read(m *event.Message) (event.Payload, error) {
	p, err := event.DecodeWith(m, unmarshal)
	if err != nil {
		return nil, err
	}
	return p, storable(p)
}

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// storable checks the numbers whose columns are narrower than their Go type.
func storable(p event.Payload) error {
	natural := func(field string, n int) error {
		if n < 0 || n > math.MaxUint32 {
			return fmt.Errorf("%s: field %s is %d, want 0 to %d", p.Envelope().Type, field, n, uint32(math.MaxUint32))
		}
		return nil
	}
	switch p := p.(type) {
	case *event.Revision:
		if err := natural("seq", p.Seq); err != nil {
			return err
		}
		if s := p.Item.Size; s != nil {
			for field, n := range map[string]int{"additions": s.Additions, "deletions": s.Deletions, "files": s.Files, "commits": s.Commits} {
				if err := natural("item.size."+field, n); err != nil {
					return err
				}
			}
		}
		if c := p.Counts; c != nil {
			for field, n := range map[string]int{"subtasks": c.Subtasks, "links": c.Links, "comments": c.Comments} {
				if err := natural("counts."+field, n); err != nil {
					return err
				}
			}
		}
	case *event.Classification:
		return natural("seq", p.Seq)
	case *event.DeadLetter:
		if p.Partition < math.MinInt32 || p.Partition > math.MaxInt32 {
			return fmt.Errorf("%s: field partition is %d, which is no partition", p.Envelope().Type, p.Partition)
		}
		return natural("size_bytes", p.SizeBytes)
	}
	return nil
}
