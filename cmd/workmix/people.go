package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors/sink"
	"github.com/workmix/workmix/queries"
)

// preparePeople brings the database up to date that says whose the pseudonyms are. Where the server does not let us
// have it all else goes on: names then stay in the log.
func (s *session) preparePeople(ctx context.Context) error {
	if s.people == nil {
		return nil
	}
	files, err := queries.PeopleSchema()
	if err != nil {
		return err
	}
	_, err = s.people.Migrate(ctx, files)
	var refused *warehouse.Error
	if errors.As(err, &refused) && refused.Denied() {
		s.nameless = fmt.Errorf("names are not kept, as ClickHouse's account may not make or use database %s (docs/people.md has the statements for its administrator): %w",
			s.people.Database(), err)
		slog.Warn(s.nameless.Error())
		s.people.Close()
		s.people = nil
		return nil
	}
	if err != nil {
		return err
	}
	all, err := queries.PeopleViews(s.db.Database())
	if err != nil {
		return err
	}
	if err := makeViews(ctx, s.people, all); err != nil {
		return fmt.Errorf("views on people: %w", err)
	}
	return nil
}

// names is where the sink stores names; nil: nowhere.
func (s *session) names() sink.Table {
	if s.people == nil {
		return nil
	}
	return s.people
}
