package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report/retro"
)

// demoRetro prints the headline of the organisation's last whole quarter, and writes its retrospective as a page beside
// the data directory. Data that goes with a demo that ends at once takes no page along.
func (s *session) demoRetro(ctx context.Context, cmd *cobra.Command, once bool, format string) error {
	o, err := lastQuarter(s, time.Now())
	if err != nil {
		return err
	}
	n, err := s.liveRetro(ctx, o)
	var wrong *retro.WrongError
	if errors.As(err, &wrong) { // an organisation that did nothing in that quarter
		fmt.Fprintln(cmd.ErrOrStderr(), wrong.Text)
		return nil
	}
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if format != "table" && format != "markdown" { // where rows alone are written
		out = cmd.ErrOrStderr()
	}
	fmt.Fprintf(out, "\n%s\n%s\n", n.Title(), n.Sentence())
	if once && !cmd.Flags().Changed("data") {
		fmt.Fprintln(cmd.ErrOrStderr(), "with --data DIR the data is kept, and the retrospective as a page beside it")
		return nil
	}
	page, err := n.HTML()
	if err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(filepath.Clean(s.dataDir)), "retrospective-"+n.Quarter+".html")
	if err := os.WriteFile(name, page, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "the retrospective is in "+name)
	return nil
}

// lastQuarter asks for the retrospective of the organisation's last quarter that is over.
func lastQuarter(s *session, now time.Time) (o retro.Options, err error) {
	c := s.cfg.Calendar
	name, err := c.QuarterOf(now)
	if err != nil {
		return o, err
	}
	from, _, err := c.Quarter(name)
	if err != nil {
		return o, err
	}
	if name, err = c.QuarterOf(from.AddDate(0, -1, 0)); err != nil {
		return o, err
	}
	return optionsOf(c, name)
}
