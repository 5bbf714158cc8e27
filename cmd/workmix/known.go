package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
)

// known is what the tables know of accounts and of the organisation. It reads names, as the account that writes.
func (s *session) known(ctx context.Context) (k decisions.Known, err error) {
	if s.people == nil {
		return k, s.nameless
	}
	each := func(db *warehouse.DB, sql string, do func(row []any)) {
		if err != nil {
			return
		}
		var r *warehouse.Rows
		if r, err = db.Query(ctx, sql, nil, nil); err != nil {
			return
		}
		defer r.Close()
		err = report.Each(rows{r}, func(row []any) error {
			do(row)
			return nil
		})
	}
	each(s.people, "SELECT source, account_id, login, name, emails, bot, if(person != pseudonym, person, '') FROM accounts", func(row []any) {
		k.Accounts = append(k.Accounts, decisions.Account{
			Source: row[0].(string), ID: row[1].(string), Login: row[2].(string), Name: row[3].(string), Emails: row[4].([]string),
			Bot: row[5].(bool), Person: row[6].(string),
		})
	})
	each(s.people, "SELECT source, kind, name, content FROM directory", func(row []any) {
		k.Directory = append(k.Directory, decisions.Told{Source: row[0].(string), Kind: row[1].(string), Name: row[2].(string), Content: row[3].(string)})
	})
	var e *warehouse.Error
	if errors.As(err, &e) {
		return k, fmt.Errorf("the names of people cannot be read (docs/people.md has the statements for ClickHouse's administrator): %w", err)
	}
	k.Applied = map[string]decisions.Applied{}
	each(s.db, "SELECT id, timezone, bot, accounts FROM people", func(row []any) {
		k.Applied[row[0].(string)] = decisions.Applied{Timezone: row[1].(string), Bot: row[2].(bool), Accounts: row[3].([]string)}
	})
	// Those without items too: a run over them ended well.
	each(s.db, "SELECT DISTINCT source, if(position(project, '/') > 0, 'github', 'jira'), project FROM progress WHERE kind = 'success' AND project != '' ORDER BY source, project", func(row []any) {
		k.Projects = append(k.Projects, decisions.Project{Source: row[0].(string), Tracker: row[1].(string), Name: row[2].(string)})
	})
	each(s.db, "SELECT min(created_at) FROM work_items", func(row []any) { k.First = row[0].(time.Time) })
	return k, err
}

// unread is what sources could not read of the organisation when they last tried: the source's name, and a sentence.
func (s *session) unread(ctx context.Context) ([]string, error) {
	return s.texts(ctx, `SELECT concat(source, ': ', arrayJoin(JSONExtract(told, 'unread', 'Array(String)')))
		FROM (SELECT source, argMax(value, recorded_at) AS told FROM progress WHERE kind = 'directory' AND name = '' GROUP BY source) ORDER BY 1`)
}

// epics are the large pieces of work that are open.
func (s *session) epics(ctx context.Context) ([]decisions.Epic, error) {
	q, err := question("open_epics")
	if err != nil {
		return nil, err
	}
	bound, err := q.Bind(nil)
	if err != nil {
		return nil, err
	}
	r, err := s.db.Query(ctx, q.SQL, bound, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []decisions.Epic
	err = report.Each(rows{r}, func(row []any) error {
		e := decisions.Epic{Key: row[0].(string), Title: row[1].(string), Team: row[2].(string), From: row[3].(time.Time), Items: int(row[6].(uint64)), Open: int(row[7].(uint64))}
		if at, ok := row[4].(time.Time); ok {
			e.From = at
		}
		if at, ok := row[5].(time.Time); ok {
			e.Due = at
		}
		out = append(out, e)
		return nil
	})
	return out, err
}
