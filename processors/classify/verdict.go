package classify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	gojson "github.com/goccy/go-json"

	"github.com/workmix/workmix/internal/event"
)

// Verdict is where an item lies on the grid, and why.
type Verdict struct {
	Forced         float64          `json:"forced"` // probability that the work is forced
	Long           float64          `json:"long"`   // probability that the work is long-term
	Drive          string           `json:"drive"`
	Horizon        string           `json:"horizon"`
	Quadrant       string           `json:"quadrant"`
	Category       string           `json:"category"`
	CategorySource string           `json:"category_source"`
	Property       string           `json:"property"`
	ForcedReason   string           `json:"forced_reason"`
	Initiative     string           `json:"initiative,omitempty"` // that a rule names
	Confidence     float64          `json:"confidence"`           // of the less sure axis: 0 a coin flip, 1 certain
	Evidence       []event.Evidence `json:"evidence"`
	ClassSource    string           `json:"class_source"` // rules, or text where the text model weighed more
	Ruleset        string           `json:"ruleset"`
}

// Handle is the handler of the stage: it returns the verdict on a revision, and nothing for other events.
func (c *Classifier) Handle(m *event.Message) ([]event.Payload, error) {
	if m.Header("ce_type") != event.TypeRevision {
		// Everything else that normalize writes says nothing about the grid; it is stored by the sink.
		if event.New(m.Header("ce_type")) == nil {
			return nil, fmt.Errorf("header ce_type: unknown event type %q", m.Header("ce_type"))
		}
		return nil, nil
	}
	p, err := event.DecodeWith(m, gojson.Unmarshal)
	if err != nil {
		return nil, err
	}
	r := p.(*event.Revision)
	v, err := c.Judge(itemOf(r))
	if err != nil {
		return nil, err
	}
	return []event.Payload{&event.Classification{
		ItemID: r.ItemID, Change: r.Change, Observation: r.Observation, Seq: r.Seq, ValidFrom: r.ValidFrom, RecordedAt: r.RecordedAt,
		Position: r.Position, More: r.More, Ruleset: c.id, Forced: v.Forced, Long: v.Long, Drive: v.Drive, Horizon: v.Horizon, Quadrant: v.Quadrant,
		Category: v.Category, CategorySource: v.CategorySource, Property: v.Property, ForcedReason: v.ForcedReason, Initiative: v.Initiative,
		Confidence: v.Confidence, ClassSource: v.ClassSource, Evidence: v.Evidence,
	}}, nil
}

// Judge applies the ruleset to an item.
func (c *Classifier) Judge(it *Item) (*Verdict, error) {
	w := c.spare.Get().(*work)
	defer c.spare.Put(w)
	e := &w.env
	w.read(c, it)
	v := &Verdict{Ruleset: c.id, Evidence: []event.Evidence{}}
	forced, long := c.prior.Forced, c.prior.Long
	var category, reason, initiative strongest
	var property properties
	for i := range c.rules {
		r := &c.rules[i]
		ok, err := r.applies(w)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		forced, long = forced+r.Forced, long+r.Long
		v.Evidence = append(v.Evidence, event.Evidence{Rule: r.Name, Because: r.Because, Matched: join(e.matched), Forced: r.Forced, Long: r.Long})
		weight := math.Abs(r.Forced) + math.Abs(r.Long)
		category.offer(r.Category, weight)
		property.of(r.Forced).offer(r.Property, weight)
		reason.offer(r.ForcedReason, r.Forced)
		initiative.offer(r.Initiative, weight)
	}
	text := c.speak(w, [2]float64{forced - c.prior.Forced, long - c.prior.Long}, v)
	rules := math.Abs(forced-c.prior.Forced) + math.Abs(long-c.prior.Long)
	forced, long = forced+text[0], long+text[1]
	v.ClassSource = "rules"
	if math.Abs(text[0])+math.Abs(text[1]) > rules {
		v.ClassSource = "text"
	}
	v.Forced, v.Long = logistic(forced), logistic(long)
	v.place(c.band)
	v.Property, v.Initiative = property.under(v.Drive), initiative.value
	if v.Drive == "forced" {
		v.ForcedReason = reason.value
		if v.ForcedReason == "" {
			v.ForcedReason = "defect"
		}
	}
	v.Category, v.CategorySource = categorise(it, v, category.value)
	return v, nil
}

// place puts the scores on the grid.
func (v *Verdict) place(band float64) {
	v.Drive = side(v.Forced, band, "forced", "discretionary")
	v.Horizon = side(v.Long, band, "long", "short")
	v.Quadrant = "undetermined"
	if v.Drive != "undetermined" && v.Horizon != "undetermined" {
		v.Quadrant = v.Drive + "_" + v.Horizon
	}
	v.Confidence = round(2 * min(math.Abs(v.Forced-0.5), math.Abs(v.Long-0.5)))
}

// read looks over an item's texts once, for all rules.
func (w *work) read(c *Classifier, it *Item) {
	e := &w.env
	w.item = *it
	w.item.Title, w.item.Body = cutAt(it.Title, maxTitle), cut(it.Body)
	w.item.Labels, w.item.Components = first(it.Labels), first(it.Components)
	e.Item = &w.item
	text := w.item.Body
	w.text = c.words.mark(&e.titleSeen, w.item.Title, w.text)
	w.text = c.words.mark(&e.bodySeen, text, w.text)
	e.begin = beginning(w.item.Title)
	e.Boxes = boxes(text)
	e.TitleWords, e.Identifiers = titleWords(w.item.Title)
	e.folded = e.folded[:0]
	for _, l := range w.item.Labels {
		e.folded = append(e.folded, w.tag(c, l))
	}
	e.typ, e.prio = w.tag(c, it.Type), w.tag(c, it.Priority)
}

// maxTitle and maxLabel are how many bytes of a title and of a label the rules read.
const (
	maxTitle = 4 << 10
	maxLabel = 256
)

// maxLabels is how many labels, and how many components, the rules read: an item with more is a mistake or an attack.
const maxLabels = 200

func first(list []string) []string { return list[:min(len(list), maxLabels)] }

// categorise decides the category as far as one item's own record can; membership of initiatives and asks is added by
// the views.
func categorise(it *Item, v *Verdict, named string) (category, source string) {
	switch {
	case v.Initiative != "":
		return "key_initiatives", "initiative"
	case named != "":
		return named, "rule"
	case v.Property != "":
		return "platform_quality", "property"
	case it.Kind == string(event.KindIncident):
		return "platform_quality", "incident"
	case v.Drive == "forced":
		return "platform_quality", "forced"
	}
	return "uncategorised", "none"
}

// strongest keeps the value with the greatest weight, the first of equals.
type strongest struct {
	value  string
	weight float64
}

func (s *strongest) offer(value string, weight float64) {
	if value != "" && (s.value == "" || weight > s.weight) {
		s.value, s.weight = value, weight
	}
}

// properties are the strongest ones of the rules that speak for forced work, and of the others.
type properties struct{ forced, others strongest }

func (p *properties) of(forced float64) *strongest {
	if forced > 0 {
		return &p.forced
	}
	return &p.others
}

// under is the property under a verdict. What speaks for forced work and is overruled does not say what the work preserves: a
// flaky test is a matter of reliability, the width of a column in the list of flaky tests is not.
func (p *properties) under(drive string) string {
	s := p.others
	if drive != "discretionary" {
		s.offer(p.forced.value, p.forced.weight)
	}
	return s.value
}

func side(p, band float64, above, below string) string {
	switch {
	case p > 0.5+band:
		return above
	case p < 0.5-band:
		return below
	}
	return "undetermined"
}

// logistic maps log-odds to a probability of four decimals: more would only claim a precision that is not there.
func logistic(x float64) float64 { return round(1 / (1 + math.Exp(-x))) }

func round(p float64) float64 { return math.Round(p*1e4) / 1e4 }

func join(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

// Offline is one line of input of `workmix classify`; unknown keys are ignored.
type Offline struct {
	UID        string      `json:"uid"`
	Source     string      `json:"source"`
	Project    string      `json:"project"`
	Kind       string      `json:"kind"`
	Title      string      `json:"title"`
	Body       string      `json:"body"`
	Labels     []string    `json:"labels"`
	Type       string      `json:"type"`
	Priority   string      `json:"priority"`
	Milestone  string      `json:"milestone"`
	Components []string    `json:"components"`
	State      string      `json:"state"`
	Comments   count       `json:"comments"`
	Size       *event.Size `json:"size"`
	Subtasks   count       `json:"subtasks"`
	Links      count       `json:"links"`

	// What trackers tell of a revision and files of items seldom do; examples of rules need it.
	Status      string   `json:"status"` // empty: the state
	Resolution  string   `json:"resolution"`
	AuthorIsBot bool     `json:"author_is_bot" yaml:"author_is_bot"`
	Draft       bool     `json:"draft"`
	HasParent   bool     `json:"has_parent" yaml:"has_parent"`
	Points      float64  `json:"points"`
	DueInDays   *float64 `json:"due_in_days" yaml:"due_in_days"` // nil: there is no due date
	AgeDays     float64  `json:"age_days" yaml:"age_days"`
}

// ReadOffline reads one line of input. What the item lacks or has of another type is said in plain words.
func ReadOffline(line []byte) (*Offline, error) {
	var o Offline
	err := json.Unmarshal(bytes.TrimPrefix(line, []byte("\ufeff")), &o) // some editors begin a file with a mark
	var te *json.UnmarshalTypeError
	switch {
	case errors.As(err, &te) && te.Field == "":
		return nil, fmt.Errorf("not a work item: an object is wanted on each line, not %s", te.Value)
	case errors.As(err, &te):
		return nil, fmt.Errorf("not a work item: %s takes %s, not the %s that stands there", te.Field, plainType(te.Type), te.Value)
	case err != nil:
		return nil, fmt.Errorf("not a work item: %w", err)
	case o.UID == "" || o.Title == "":
		return nil, errors.New("not a work item: uid and title are needed")
	}
	return &o, nil
}

func plainType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "an object"
	}
	return "a number"
}

// count reads a number, or a list, which counts its elements.
type count int

// UnmarshalJSON implements json.Unmarshaler.
func (c *count) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(b, &list) == nil {
		*c = count(len(list))
		return nil
	}
	var n float64
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("want a number or a list, not %s", b)
	}
	*c = count(n)
	return nil
}

// Item is the item that rules see.
func (o *Offline) Item() *Item {
	it := &Item{
		Source: o.Source, Project: o.Project, Kind: o.Kind, Type: lower([]string{o.Type})[0], Title: o.Title, Body: o.Body, Labels: lower(o.Labels), Components: lower(o.Components),
		Priority: lower([]string{o.Priority})[0], Milestone: o.Milestone, State: o.State, Status: strings.ToLower(cmp.Or(o.Status, o.State)), DueInDays: noDue,
		Comments: int(o.Comments), Subtasks: int(o.Subtasks), Links: int(o.Links), Resolution: strings.ToLower(o.Resolution), AuthorIsBot: o.AuthorIsBot,
		Draft: o.Draft, HasParent: o.HasParent, Points: o.Points, AgeDays: o.AgeDays,
	}
	if o.DueInDays != nil {
		it.DueInDays = *o.DueInDays
	}
	if it.Kind == "" {
		it.Kind = string(event.KindIssue)
	}
	if o.Size != nil {
		it.setSize(o.Size)
	}
	return it
}
