package retro

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// knownRow and the following are rows of the questions whose names begin with retro_.
type knownRow struct {
	KnownAt      instant `json:"known_at"`
	FirstKnownAt instant `json:"first_known_at"`
	Ruleset      string  `json:"ruleset"`
	Items        int     `json:"items"`
	Unseen       int     `json:"unseen"`
	DeadLetters  int     `json:"dead_letters"`
}

type teamRow struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Group         string   `json:"group_name"`
	DesiredForced *float64 `json:"desired_forced"`
	DesiredLong   *float64 `json:"desired_long"`
}

type effortRow struct {
	Day      string   `json:"day"`
	Team     string   `json:"team"`
	ItemTeam string   `json:"item_team"`
	ItemID   string   `json:"item_id"`
	Effort   float64  `json:"effort_days"`
	Time     float64  `json:"time_days"`
	Activity float64  `json:"activity_days"`
	Category string   `json:"category"`
	Step     string   `json:"category_source"`
	Quadrant string   `json:"quadrant"`
	Forced   *float64 `json:"forced"`
	Long     *float64 `json:"long"`
	Reason   string   `json:"forced_reason"`

	Initiative string `json:"initiative"`
	Ask        string `json:"ask"`
	Asker      string `json:"asker"`
	AskerTeam  string `json:"asker_team"`
	Planned    *bool  `json:"planned"`
	Unplanned  string `json:"unplanned_kind"`
	Model      string `json:"model"`
	Config     string `json:"config_hash"`
}

type itemRow struct {
	ID         string   `json:"item_id"`
	Key        string   `json:"key"`
	URL        string   `json:"url"`
	Kind       string   `json:"kind"`
	Title      string   `json:"title"`
	Team       string   `json:"team"`
	State      string   `json:"state"`
	Points     *float64 `json:"points"`
	CreatedAt  instant  `json:"created_at"`
	StartedAt  instant  `json:"started_at"`
	ClosedAt   instant  `json:"closed_at"`
	Quadrant   string   `json:"quadrant"`
	Reason     string   `json:"forced_reason"`
	Category   string   `json:"category"`
	Source     string   `json:"class_source"`
	Initiative string   `json:"initiative"`
	Ask        string   `json:"ask"`
	Removed    string   `json:"removed"`
}

type closeRow struct {
	ItemID string  `json:"item_id"`
	At     instant `json:"at"`
	Actor  string  `json:"actor"`
}

type allocationRow struct {
	Team     string   `json:"team"`
	Quarter  string   `json:"quarter"`
	Category string   `json:"category"`
	Planned  *float64 `json:"planned_share"`
	Days     *float64 `json:"planned_days"`
	Share    *float64 `json:"actual_share"`
	Observed *float64 `json:"actual_share_observed"`
	Actual   float64  `json:"actual_days"`
	Low      float64  `json:"actual_days_low"`
	High     float64  `json:"actual_days_high"`
	Gap      *float64 `json:"gap"`
	GapLow   *float64 `json:"gap_low"`
	GapHigh  *float64 `json:"gap_high"`
	Source   string   `json:"plan_source"`
	Late     *float64 `json:"plan_late_days"`
}

type causeRow struct {
	Team     string   `json:"team"`
	Category string   `json:"category"`
	Cause    string   `json:"cause"`
	Days     float64  `json:"days"`
	Reverse  *float64 `json:"days_reversed"`
}

type planRow struct {
	Team       string   `json:"team"`
	RecordedAt instant  `json:"recorded_at"`
	FrozenAt   instant  `json:"frozen_at"`
	Late       float64  `json:"late_days"`
	Reason     string   `json:"reason"`
	Capacity   *float64 `json:"capacity_days"`
	Counts     bool     `json:"counts"`
}

type initiativeRow struct {
	ID          string    `json:"initiative"`
	Name        string    `json:"name"`
	Owner       string    `json:"owner"`
	Items       int       `json:"items"`
	Done        int       `json:"items_done"`
	Planned     *float64  `json:"planned_days"`
	FirstTarget string    `json:"first_target"`
	Target      string    `json:"target"`
	Finished    int       `json:"finished"` // in eight weeks
	Added       int       `json:"added"`
	Slip        *float64  `json:"slip_days"`
	Teams       []string  `json:"teams"` // whose plan names it
	TeamDays    []float64 `json:"team_days"`
}

type askRow struct {
	ID       string  `json:"id"`
	Team     string  `json:"team"`
	Rank     int     `json:"rank"`
	Title    string  `json:"title"`
	Asker    string  `json:"asker"`
	Answered instant `json:"answered_at"`
}

// instant is a time as the rows write it; NULL is the zero time.
type instant struct{ time.Time }

const layout = "2006-01-02 15:04:05.999"

// UnmarshalJSON reads the time.
func (t *instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		t.Time = time.Time{}
		return nil
	}
	var s string
	err := json.Unmarshal(b, &s)
	if err == nil {
		t.Time, err = time.Parse(layout, s)
	}
	return err
}

// text is the time as the numbers have it, or nothing.
func (t instant) text() string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// rowsOf asks a question and reads its rows.
func rowsOf[T any](ctx context.Context, ask Ask, name string, params map[string]string) ([]T, error) {
	all, err := queries.Catalog()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name != name {
			continue
		}
		bound, err := all[i].Bind(params)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := ask(ctx, &all[i], bound, func(r report.Rows) error { return report.Write(&b, "jsonl", r) }); err != nil {
			return nil, fmt.Errorf("question %s: %w", name, err)
		}
		var out []T
		for d := json.NewDecoder(&b); d.More(); {
			var row T
			if err := d.Decode(&row); err != nil {
				return nil, fmt.Errorf("question %s: %w", name, err)
			}
			out = append(out, row)
		}
		return out, nil
	}
	return nil, fmt.Errorf("there is no question %s", name)
}

// steady rounds off what depends on the order in which the engine added.
func steady(f float64) float64 { return math.Round(f*1e9) / 1e9 }

func pointer(f float64) *F {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	v := F(f)
	return &v
}

func optional(f *float64) *F {
	if f == nil {
		return nil
	}
	return pointer(*f)
}

// ratio is a part of a whole, or nil where there is no whole.
func ratio(part, whole float64) *F {
	if whole <= 1e-9 {
		return nil
	}
	return pointer(part / whole)
}
