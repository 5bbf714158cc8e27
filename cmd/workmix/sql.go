package main

import (
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// formatClause is the end of a statement that asks for a format of ClickHouse's own.
var formatClause = regexp.MustCompile(`(?i)\sFORMAT\s+[A-Za-z]\w*\s*;?\s*$`)

func (a *app) newSQL() *cobra.Command {
	var params []string
	cmd := &cobra.Command{
		Use:   `sql "SELECT …"`,
		Short: "Run read-only SQL over the views (- reads it from standard input)",
		Long: "Run read-only SQL over the views; - reads it from standard input.\n\n" +
			"In the views people are pseudonyms. With --people the statement may also read workmix_people.accounts, which says whose\n" +
			"they are, if the configuration lets anybody: docs/people.md.",
		Args: exactly(1, "one statement, or - for standard input"),
	}
	format := queryFormat(cmd)
	cmd.Flags().StringArrayVar(&params, "param", nil, "name=value, bound to {name:Type} in the statement; may be given again")
	names := cmd.Flags().Bool("people", false, "as the account that may read names of people, in database workmix_people")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		bound, err := keyValues(params)
		if err != nil {
			return err
		}
		text := args[0]
		if text == "-" {
			b, err := io.ReadAll(cmd.InOrStdin())
			if err != nil {
				return err
			}
			text = string(b)
		}
		if strings.TrimSpace(text) == "" {
			return usagef("the statement is empty")
		}
		if formatClause.MatchString(text) {
			return usagef("leave FORMAT out of the statement and use --format")
		}
		s, err := a.open(cmd.Context(), cmd, how{tables: true})
		if err != nil {
			return err
		}
		defer s.close()
		open := s.reader
		if *names {
			open = s.peopleReader
		}
		db, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer db.Close()
		return printQuery(cmd.Context(), cmd.OutOrStdout(), f, db, text, bound, nil)
	}
	return cmd
}

// keyValues reads a list of name=value.
func keyValues(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, kv := range list {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" {
			return nil, usagef("--param %q is not name=value", kv)
		}
		if _, twice := out[k]; twice {
			return nil, usagef("--param %s is given twice", k)
		}
		out[k] = v
	}
	return out, nil
}
