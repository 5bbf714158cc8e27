package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/queries"
)

// How long the derived tables may be behind the base tables while processors run, beside the time that it takes to derive them.
const (
	deriveEvery = 30 * time.Second // effort, and what needs links
	itemsEvery  = 2 * time.Second  // how items stand
)

func (s *session) derivation() (*effort.Job, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	d, err := queries.Derive(settings)
	if err != nil {
		return nil, err
	}
	return effort.New(s.db, effort.Statements(*d)), nil
}

// derive brings the derived tables up to date.
func (s *session) derive(ctx context.Context) error {
	job, err := s.derivation()
	if err != nil {
		return err
	}
	_, err = job.Derive(ctx, nil)
	return err
}

// deriveForever does so again and again until ctx ends, and what concerns single items far more often.
func (s *session) deriveForever(ctx context.Context) error {
	job, err := s.derivation()
	if err != nil {
		return err
	}
	var g sync.WaitGroup
	g.Go(func() {
		effort.Watch(ctx, deriveEvery, func(ctx context.Context) error {
			_, err := job.Derive(ctx, nil)
			return err
		}, once("effort"))
	})
	g.Go(func() {
		effort.Watch(ctx, itemsEvery, job.Items, once("items"))
	})
	g.Wait()
	return nil
}

// once returns what says trouble with the database once, and once more when it is over.
func once(what string) func(error) {
	failing := false
	return func(err error) {
		switch {
		case err != nil && !failing:
			slog.Error("cannot derive "+what+"; trying again until it works", "error", err)
		case err == nil && failing:
			slog.Info("can derive " + what + " again")
		}
		failing = err != nil
	}
}
