package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/warehouse"
)

// patience is how long a process that has reached log and engine, and loses one of them while it brings topics and
// tables up to date or reads what it needs to begin, tries again: an engine that died comes up again within seconds.
const patience = time.Minute

// patiently calls do until it succeeds, fails for a reason that will not pass, or patience is over. do is idempotent.
func patiently(ctx context.Context, what string, do func(context.Context) error) error {
	said := false
	for end := time.Now().Add(patience); ; {
		err := do(ctx)
		if err == nil && said {
			slog.Info("can " + what + " again")
		}
		if err == nil || ctx.Err() != nil || !passing(err) || time.Now().After(end) {
			return err
		}
		if !said {
			slog.Warn("cannot "+what+"; trying again", "error", err)
			said = true
		}
		if err := ingest.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

// passing says that an error is one of a log or engine that is not there now.
func passing(err error) bool {
	const network = 210 // ClickHouse's code, which the embedded engine gives while it is started again
	var gone *warehouse.Unreachable
	var refused *warehouse.Error
	var op *net.OpError
	return errors.Is(err, eventlog.ErrSilent) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) || errors.As(err, &gone) || errors.As(err, &refused) && refused.Code == network
}
