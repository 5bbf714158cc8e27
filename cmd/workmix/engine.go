package main

import (
	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
)

// newEngine is the command under which this program starts itself as the embedded engine's process.
func newEngine() *cobra.Command {
	return &cobra.Command{
		Use:    "engine",
		Short:  "Serve the embedded ClickHouse engine (started by workmix itself)",
		Hidden: true,
		Args:   exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return clickhouse.ServeStdin(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
