package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that completion has a script for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Print a script that completes commands in a shell",
		Long: "Print a script that completes commands in a shell, for instance\n\n" +
			"  source <(workmix completion bash)\n" +
			"  workmix completion zsh > \"${fpath[1]}/_workmix\"\n" +
			"  workmix completion fish | source",
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			const want = "workmix completion takes bash, zsh, fish or powershell"
			if len(args) == 1 && !slices.Contains(shells, args[0]) {
				return usagef("%s, not %q: run workmix completion --help", want, args[0])
			}
			if len(args) != 1 {
				return usagef("%s: run workmix completion --help", want)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return root.GenPowerShellCompletionWithDesc(out)
		},
	}
}

// chooses makes a command of others, one of which has to be named.
func chooses(cmd *cobra.Command, among ...*cobra.Command) *cobra.Command {
	var names []string
	for _, c := range among {
		names = append(names, c.Name())
	}
	list := names[0]
	if last := len(names) - 1; last > 0 {
		list = strings.Join(names[:last], ", ") + " or " + names[last]
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("%s takes %s, not %q: run %s --help", cmd.CommandPath(), list, args[0], cmd.CommandPath())
		}
		return usagef("%s takes %s: run %s --help", cmd.CommandPath(), list, cmd.CommandPath())
	}
	cmd.AddCommand(among...)
	return cmd
}

// newHelp is help for a command, which must exist.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show what a command does and takes",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q: run workmix --help", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			if err := about.Help(); err != nil {
				return fmt.Errorf("help: %w", err)
			}
			return nil
		},
	}
}
