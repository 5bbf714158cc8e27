// Command workmix shows where an engineering team's work really goes, and how that shifts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run executes one command line and returns the exit status: 0 success, 1 failure, 2 wrong usage.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks to stop in order; after it a second one kills, as people expect.
	context.AfterFunc(ctx, stop)

	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	// Of several errors each has a line of its own.
	told := ""
	if err != nil {
		told = "workmix: " + strings.ReplaceAll(err.Error(), "\n", "\nworkmix: ")
	}
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(errOut, told)
		return 2
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(errOut, "workmix: interrupted")
		return 1
	}
	fmt.Fprintln(errOut, told)
	return 1
}

// usageError is an error of the command line itself.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, a ...any) error { return &usageError{fmt.Errorf(format, a...)} }

// app is what every command shares: the flags that hold for all of them.
type app struct {
	configFile string
	dataDir    string
	verbose    bool
	config     *config.Config // set by demo, which makes its own
}

func newRoot() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use:           "workmix",
		Short:         "Where an engineering team's work really goes, and how that shifts",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			level := slog.LevelWarn
			if a.verbose {
				level = slog.LevelDebug
			}
			slog.SetDefault(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level})))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q: run workmix --help", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	f := root.PersistentFlags()
	f.StringVar(&a.configFile, "config", "", "configuration file (default ./workmix.yaml, else the one in the user's configuration folder)")
	f.StringVar(&a.dataDir, "data", "workmix-data", "data directory of the embedded stack")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "log what is done, on standard error")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%v: run %s --help", err, cmd.CommandPath())
	})
	root.SetHelpCommand(newHelp())
	root.AddCommand(
		a.newUp(), a.newDemo(), a.newSync(), a.newIngest(), a.newProcess(), a.newServe(), a.newQuery(), a.newSQL(), a.newClassify(), a.newEvaluate(), a.newRules(), a.newReplay(), a.newRulesets(),
		a.newApply(), a.newReport(), a.newNote(), a.newOverride(), a.newSuggest(), a.newImport(), a.newCoverage(), a.newRetry(), a.newMigrate(), a.newDoctor(), a.newBackup(), a.newRestore(), a.newConnect(), a.newHealth(), newEngine(), newVersion(), newCompletion(),
	)
	return root
}

// exactly is cobra.ExactArgs with an error that says what is wanted.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s: run %s --help", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}
