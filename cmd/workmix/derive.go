package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/queries"
)

// deriveEvery is how long the derived tables may be behind the base tables while processors run.
const deriveEvery = 30 * time.Second

func (s *session) derivation() (effort.Statements, error) {
	settings, err := s.settings()
	if err != nil {
		return effort.Statements{}, err
	}
	d, err := queries.Derive(settings)
	if err != nil {
		return effort.Statements{}, err
	}
	return effort.Statements(*d), nil
}

// derive brings the derived tables up to date.
func (s *session) derive(ctx context.Context) error {
	statements, err := s.derivation()
	if err != nil {
		return err
	}
	_, err = effort.Derive(ctx, s.db, statements, nil)
	return err
}

// deriveForever does so again and again until ctx ends. Trouble with the database is said once, and once more when it
// is over.
func (s *session) deriveForever(ctx context.Context) error {
	statements, err := s.derivation()
	if err != nil {
		return err
	}
	failing := false
	effort.Watch(ctx, s.db, statements, deriveEvery, func(err error) {
		switch {
		case err != nil && !failing:
			slog.Error("cannot derive effort; trying again until it works", "error", err)
		case err == nil && failing:
			slog.Info("can derive effort again")
		}
		failing = err != nil
	})
	return nil
}
