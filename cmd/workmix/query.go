package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

func (a *app) newQuery() *cobra.Command {
	return chooses(&cobra.Command{Use: "query list|show|run", Short: "The catalogue of questions"}, a.newQueryList(), a.newQueryShow(), a.newQueryRun())
}

func (a *app) newQueryList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the questions", Args: exactly(0, "no arguments")}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		all, err := queries.Catalog()
		if err != nil {
			return err
		}
		l := &list{columns: []string{"name", "area", "question"}}
		for _, q := range all {
			l.rows = append(l.rows, []any{q.Name, q.Area, q.Question})
		}
		return report.Write(cmd.OutOrStdout(), f, l)
	}
	return cmd
}

// question finds a question by name.
func question(name string) (*queries.Question, error) {
	all, err := queries.Catalog()
	if err != nil {
		return nil, err
	}
	var near []string
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
		if strings.Contains(all[i].Name, name) || strings.Contains(name, all[i].Name) {
			near = append(near, all[i].Name)
		}
	}
	if len(near) > 0 {
		return nil, usagef("there is no question %q; similar: %s", name, strings.Join(near, ", "))
	}
	return nil, usagef("there is no question %q: workmix query list shows them", name)
}

func (a *app) newQueryShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show a question: what it asks, its parameters, columns and SQL",
		Args:  exactly(1, "the name of a question"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := question(args[0])
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%s: %s\n%s\n", q.Name, q.Title, q.Question)
			for _, p := range q.Params {
				fmt.Fprintf(w, "  --param %s=… (%s): %s\n", p.Name, p.Type, p.Text)
			}
			_, err = fmt.Fprintf(w, "\n%s\n", q.SQL)
			return err
		},
	}
}

func (a *app) newQueryRun() *cobra.Command {
	var params []string
	cmd := &cobra.Command{Use: "run NAME [--param k=v]…", Short: "Run a question", Args: exactly(1, "the name of a question")}
	format := queryFormat(cmd)
	cmd.Flags().StringArrayVar(&params, "param", nil, "name=value; may be given again")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		given, err := keyValues(params)
		if err != nil {
			return err
		}
		if _, err := question(args[0]); err != nil {
			return err
		}
		s, err := a.open(cmd.Context(), cmd, how{tables: true})
		if err != nil {
			return err
		}
		defer s.close()
		return s.runQuestion(cmd.Context(), cmd.OutOrStdout(), f, s.db, args[0], given)
	}
	return cmd
}

// runQuestion binds the parameters and prints the rows.
func (s *session) runQuestion(ctx context.Context, w io.Writer, format string, db *warehouse.DB, name string, given map[string]string) error {
	q, err := question(name)
	if err != nil {
		return err
	}
	bound, err := q.Bind(given)
	if err != nil {
		return &usageError{err}
	}
	if err := printQuery(ctx, w, format, db, q.SQL, bound, q.Bucket); err != nil {
		return fmt.Errorf("question %s: %w", name, err)
	}
	return nil
}

// asked makes wrong usage of the error of a question about a time before anything was known.
func asked(err error) error {
	var e *warehouse.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Message, queries.NothingKnown) {
		return usagef("%s", e.Message)
	}
	return err
}
