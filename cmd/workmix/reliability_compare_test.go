//go:build reliability && linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// clocks are the columns that tell when workmix worked rather than what the trackers said: two runs differ in them.
var clocks = []string{"recorded_at", "observation", "promoted_at", "counted_at", "last_success_at", "last_raw_at", "last_revision_at", "last_verdict_at"}

// snapshot is what an analyst reads: of each view, each row's hash by its key.
type snapshot map[string]map[string]string

// snap reads every view as the account that may only read. Rows that share a key are an error of the test.
func snap(ctx context.Context, t *testing.T, s *session, except []string) snapshot {
	t.Helper()
	if err := s.derive(ctx); err != nil { // what a running sink does every few seconds
		t.Fatal(err)
	}
	db, err := s.reader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	views, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	out := snapshot{}
	for _, v := range views {
		from, leave := v.Name, slices.Clone(except)
		if len(v.Parameters) > 0 {
			from += "(at = '2025-01-01 00:00:00', known_at = '2290-01-01 00:00:00')"
		}
		if v.Name == "rulesets" && len(except) > 0 {
			leave = append(leave, "valid_from", "verdicts") // verdicts counts every telling of a change
		}
		if strings.HasPrefix(v.Name, "work_items") && len(except) > 0 { // compared day by day in effort
			leave = append(leave, "effort_days", "first_effort_at")
		}
		leave = slices.DeleteFunc(leave, func(c string) bool { return !has(v, c) })
		key := v.Key
		if like, ok := strings.CutPrefix(key, "as "); ok {
			for _, other := range views {
				if other.Name == like {
					key = other.Key
				}
			}
		}
		if has(v, "item_id") && !strings.Contains(key, "item_id") {
			key += ", item_id" // so that a row's item is seen
		}
		all := "*"
		if len(leave) > 0 {
			all = "* EXCEPT (" + strings.Join(leave, ", ") + ")"
		}
		if v.Name == "work_mix_weekly" && len(except) > 0 { // what is in progress is so until now
			all += " REPLACE (if(week = (SELECT max(week) FROM work_mix_weekly), 0, days_in_progress) AS days_in_progress)"
		}
		sql := fmt.Sprintf("SELECT toJSONString(tuple(%s)) AS k, hex(sipHash128(toJSONString(tuple(%s)))) AS h FROM %s", quoted(key), all, from)
		rows, err := db.Query(ctx, sql, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		got := map[string]string{}
		for {
			r, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			k := fmt.Sprint(r[0])
			if _, twice := got[k]; twice {
				t.Errorf("%s: %s is there twice", v.Name, k)
			}
			got[k] = fmt.Sprint(r[1])
		}
		rows.Close()
		out[v.Name] = got
	}
	return out
}

func has(v queries.View, column string) bool {
	return slices.ContainsFunc(v.Columns, func(c queries.Column) bool { return c.Name == column })
}

func quoted(list string) string {
	parts := strings.Split(list, ", ")
	for i := range parts {
		parts[i] = "`" + parts[i] + "`"
	}
	return strings.Join(parts, ", ")
}

// same compares two readings and says what is lost, there too much, and different.
func same(t *testing.T, what string, want, got snapshot, but ...string) {
	t.Helper()
	for _, view := range slices.Sorted(maps.Keys(want)) {
		if slices.Contains(but, view) {
			continue
		}
		var lost, more, other []string
		for k, h := range want[view] {
			switch g, ok := got[view][k]; {
			case !ok:
				lost = append(lost, k)
			case g != h:
				other = append(other, k)
			}
		}
		for k := range got[view] {
			if _, ok := want[view][k]; !ok {
				more = append(more, k)
			}
		}
		if len(lost)+len(more)+len(other) > 0 {
			t.Errorf("%s: %s: %d rows lost %.300q, %d too many %.300q, %d different %.300q", what, view, len(lost), lost, len(more), more, len(other), other)
		}
	}
}

// produced counts the distinct things that the log says, by the view that shows them, and the records that say them.
func produced(ctx context.Context, t *testing.T, s *session) (distinct map[string]int, records int) {
	t.Helper()
	seen := map[string]map[string]bool{}
	note := func(view string, key ...string) {
		if seen[view] == nil {
			seen[view] = map[string]bool{}
		}
		seen[view][strings.Join(key, "\x00")] = true
	}
	for _, topic := range []string{event.TopicItems, event.TopicClassified} {
		err := s.log.ReadAll(ctx, topic, func(m event.Message) error {
			records++
			p, err := event.Decode(&m)
			if err != nil {
				return nil // a poison record of the test
			}
			switch p := p.(type) {
			case *event.Revision:
				note("work_items", p.ItemID)
				note("work_item_history", p.ItemID, p.Change)
			case *event.Activity:
				note("activity", p.ActivityID)
			case *event.Link:
				note("item_links", p.LinkID)
			case *event.Classification:
				note("classifications", p.ItemID, p.Change, p.Ruleset)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	distinct = map[string]int{}
	for view, keys := range seen {
		distinct[view] = len(keys)
	}
	return distinct, records
}

// baseTables are the tables that the views read, the derived ones too.
func baseTables(ctx context.Context, s *session) ([]string, error) {
	v, err := scalar(ctx, s.db, "SELECT arrayStringConcat(arraySort(groupArray(name)), ' ') FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'")
	if err != nil {
		return nil, err
	}
	return strings.Fields(v.(string)), nil
}

// merges stops merges, or starts them and merges everything.
func merges(ctx context.Context, s *session, on bool) error {
	var sql []string
	tables, err := baseTables(ctx, s)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if on {
			sql = append(sql, "SYSTEM START MERGES "+table, "OPTIMIZE TABLE "+table+" FINAL")
		} else {
			sql = append(sql, "SYSTEM STOP MERGES "+table)
		}
	}
	for _, q := range sql {
		if err := s.db.Exec(ctx, q, nil); err != nil {
			return err
		}
	}
	return nil
}

// stored counts the rows that lie in the base tables, repeats included.
func stored(ctx context.Context, t *testing.T, s *session) int {
	t.Helper()
	sum := 0
	tables, err := baseTables(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		v, err := scalar(ctx, s.db, "SELECT toInt64(count()) FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		sum += int(v.(int64))
	}
	return sum
}

// scalar returns the only value of a result.
func scalar(ctx context.Context, db *warehouse.DB, sql string) (any, error) {
	r, err := db.Query(ctx, sql, nil, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	v, err := r.Next()
	if err != nil || len(v) != 1 {
		return nil, fmt.Errorf("%s: want one value: %w", sql, err)
	}
	return v[0], nil
}
