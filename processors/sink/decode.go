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
	payload  event.Payload
	err      error
	accounts []account // that the record names
}

// decode reads the payloads of a batch, on all processors, and if named is set the accounts that they name.
func decode(batch []event.Message, named bool) []decoded {
	out := make([]decoded, len(batch))
	const least = 64 // records that are worth a goroutine
	workers := max(1, min(runtime.GOMAXPROCS(0), len(batch)/least))
	var wg sync.WaitGroup
	for w := range workers {
		from, to := w*len(batch)/workers, (w+1)*len(batch)/workers
		wg.Go(func() {
			for i := from; i < to; i++ {
				out[i].payload, out[i].err = read(&batch[i])
				if named {
					out[i].accounts = accounts(out[i].payload)
				}
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

// number is a field whose column is narrower than its Go type.
type number struct {
	field string
	value int
}

// storable checks the numbers whose columns are narrower than their Go type.
func storable(p event.Payload) error {
	switch p := p.(type) {
	case *event.Revision:
		if err := natural(p, number{"seq", p.Seq}); err != nil {
			return err
		}
		if s := p.Item.Size; s != nil {
			if err := natural(p, number{"item.size.additions", s.Additions}, number{"item.size.deletions", s.Deletions}, number{"item.size.files", s.Files}, number{"item.size.commits", s.Commits}); err != nil {
				return err
			}
		}
		if c := p.Counts; c != nil {
			return natural(p, number{"counts.subtasks", c.Subtasks}, number{"counts.links", c.Links}, number{"counts.comments", c.Comments})
		}
	case *event.Classification:
		return natural(p, number{"seq", p.Seq})
	case *event.DeadLetter:
		if p.Partition < math.MinInt32 || p.Partition > math.MaxInt32 {
			return fmt.Errorf("%s: field partition is %d, which is no partition", p.Envelope().Type, p.Partition)
		}
		return natural(p, number{"size_bytes", p.SizeBytes})
	}
	return nil
}

func natural(p event.Payload, numbers ...number) error {
	for _, n := range numbers {
		if n.value < 0 || n.value > math.MaxUint32 {
			return fmt.Errorf("%s: field %s is %d, want 0 to %d", p.Envelope().Type, n.field, n.value, uint32(math.MaxUint32))
		}
	}
	return nil
}
