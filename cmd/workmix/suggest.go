package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/decisions"
)

func (a *app) newSuggest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suggest",
		Short: "Draft decision files from what the trackers know",
		Long: "Draft decision files from what the trackers know. Nothing is published: read the draft, mend it, and give it to\n" +
			"workmix apply. The drafts of people and teams bear names, so keep them where those may read who may know.",
	}
	return chooses(cmd, a.newSuggestTeams(), a.newSuggestPeople(), a.newSuggestInitiatives())
}

// drafts makes files, by name, in the order in which they are written.
type drafts func(ctx context.Context, s *session) ([]draftFile, error)

type draftFile struct{ name, text string }

// suggestion makes a command that drafts files. With -o they go into a folder, else all to standard output.
func (a *app) suggestion(cmd *cobra.Command, make drafts) *cobra.Command {
	var dir string
	cmd.Args = exactly(0, "no arguments")
	cmd.Flags().StringVarP(&dir, "output", "o", "", "folder to write the draft into, made if it is missing; else it goes to standard output")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.open(cmd.Context(), cmd, how{tables: true})
		if err != nil {
			return err
		}
		defer s.close()
		files, err := make(cmd.Context(), s)
		if err != nil {
			return err
		}
		if dir == "" {
			for _, f := range files {
				fmt.Fprint(cmd.OutOrStdout(), f.text)
			}
			return nil
		}
		for _, f := range files {
			if _, err := os.Stat(filepath.Join(dir, f.name)); err == nil {
				return fmt.Errorf("%s is there already: move it away, or draft into another folder with -o", filepath.Join(dir, f.name))
			}
		}
		for _, f := range files {
			if err := writeDraft(filepath.Join(dir, f.name), f.text); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(dir, f.name))
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
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (a *app) newSuggestPeople() *cobra.Command {
	var all, sure bool
	cmd := &cobra.Command{
		Use:   "people [--all] [--sure] [-o DIR]",
		Short: "Draft who has which accounts: by verified address, name and login",
		Long: "Draft who has which accounts. Above each person stands how sure that is: sure, where the trackers vouch for the same\n" +
			"address; likely, where the only two accounts of a name of two words, or of a login, are in two sources; possibly,\n" +
			"where a login is what the name makes.",
	}
	cmd.Flags().BoolVar(&all, "all", false, "also people with one account whom the trackers name in no team")
	cmd.Flags().BoolVar(&sure, "sure", false, "merge accounts only where the trackers vouch for the same address")
	return a.suggestion(cmd, func(ctx context.Context, s *session) ([]draftFile, error) {
		k, err := s.known(ctx)
		k.Sure = sure
		return []draftFile{{"people.yaml", decisions.DraftPeople(k, all)}}, err
	})
}

func (a *app) newSuggestTeams() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "teams [--all] [-o DIR]",
		Short: "Draft groups, teams, what they own and who is in them",
		Long: "Draft groups, teams, what they own and who is in them: from GitHub's teams and the rights that they have, CODEOWNERS, and\n" +
			"the leads of Jira's projects and components. It drafts the people who are in the teams too. What the sources could\n" +
			"not read stands in a comment, and in workmix doctor.",
	}
	cmd.Flags().BoolVar(&all, "all", false, "also people with one account whom the trackers name in no team")
	return a.suggestion(cmd, func(ctx context.Context, s *session) ([]draftFile, error) {
		k, err := s.known(ctx)
		if err != nil {
			return nil, err
		}
		unread, err := s.unread(ctx)
		if err != nil {
			return nil, err
		}
		teams, people := decisions.DraftTeams(k, all)
		for _, u := range unread {
			teams += "# Not read, source " + decisions.OneLine(u) + "\n"
		}
		return []draftFile{{"teams.yaml", teams}, {"people.yaml", people}}, nil
	})
}

func (a *app) newSuggestInitiatives() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "initiatives [-o DIR]",
		Short: "Draft key initiatives of the open epics",
		Long: "Draft key initiatives of the open epics with most open below them (workmix query run open_epics): three at most, the\n" +
			"others stand in comments.",
	}
	return a.suggestion(cmd, func(ctx context.Context, s *session) ([]draftFile, error) {
		epics, err := s.epics(ctx)
		return []draftFile{{"initiatives.yaml", decisions.DraftInitiatives(epics)}}, err
	})
}
