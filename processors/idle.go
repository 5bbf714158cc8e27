package processors

import (
	"context"
	"fmt"
	"time"
)

// WaitIdle returns nil once lag returned 0 twice in a row, asking every so often. Lag is the sum of what the stages
// have not committed yet; where one stage feeds another it must be measured in the order of the data's way, so
// that a record is counted before or after it moves on. An error of lag is asked again; when ctx ends, the last
// one is returned with ctx's.
func WaitIdle(ctx context.Context, every time.Duration, lag func(context.Context) (int64, error)) error {
	var last error
	for zeros := 0; ; {
		n, err := lag(ctx)
		if err != nil || n > 0 {
			zeros = 0
		} else if zeros++; zeros == 2 {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			if last != nil {
				return fmt.Errorf("wait until everything is processed: %w: %w", ctx.Err(), last)
			}
			return fmt.Errorf("wait until everything is processed: %d records are left: %w", n, ctx.Err())
		case <-time.After(every):
		}
	}
}
