package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
)

func (a *app) newSuggest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suggest",
		Short: "Draft decision files from what the trackers know",
		Long: "Draft decision files from what the trackers know. Nothing is published: read the draft, mend it, and give it to\n" +
			"workmix apply. The drafts of people and teams bear names, so keep them where those may read who may know.",
	}
	return chooses(cmd, a.newSuggestPeople())
}

// draft is what a suggestion makes its files of.
type draft struct {
	s        *session
	accounts []decisions.Account
}

// suggestion makes a command that drafts files, by name. With -o they go into a folder, else all to standard output.
func (a *app) suggestion(cmd *cobra.Command, make func(ctx context.Context, d *draft) (map[string]string, []string, error)) *cobra.Command {
	var dir string
	cmd.Args = exactly(0, "no arguments")
	cmd.Flags().StringVarP(&dir, "output", "o", "", "folder to write the draft into, made if it is missing; else it goes to standard output")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.open(cmd.Context(), cmd, how{})
		if err != nil {
			return err
		}
		defer s.close()
		if s.people == nil {
			return s.nameless
		}
		d := &draft{s: s}
		if d.accounts, err = s.accounts(cmd.Context()); err != nil {
			return err
		}
		files, order, err := make(cmd.Context(), d)
		if err != nil {
			return err
		}
		for _, name := range order {
			if dir == "" {
				fmt.Fprint(cmd.OutOrStdout(), files[name])
				continue
			}
			if err := writeDraft(filepath.Join(dir, name), files[name]); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(dir, name))
		}
		return nil
	}
	return cmd
}

// writeDraft writes a new file: what a person may have mended is never overwritten.
func writeDraft(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: move it away, or draft into another folder with -o", name)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (a *app) newSuggestPeople() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "people [--all] [-o DIR]",
		Short: "Draft who has which accounts: by verified address, name and login",
		Long: "Draft who has which accounts. Above each person stands how sure that is: sure, where the trackers vouch for the same\n" +
			"address; likely, where the only two accounts of a name of two words, or of a login, are in two sources; possibly,\n" +
			"where a login is what the name makes.",
	}
	cmd.Flags().BoolVar(&all, "all", false, "also people with one account whom the trackers name in no team")
	return a.suggestion(cmd, func(_ context.Context, d *draft) (map[string]string, []string, error) {
		return map[string]string{"people.yaml": decisions.DraftPeople(d.accounts, all)}, []string{"people.yaml"}, nil
	})
}

// accounts are those that the trackers name, as far as the sink has stored them.
func (s *session) accounts(ctx context.Context) ([]decisions.Account, error) {
	r, err := s.people.Query(ctx, "SELECT source, account_id, login, name, emails, bot, person != pseudonym FROM accounts ORDER BY source, account_id", nil, nil)
	var e *warehouse.Error
	if errors.As(err, &e) && e.Denied() {
		return nil, fmt.Errorf("%w: docs/people.md has the statements for its administrator", err)
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []decisions.Account
	err = report.Each(rows{r}, func(row []any) error {
		out = append(out, decisions.Account{
			Source: row[0].(string), ID: row[1].(string), Login: row[2].(string), Name: row[3].(string), Emails: row[4].([]string),
			Bot: row[5].(bool), Decided: row[6].(uint8) == 1,
		})
		return nil
	})
	return out, err
}
