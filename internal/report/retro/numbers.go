package retro

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/workmix/workmix/internal/stats"
)

// F is a number that is written with six decimals at most: the engine adds in no fixed order, so that further ones are
// noise. NaN and infinities are written as null.
type F float64

// MarshalJSON writes the number.
func (f F) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	r := math.Round(float64(f)*1e6) / 1e6
	if r == 0 {
		r = 0 // and not -0
	}
	return strconv.AppendFloat(nil, r, 'f', -1, 64), nil
}

// Numbers are all that a retrospective says, without a word of how it says it: the JSON. Days are person-days, shares
// fractions of 1, and what is null is not known. Lists have an order that does not depend on how they were read.
type Numbers struct {
	Format   int    `json:"format"` // of this document; it changes when a field changes its meaning
	Quarter  string `json:"quarter"`
	Previous string `json:"previous"`
	From     string `json:"from"`    // first day
	Through  string `json:"through"` // last day that is counted
	Complete bool   `json:"complete"`
	Team     string `json:"team"` // empty: the organisation
	TeamName string `json:"team_name"`
	KnownAt  string `json:"known_at"`
	Ruleset  string `json:"ruleset"`
	Model    string `json:"model"`
	Config   string `json:"config_hash"`

	Headline    Headline     `json:"headline"`
	Plans       []Plan       `json:"plans"`
	Allocation  []Allocation `json:"allocation"`
	Lost        Lost         `json:"lost"`
	Changes     []Change     `json:"changes"`
	Actions     []Action     `json:"actions"`
	Notes       []Note       `json:"notes"`
	ForcedLong  ForcedLong   `json:"forced_long"`
	Forced      Forced       `json:"forced"`
	Weeks       []Week       `json:"weeks"`
	Vector      Vector       `json:"vector"`
	Digging     Digging      `json:"digging"`
	Initiatives []Initiative `json:"initiatives"`
	Asks        []UserAsk    `json:"asks"`
	Unplanned   Unplanned    `json:"unplanned"`
	Unfinished  Unfinished   `json:"unfinished"`
	Basis       Basis        `json:"basis"`
	Overrides   Overrides    `json:"late_overrides"`
	Questions   []Question   `json:"questions"`
	Items       []Item       `json:"items"`
	Teams       []Team       `json:"teams,omitempty"`
	Thin        []Thin       `json:"thin,omitempty"`
}

// Headline is the one thing to say: the category whose gap is most certain to be there.
type Headline struct {
	Verdict  string `json:"verdict"` // gap, no_reliable_difference, no_plan, no_effort
	Category string `json:"category,omitempty"`
	Gap      *F     `json:"gap"`
	Low      *F     `json:"gap_low"`
	High     *F     `json:"gap_high"`
	Planned  *F     `json:"planned_share"`
	Observed *F     `json:"actual_share_observed"`
	Unplaced F      `json:"unplaced_share"` // of all capacity: unallocated and uncategorised
	First    bool   `json:"unplaced_first"` // more than Limit of it: said before any gap
	Limit    F      `json:"unplaced_limit"`
	Strict   *F     `json:"gap_strict"` // without ordinary defects as forced work
	Holds    string `json:"holds"`      // both, broad or strict; empty without a gap
}

// Plan is a revision of a plan for the quarter.
type Plan struct {
	Team       string `json:"team"`
	RecordedAt string `json:"recorded_at"`
	FrozenAt   string `json:"frozen_at"`
	Late       F      `json:"late_days"`
	Reason     string `json:"reason"`
	Counts     bool   `json:"counts"` // the newest: the one that is compared with
	Capacity   *F     `json:"capacity_days"`
}

// Allocation is a category's plan and actual.
type Allocation struct {
	Category string `json:"category"`
	Planned  *F     `json:"planned_share"`
	Days     *F     `json:"planned_days"`
	Share    *F     `json:"actual_share"`          // of all capacity
	Observed *F     `json:"actual_share_observed"` // of the days that have a category
	Actual   F      `json:"actual_days"`
	Low      F      `json:"actual_days_low"`
	High     F      `json:"actual_days_high"`
	Gap      *F     `json:"gap"`
	GapLow   *F     `json:"gap_low"`
	GapHigh  *F     `json:"gap_high"`
	Reliable bool   `json:"reliable"` // the band does not hold 0
	Source   string `json:"plan_source"`
}

// Lost says where the days went that were planned for key initiatives: the causes sum to Days.
type Lost struct {
	Category string  `json:"category"`
	Days     *F      `json:"days"` // planned less actual; negative: more than planned
	Causes   []Cause `json:"causes"`
	Largest  string  `json:"largest,omitempty"`
	Reverse  *F      `json:"largest_reversed"` // the days of the largest cause if the causes were taken in the reverse order
}

// Cause is a part of the lost days; a negative one is an offsetting gain.
type Cause struct {
	Cause string `json:"cause"`
	Days  F      `json:"days"`
}

// Change is a number of this quarter beside that of the one before.
type Change struct {
	What   string `json:"what"`
	Before *F     `json:"before"`
	Now    *F     `json:"now"`
}

// Action is an agreed action that concerns the quarter: agreed for the one before, or earlier and not done yet, or for
// this one.
type Action struct {
	ID      string `json:"id"`
	Quarter string `json:"quarter"`
	Team    string `json:"team"`
	Text    string `json:"text"`
	Owner   string `json:"owner"`
	Due     string `json:"due"`
	State   string `json:"state"` // done, open or overdue
	DoneAt  string `json:"done_at,omitempty"`
	Carried bool   `json:"carried"` // of an earlier quarter
}

// Note is a comment.
type Note struct {
	ID   string `json:"id"`
	Team string `json:"team"`
	Text string `json:"text"`
	At   string `json:"at"`
	Late bool   `json:"late"` // after the quarter's end
}

// ForcedLong is the forced-long work that is open at the end.
type ForcedLong struct {
	Known       int    `json:"known"`
	Resourced   int    `json:"resourced"` // received effort in the quarter
	Unresourced int    `json:"unresourced"`
	AgeDays     *F     `json:"median_age_days"` // of the unresourced
	Ages        []Age  `json:"unresourced_by_age"`
	Oldest      []Item `json:"oldest_unresourced"`
	Avalanche   []Item `json:"avalanche"` // forced-long at the quarter's beginning, forced-short by its end
}

// Age counts the items up to an age.
type Age struct {
	Days  int `json:"up_to_days"` // 0: older
	Items int `json:"items"`
}

// Forced is the share of forced work in the effort whose verdict decides.
type Forced struct {
	Broad        *F       `json:"broad"`
	Strict       *F       `json:"strict"` // without ordinary defects
	BroadBefore  *F       `json:"broad_before"`
	StrictBefore *F       `json:"strict_before"`
	Reasons      []Reason `json:"reasons"`
}

// Reason is forced effort by its reason.
type Reason struct {
	Reason string `json:"reason"`
	Days   F      `json:"days"`
}

// Week is the effort of a week within the quarter, by quadrant.
type Week struct {
	Week string `json:"week"`
	Mix  Mix    `json:"days"`
}

// Mix is effort by quadrant.
type Mix struct {
	ForcedShort        F `json:"forced_short"`
	ForcedLong         F `json:"forced_long"`
	DiscretionaryShort F `json:"discretionary_short"`
	DiscretionaryLong  F `json:"discretionary_long"`
	Undetermined       F `json:"undetermined"`
	Unallocated        F `json:"unallocated"`
}

// Vector is where the team lies on the grid.
type Vector struct {
	Path          []Point `json:"path"` // of four quarters, the last one this
	DesiredForced *F      `json:"desired_forced"`
	DesiredLong   *F      `json:"desired_long"`
	Distance      *F      `json:"distance"`
}

// Point is a quarter on the grid.
type Point struct {
	From         string   `json:"from"`
	Forced       *F       `json:"forced"`
	ForcedLow    *F       `json:"forced_low"`
	ForcedHigh   *F       `json:"forced_high"`
	Long         *F       `json:"long"`
	LongLow      *F       `json:"long_low"`
	LongHigh     *F       `json:"long_high"`
	Days         F        `json:"effort_days"` // that have a verdict
	Mix          Mix      `json:"days"`
	Undetermined *F       `json:"share_undetermined"`
	Archetype    string   `json:"archetype"`
	Warnings     []string `json:"warnings"`
}

// Digging is whether the team digs itself out of its forced work.
type Digging struct {
	stats.Verdict
	Series []ForcedWeek `json:"series"`
	Bulk   []Bulk       `json:"bulk_closes"`
}

// ForcedWeek is a whole week of forced work.
type ForcedWeek struct {
	Week       string `json:"week"`
	Inflow     int    `json:"inflow"`
	Outflow    int    `json:"outflow"`
	Backlog    int    `json:"backlog"`
	BulkClosed int    `json:"bulk_closed"`
	Share      *F     `json:"share"`
}

// Bulk is a bulk close: more than twenty items within an hour by one actor.
type Bulk struct {
	At    string   `json:"at"`
	Actor string   `json:"actor"` // a pseudonym
	Keys  []string `json:"keys"`  // of the forced items among them
}

// Initiative is a key initiative that runs in the quarter.
type Initiative struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Owner       string `json:"owner"`
	Items       int    `json:"items"`
	Done        int    `json:"items_done"`
	Days        F      `json:"effort_days"` // in the quarter
	Planned     *F     `json:"planned_days"`
	FirstTarget string `json:"first_target"`
	Target      string `json:"target"`
	Low         string `json:"forecast_low"`
	High        string `json:"forecast_high"`
	Slip        *F     `json:"slip_days"`
	Overdue     *F     `json:"overdue_days"` // since its target, if it is not done
}

// UserAsk is one of the first asks of users in the quarter.
type UserAsk struct {
	ID       string `json:"id"`
	Team     string `json:"team"`
	Rank     int    `json:"rank"`
	Title    string `json:"title"`
	Asker    string `json:"asker"`
	Days     F      `json:"effort_days"`
	Answered string `json:"answered_at"` // empty: not answered
}

// Unplanned is the effort that was not planned at the freeze.
type Unplanned struct {
	Known  bool     `json:"known"` // a plan says what was planned
	Days   F        `json:"days"`
	Share  *F       `json:"share"`            // of the judged days
	Judged F        `json:"judged_days"`      // on items of teams whose frozen plan says what was planned
	Of     *F       `json:"judged_share"`     // of the effort on items
	Others F        `json:"from_others_days"` // asked for by a team that does not own the item
	Kinds  []Reason `json:"kinds"`
	Askers []Asker  `json:"askers"`
}

// Asker is unplanned effort by who asked for it.
type Asker struct {
	Asker  string `json:"asker"`
	Days   F      `json:"days"`
	Others bool   `json:"other_team"`
}

// Unfinished is the effort in items that were not closed at the end.
type Unfinished struct {
	Days  F      `json:"days"`
	Share *F     `json:"share"` // of the effort on items
	Items []Item `json:"items"` // those that took most
}

// Basis is what the verdicts rest on.
type Basis struct {
	Capacity      F         `json:"capacity_days"`
	OnItems       F         `json:"item_days"`
	Unallocated   *F        `json:"unallocated_share"`
	Uncategorised *F        `json:"uncategorised_share"`
	Undetermined  *F        `json:"undetermined_share"` // of the effort on items
	Overridden    *F        `json:"overridden_share"`   // likewise: a person's word decided
	Inherited     *F        `json:"inherited_share"`
	Help          F         `json:"help_given_days"`   // on items of other teams
	Nowhere       F         `json:"unattributed_days"` // of an organisation: of people who are in no team that is declared
	Known         int       `json:"items_known"`       // of all sources
	Unseen        int       `json:"items_unseen"`
	DeadLetters   int       `json:"dead_letters"`
	FirstKnown    string    `json:"first_known_at"`
	Sensitivity   []Measure `json:"sensitivity"` // of the headline's gap
}

// Measure is the headline's gap by another measure.
type Measure struct {
	Measure string `json:"measure"` // effort, time, activity, items, points, days_in_progress
	Gap     *F     `json:"gap"`
	Agrees  bool   `json:"agrees"` // it has the sign of the headline's
}

// Overrides are people's words on items that came after the quarter's end.
type Overrides struct {
	Count int     `json:"count"`
	Shift []Shift `json:"shift"` // of the shares of all capacity
}

// Shift is what the late overrides moved of a category.
type Shift struct {
	Category string `json:"category"`
	Without  F      `json:"share_without"`
	With     F      `json:"share"`
}

// Question is something worth discussing, by the rule that found it.
type Question struct {
	Rule    string `json:"rule"`
	Subject string `json:"subject,omitempty"`
	Value   *F     `json:"value"`
	Count   int    `json:"count,omitempty"`
}

// Item is a link to an item.
type Item struct {
	ID       string `json:"id"`
	Key      string `json:"key"`
	Title    string `json:"title"`
	URL      string `json:"url"`
	Team     string `json:"team"`
	Days     F      `json:"effort_days"` // in the quarter
	Age      int    `json:"age_days"`
	Quadrant string `json:"quadrant"`
	Category string `json:"category"`
}

// Team is one team within the organisation.
type Team struct {
	Team       string       `json:"team"`
	Name       string       `json:"name"`
	Group      string       `json:"group"`
	Allocation []Allocation `json:"allocation"`
	Mix        Mix          `json:"days"`
	Unplaced   *F           `json:"unplaced_share"`
	Archetype  string       `json:"archetype"`
	Digging    string       `json:"digging"`
	Plan       string       `json:"plan_source"`
}

// Thin is a team whose numbers say little, and why.
type Thin struct {
	Team string   `json:"team"`
	Why  []string `json:"why"` // no_plan, late_plan, no_effort, unplaced
}

// JSON is the document: fields in their order, indented, with a line end.
func (n *Numbers) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("numbers of %s: %w", n.Quarter, err)
	}
	return b.Bytes(), nil
}

// ReadNumbers reads what [Numbers.JSON] wrote.
func ReadNumbers(b []byte) (*Numbers, error) {
	n := &Numbers{}
	if err := json.Unmarshal(b, n); err != nil {
		return nil, fmt.Errorf("numbers of a retrospective: %w", err)
	}
	return n, nil
}
