package queries

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed views/*.sql views/parts/*.sql
var viewFiles embed.FS

// Settings are what an organisation's calendar says; the views cut weeks and quarters by it.
type Settings struct {
	Timezone         string // an IANA name; empty: UTC
	FiscalYearStarts int    // the month, 1 to 12; 0: January
	WeekStarts       string // monday or sunday; empty: monday

	// Inherit are the links over which an item takes over verdict, initiative and ask, of [Relations]. Nil: all; empty: none.
	Inherit []string

	// AskerLabels are patterns of the labels that say who asked for an item, each with one * for the asker. The first that names one counts.
	AskerLabels []string

	Holidays []time.Time // days on which nobody is expected to work
	Effort   Effort
}

// Relations are the links over which an item can take over a verdict: from the issue that it closes, its parent, and, of a pull
// request, an issue that it mentions.
var Relations = []string{"closes", "parent", "mentions"}

// Effort weighs the evidence of a person's day, see docs/effort.md.
type Effort struct {
	FullDay        float64 // how much evidence fills a day; 0: 1
	TimeWeight     float64 // of an item that was in progress the whole working day
	ActivityWeight float64 // of four or more things done on an item
}

// View is a view for analysts, as the header of its file in views/ describes it.
type View struct {
	Name       string
	Row        string   // what a row is
	Key        string   // columns that no two rows share
	Joins      string   // which columns lead to other views
	AddsUp     string   // what may be summed, over what
	Null       string   // what NULL means
	Freshness  string   // how far behind the trackers it is
	Stability  string   // stable or preview
	Example    string   // a statement that works
	Parameters []string // of a parameterised view, each a DateTime64(3, 'UTC')
	Columns    []Column
	Like       string // the view that has the same columns, or empty
	body       string
}

// Views returns the statements that create the views or replace them, in an order in which they can run. The
// views belong to the database of the connection that runs them.
func Views(s Settings) ([]string, error) {
	s, err := s.complete()
	if err != nil {
		return nil, err
	}
	all, err := Describe()
	if err != nil {
		return nil, err
	}
	return creates(all, s, "")
}

// creates returns the statements that create views; those of people over the database main.
func creates(all []View, s Settings, main string) ([]string, error) {
	parts, err := s.parts()
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(all))
	for i := range all {
		sql, err := all[i].create(parts, scope{Settings: s, Main: main})
		if err != nil {
			return nil, fmt.Errorf("view %s: %w", all[i].Name, err)
		}
		out = append(out, sql)
	}
	return out, nil
}

// parts are the templates that views and derivations are made of.
func (s Settings) parts() (*template.Template, error) {
	t, err := template.New("").Option("missingkey=error").Funcs(s.functions()).ParseFS(viewFiles, "views/parts/*.sql")
	if err != nil {
		return nil, fmt.Errorf("queries/views/parts: %w", err)
	}
	return t, nil
}

// Describe returns the views in the order of their creation.
func Describe() ([]View, error) {
	return describe(viewFiles, "views/*.sql")
}

func describe(from fs.FS, pattern string) ([]View, error) {
	files, err := fs.Glob(from, pattern)
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []View
	for _, f := range files {
		v, err := readView(from, f)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(all, func(w View) bool { return w.Name == v.Like }); v.Like != "" && i >= 0 {
			v.Columns = all[i].Columns
		}
		if len(v.Columns) == 0 {
			return nil, fmt.Errorf("queries/%s: no columns", f)
		}
		all = append(all, *v)
	}
	return all, nil
}

func readView(from fs.FS, file string) (*View, error) {
	text, err := fs.ReadFile(from, file)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader("queries/"+file, string(text), "view", "like", "parameters", "row", "key", "joins", "adds up", "null", "freshness", "stability", "example", "columns")
	if err != nil {
		return nil, err
	}
	if err := h.need("view", "row", "key", "joins", "adds up", "null", "freshness", "stability", "example"); err != nil {
		return nil, err
	}
	v := &View{
		Name: h.values["view"], Row: h.values["row"], Key: h.values["key"], Joins: h.values["joins"], AddsUp: h.values["adds up"],
		Null: h.values["null"], Freshness: h.values["freshness"], Stability: h.values["stability"], Example: h.values["example"],
		Like: h.values["like"], body: h.body,
	}
	if p := h.values["parameters"]; p != "" {
		v.Parameters = strings.Split(p, ", ")
	}
	if !strings.HasSuffix(strings.TrimSuffix(path.Base(file), ".sql"), v.Name) {
		return nil, fmt.Errorf("queries/%s: the file is not named for the view %s", file, v.Name)
	}
	v.Columns, err = h.columns(true)
	return v, err
}

// scope is the dot of the templates: which decisions are meant, and between which times.
type scope struct {
	Settings
	Kind    string // of decisions
	Words   string // a further condition on the recorded_at of overrides, or empty
	Known   string // a condition on recorded_at, or empty: all that is known
	At      string // an instant, or empty: now
	Horizon string // where At is set, the instant of Known
	Days    string // of effort, an array of the days that are wanted, or empty: all
	Main    string // of the views on people, the database of the others, quoted
	Only    string // a condition on item_id, or empty: all items
	Judges  string // where Only is set, likewise for the items whose verdicts these take over
	Rows    string // where At is set, a condition on the rows of item_rows that are looked at, which know where their telling is; or empty: all items, and no row is trusted
	First   string // of effort as known at a time, the first day that is wanted, and the one before which the last is; or empty: all days
	Until   string
	Moved   bool // where Rows is set, only items that are in the scalar moved
}

func (c scope) within(first, until string) scope {
	c.First, c.Until = first, until
	if c.At == "" { // some days: their items are few enough for the index
		c.Only, c.Judges = workedNow, "("+workedNow+" OR "+above+")"
		return c
	}
	c.Only, c.Judges = worked, "("+worked+" OR "+workers+")"
	return c
}

func (v *View) create(parts *template.Template, c scope) (string, error) {
	t, err := parts.Clone()
	if err != nil {
		return "", err
	}
	if t, err = t.New("view " + v.Name).Parse(v.body); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE OR REPLACE VIEW %s", v.Name)
	var columns []string
	for _, c := range v.Columns {
		if len(v.Parameters) == 0 {
			columns = append(columns, fmt.Sprintf("    `%s` %s COMMENT %s", c.Name, c.Type, literal(c.Comment)))
		} else { // the engine keeps no columns of a parameterised view, neither types nor comments
			columns = append(columns, fmt.Sprintf("    CAST(`%s`, %s) AS `%s`", c.Name, literal(c.Type), c.Name))
		}
	}
	if len(v.Parameters) == 0 {
		fmt.Fprintf(&b, "\n(\n%s\n)\nAS\n", strings.Join(columns, ",\n"))
	} else {
		fmt.Fprintf(&b, "\nAS\nSELECT\n%s\nFROM\n(\n", strings.Join(columns, ",\n"))
	}
	if err := t.Execute(&b, c); err != nil {
		return "", err
	}
	if len(v.Parameters) > 0 {
		b.WriteString("\n)")
	}
	comment := "\nCOMMENT " + literal("A row is "+v.Row)
	sum := sha256.Sum256([]byte(b.String() + comment))
	return b.String() + strings.TrimSuffix(comment, "'") + " (definition " + hex.EncodeToString(sum[:6]) + ")'", nil
}

// Comments asks for the comments of the database's views, by which [Missing] knows them.
const Comments = "SELECT comment FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"

// Missing returns those of the statements of [Views] or [PeopleViews] that have still to be run where there are views with these
// comments: each comment ends with a digest of the statement. To make a view takes as long as to look at what it reads.
func Missing(all, comments []string) []string {
	var out []string
	for _, sql := range all {
		mark := sql[strings.LastIndex(sql, " (definition ") : len(sql)-1]
		if !slices.ContainsFunc(comments, func(c string) bool { return strings.HasSuffix(c, mark) }) {
			out = append(out, sql)
		}
	}
	return out
}

// effortModel is the version of the effort model in parts/effort.sql; change it with the model.
const effortModel = "1"

// hiddenWork is how much of the time in which no tracker shows work may be work on one category. The band of a gap allows
// for it.
const hiddenWork = 0.3

// hash stands for all settings that effort depends on.
func (s Settings) hash() string {
	text := fmt.Appendf(nil, "%s|%d|%s|%v|%v", s.Timezone, s.FiscalYearStarts, s.WeekStarts, s.Holidays, s.Effort)
	if !slices.Equal(s.Inherit, Relations) {
		text = fmt.Appendf(text, "|%v", s.Inherit)
	}
	if len(s.AskerLabels) > 0 {
		text = fmt.Appendf(text, "|%q", s.AskerLabels)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// number is a float as an SQL literal of that type.
func number(f float64) string { return "toFloat64(" + strconv.FormatFloat(f, 'g', -1, 64) + ")" }

// literal is a text as an SQL literal. It is for our own texts; values of users are bound.
func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func (s Settings) complete() (Settings, error) {
	if s.Timezone == "" {
		s.Timezone = "UTC"
	}
	if s.FiscalYearStarts == 0 {
		s.FiscalYearStarts = 1
	}
	if s.WeekStarts == "" {
		s.WeekStarts = "monday"
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "Local" || strings.ContainsAny(s.Timezone, `'\`) {
		return s, fmt.Errorf("calendar: timezone %q is not a time zone such as Europe/Berlin", s.Timezone)
	}
	if s.FiscalYearStarts < 1 || s.FiscalYearStarts > 12 {
		return s, fmt.Errorf("calendar: the fiscal year cannot start in month %d: months are 1 to 12", s.FiscalYearStarts)
	}
	if s.WeekStarts != "monday" && s.WeekStarts != "sunday" {
		return s, fmt.Errorf("calendar: week_starts %q is neither monday nor sunday", s.WeekStarts)
	}
	if s.Inherit == nil {
		s.Inherit = Relations
	}
	var inherit []string // in one order, each once
	for _, r := range Relations {
		if slices.Contains(s.Inherit, r) {
			inherit = append(inherit, r)
		}
	}
	for _, r := range s.Inherit {
		if !slices.Contains(Relations, r) {
			return s, fmt.Errorf("inherit: %q is not one of %s", r, strings.Join(Relations, ", "))
		}
	}
	s.Inherit = inherit
	if s.Inherit == nil {
		s.Inherit = []string{}
	}
	for _, l := range s.AskerLabels {
		if strings.Count(l, "*") != 1 || l == "*" {
			return s, fmt.Errorf("asker: label %q has no single * in the place of who asked, as in asker/*", l)
		}
	}
	if s.Effort == (Effort{}) {
		s.Effort = Effort{FullDay: 1, TimeWeight: 1, ActivityWeight: 1}
	}
	if e := s.Effort; e.FullDay <= 0 || e.TimeWeight < 0 || e.ActivityWeight < 0 {
		return s, fmt.Errorf("effort: full_day must be above 0, w_time and w_activity not below")
	}
	return s, nil
}

// parents is a condition on item_id: something is, or was, below the item. See workers.
const parents = "cityHash64(item_id) IN (SELECT cityHash64(parent) FROM edges)"

// moved is a condition on item_id: the item is one of the scalar moved.
const moved = "item_id IN (SELECT arrayJoin(moved))"

// above is likewise one of the scalar above.
const above = "item_id IN (SELECT arrayJoin(above))"

// workedNow is likewise one of the scalar worked, of effort that is derived.
const workedNow = "item_id IN (SELECT arrayJoin(worked))"

// worked and workers are likewise of effort as known at a time: of the scalars above and worked, which hold 64 bits of each id. Those
// are compared in a fraction of the time of the text, and the engine does not look for each of several hundred thousand in its index. An
// item too many does no harm: it only is looked at in vain.
const (
	worked  = "cityHash64(item_id) IN (SELECT arrayJoin(worked))"
	workers = "cityHash64(item_id) IN (SELECT arrayJoin(above))"
)

// both is two conditions as one; the first may be empty.
func both(a, b string) string {
	if a == "" {
		return b
	}
	return a + " AND " + b
}

// functions are what the templates call: the calendar's cuts as SQL, and changes of the scope.
func (s Settings) functions() template.FuncMap {
	mode := map[string]int{"sunday": 0, "monday": 1}[s.WeekStarts]
	shift := s.FiscalYearStarts - 1
	return template.FuncMap{
		// week is the first day of the week of an instant; quarter that of the quarter of a day.
		"week": func(t string) string { return fmt.Sprintf("toStartOfWeek(%s, %d, '%s')", t, mode, s.Timezone) },
		// weekof is the first day of the week of a day.
		"weekof": func(d string) string { return fmt.Sprintf("toDate(toStartOfWeek(%s, %d))", d, mode) },
		"quarter": func(d string) string {
			if shift == 0 {
				return fmt.Sprintf("toStartOfQuarter(%s)", d)
			}
			return fmt.Sprintf("addMonths(toStartOfQuarter(subtractMonths(%s, %d)), %d)", d, shift, shift)
		},
		// local is the day of an instant.
		"local": func(t string) string { return fmt.Sprintf("toDate32(%s, '%s')", t, s.Timezone) },
		// midnight is the instant at which a day begins.
		"midnight": func(d string) string { return fmt.Sprintf("toDateTime64(%s, 3, '%s')", d, s.Timezone) },
		"kind":     func(c scope, kind string) scope { c.Kind = kind; return c },
		"known": func(c scope) scope {
			c.Known = "recorded_at <= {known_at:DateTime64(3, 'UTC')}"
			c.At, c.Horizon = "{at:DateTime64(3, 'UTC')}", "{known_at:DateTime64(3, 'UTC')}"
			return c
		},
		// quarterday is the first day of a quarter such as 2026-Q3, the third of the fiscal year that begins in 2026.
		"quarterday": func(q string) string {
			return fmt.Sprintf("toDate32(addMonths(makeDate32(toUInt16OrZero(substring(%[1]s, 1, 4)), %[2]d, 1), 3 * (toInt32OrZero(substring(%[1]s, 7, 1)) - 1)))", q, s.FiscalYearStarts)
		},
		"holidays": func() string {
			days := make([]string, len(s.Holidays))
			for i, d := range s.Holidays {
				days[i] = literal(d.Format(time.DateOnly))
			}
			return "[" + strings.Join(days, ", ") + "]"
		},
		"inherit": func() string {
			all := []string{"''"}
			for _, r := range s.Inherit {
				all = append(all, literal(r))
			}
			return strings.Join(all, ", ")
		},
		// namedasker is whom the labels in scope name as the asker, or empty.
		"namedasker": func() string {
			var each []string
			for _, l := range s.AskerLabels {
				before, after, _ := strings.Cut(l, "*")
				pattern := "(?i)^" + regexp.QuoteMeta(before) + "(.+)" + regexp.QuoteMeta(after) + "$"
				each = append(each, "arrayMap(l -> trimBoth(extract(toString(l), "+literal(pattern)+")), labels)")
			}
			if len(each) == 0 {
				return "''"
			}
			return "arrayFirst(a -> a != '', arrayConcat(" + strings.Join(each, ", ") + "))"
		},
		"fullday":    func() string { return number(s.Effort.FullDay) },
		"wtime":      func() string { return number(s.Effort.TimeWeight) },
		"wactivity":  func() string { return number(s.Effort.ActivityWeight) },
		"hidden":     func() string { return number(hiddenWork) },
		"model":      func() string { return effortModel },
		"confighash": s.hash,
		"asknown": func(c scope) scope {
			c.At = "{known_at:DateTime64(3, 'UTC')}"
			c.Horizon = c.At
			c.Known = "recorded_at <= " + c.At
			return c
		},
		// where is a WHERE of the conditions that are not empty.
		"where": func(conditions ...string) string {
			if conditions = slices.DeleteFunc(conditions, func(c string) bool { return c == "" }); len(conditions) == 0 {
				return ""
			}
			return " WHERE " + strings.Join(conditions, " AND ")
		},
		// judges adds a condition to those of the verdicts that are read.
		"judges": func(c scope, condition string) scope { c.Judges = both(c.Judges, condition); return c },
		// ancestors are, as known at a time, the items that others can take something over from.
		"ancestors": func(c scope) scope {
			switch {
			case c.Rows != "":
				c.Rows, c.Only, c.Moved = above, above, false
			case c.At != "" && c.Only != "":
				c.Only, c.Judges = workers, workers
			case c.At != "":
				c.Only, c.Judges = parents, parents
			}
			return c
		},
		// moved are the items of the scalar of that name as they stood at the parameter at, as far as is known and derived now.
		"moved": func(c scope) scope {
			c.At, c.Horizon = "{at:DateTime64(3, 'UTC')}", "toDateTime64('2299-12-31 00:00:00', 3, 'UTC')"
			c.Known = "recorded_at <= " + c.Horizon
			c.Rows, c.Only, c.Moved = moved, moved, true
			return c
		},
		// deciders are the items in scope, and those from which they can take something over.
		"deciders": func(c scope) scope {
			switch {
			case c.Moved:
				c.Rows = "(" + moved + " OR " + above + ")"
			case (c.At != "" || c.Days != "") && c.Only != "":
				c.Only = c.Judges
			}
			return c
		},
		// within is, of effort as known at a time, that of the days from the parameter since to before the parameter until.
		"within": func(c scope) scope {
			return c.within("toDate32({since:DateTime64(3, 'UTC')})", "toDate32({until:DateTime64(3, 'UTC')})")
		},
		// during is likewise that of the quarter that begins on the parameter quarter.
		"during": func(c scope) scope {
			return c.within("toDate32({quarter:DateTime64(3, 'UTC')})", "addMonths(toDate32({quarter:DateTime64(3, 'UTC')}), 3)")
		},
		"worduntil": func(c scope) scope { c.Words = "recorded_at < {words_until:DateTime64(3, 'UTC')}"; return c },
		"strings":   func(list ...string) []string { return list },
	}
}
