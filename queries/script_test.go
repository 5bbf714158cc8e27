package queries_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// script is a parsed .test file: what to load, and the questions with the rows that they must give. One line a
// statement; "#" starts a comment line.
//
//	calendar zone=Europe/Berlin week=sunday fiscal=4 inherit=closes,parent asker=asker/*
//	observe 2026-03-01 acme/api#1 author=ana labels=a,b     a raw record, read then; what follows belongs to it
//	  2026-01-05 created state=open | forced_short 0.9 0.2  a revision: time, change, fields; and its verdict
//	  2026-01-05 created | forced_short 0.9 0.2 initiative=mesh  likewise, and the initiative that a rule names
//	  2026-01-05 created | forced_short 0.9 0.2 property=latency reason=outage confidence=0.7
//	  2026-01-06 event/0 | forced_short | r2 undetermined 0.5 0.5  likewise, and the verdict of another ruleset
//	  2026-01-07 event/1 state=in_progress                  fields and verdict stay until they are changed
//	  link closes acme/api#2 2026-01-07                     a link, from then on
//	  act 2026-01-08 ana commented                          an activity
//	  half                                                  its last revision has not arrived yet
//	delivered 2026-03-01 acme/api#1 author=ana body=new     a webhook's delivery; what follows belongs to it
//	removed 2026-03-02 acme/api#1 deleted                   a tombstone
//	decide 2026-02-01 team compute {"name":"Compute"}       a decision; without a body: retracted
//	count 2026-02-01 acme/api issue 12                      the tracker's own count; likewise "success"
//	reading 2026-02-01 acme/api {"left":3}                  how far the first reading of a project has come
//	progress 2026-02-01 acme/api trouble - {"reason":"x"}   anything else that an ingester remembers; - is no name, the project
//	                                                        / is the source code as a whole
//	dead 2026-02-01 normalize acme/api#9 not JSON           a dead letter
//	ask work_mix_by_week from=2026-01-05                    a question of the catalogue, its rows below, "|" between;
//	                                                        in a value _ is a space and __ is _
//	sql SELECT 1                                            any statement, likewise
//
// A key with # is GitHub's, of source code, a pull request's if its number begins with p; else Jira's, of source tracker. A person is an account of that source.
type script struct {
	calendar map[string]string
	events   []event.Payload
	asks     []ask

	position int64
	raw      *event.Raw
	rev      event.Revision
	verdict  []string
	first    int // index in events of the observation's first revision
	moments  bool
}

type ask struct {
	line   int // of the statement
	end    int // first line after its rows
	sql    string
	name   string // of a question; else sql
	params map[string]string
	want   []string
}

func parse(text string) (*script, error) {
	s := &script{calendar: map[string]string{}}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if word != "ask" && word != "sql" {
			if err := s.load(word, rest, strings.HasPrefix(lines[i], "  ")); err != nil {
				return nil, fmt.Errorf("line %d: %q: %w", i+1, line, err)
			}
			continue
		}
		a := ask{line: i, params: map[string]string{}}
		if word == "sql" {
			a.sql = rest
		} else {
			f := strings.Fields(rest)
			a.name = f[0]
			for _, p := range f[1:] {
				k, v, _ := strings.Cut(p, "=")
				a.params[k] = strings.NewReplacer("__", "_", "_", " ").Replace(v)
			}
		}
		for i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" {
			i++
			a.want = append(a.want, lines[i])
		}
		a.end = i + 1
		s.asks = append(s.asks, a)
	}
	s.close()
	return s, nil
}

func (s *script) load(word, rest string, inside bool) error {
	f := words(rest)
	if inside {
		switch word {
		case "half":
			s.events = s.events[:len(s.events)-2] // the last revision and its verdict
			return nil
		case "link":
			return s.link(f)
		case "act":
			return s.act(f)
		}
		return s.revision(word, rest)
	}
	s.close()
	switch word {
	case "calendar":
		for _, p := range f {
			k, v, _ := strings.Cut(p, "=")
			s.calendar[k] = v
		}
		return nil
	case "observe", "delivered":
		return s.observe(f, word == "delivered")
	case "removed":
		r, err := s.newRaw(f[0], f[1])
		if err != nil {
			return err
		}
		r.Removed = f[2]
		s.events = append(s.events, r, &event.Tombstone{
			ItemID: r.ItemID, Source: r.Source, Project: r.Project, Key: r.Key, Observation: event.RawID(r), Cause: f[2],
			ValidFrom: r.RecordedAt, RecordedAt: r.RecordedAt, Position: s.position,
		})
		return nil
	case "decide":
		at, err := instant(f[0])
		body := strings.Join(f[3:], " ")
		s.events = append(s.events, &event.Decision{
			Kind: f[1], ID: f[2], Body: json.RawMessage(body), Retracted: body == "", Author: "lead", RecordedAt: at, ValidFrom: at,
		})
		return err
	case "count", "success":
		at, err := instant(f[0])
		p := &event.Progress{Source: source(f[1]), Project: f[1], Kind: word, RecordedAt: at}
		if word == "count" {
			p.Name, p.Value = f[2], json.RawMessage(f[3])
		} else {
			p.Value, _ = json.Marshal(at)
		}
		s.events = append(s.events, p)
		return err
	case "reading":
		at, err := instant(f[0])
		s.events = append(s.events, &event.Progress{
			Source: source(f[1]), Project: f[1], Kind: "backfill", RecordedAt: at, Value: json.RawMessage(strings.Join(f[2:], " ")),
		})
		return err
	case "progress":
		at, err := instant(f[0])
		p := &event.Progress{Source: source(f[1]), Project: strings.TrimPrefix(f[1], "/"), Kind: f[2], Name: strings.TrimPrefix(f[3], "-"), RecordedAt: at}
		if len(f) > 4 {
			p.Value = json.RawMessage(strings.Join(f[4:], " "))
		}
		s.events = append(s.events, p)
		return err
	case "dead":
		r, err := s.newRaw(f[0], f[2])
		if err != nil {
			return err
		}
		s.events = append(s.events, &event.DeadLetter{
			Topic: event.TopicRaw, Offset: s.position, Key: r.ItemID, Stage: f[1], Reason: strings.Join(f[3:], " "), Source: r.Source,
			Project: r.Project, ItemID: r.ItemID, SizeBytes: 100, SHA256: strconv.Itoa(int(s.position)), RecordedAt: r.RecordedAt,
		})
		return nil
	}
	return fmt.Errorf("unknown statement")
}

// newRaw is a raw record: its key says source, project and item.
func (s *script) newRaw(when, key string) (*event.Raw, error) {
	at, err := instant(when)
	project, number, github := strings.Cut(key, "#")
	tracker := "github"
	if !github {
		project, number, _ = strings.Cut(key, "-")
		tracker = "jira"
	}
	kind := event.KindIssue
	if strings.HasPrefix(number, "p") {
		kind = event.KindPullRequest
	}
	s.position++
	return &event.Raw{
		Source: source(key), Tracker: tracker, Project: project, ItemID: event.ItemID(source(key), kind, project+"."+number), Key: key,
		Kind: kind, RecordedAt: at, Digest: strconv.Itoa(int(s.position)), Content: json.RawMessage(`{}`),
	}, err
}

func source(key string) string {
	if strings.Contains(key, "/") {
		return "code"
	}
	return "tracker"
}

func (s *script) observe(f []string, delivered bool) (err error) {
	if s.raw, err = s.newRaw(f[0], f[1]); err != nil {
		return err
	}
	s.rev = event.Revision{
		ItemID: s.raw.ItemID, Source: s.raw.Source, Project: s.raw.Project, Key: s.raw.Key, Observation: event.RawID(s.raw),
		RecordedAt: s.raw.RecordedAt, Position: s.position, Item: event.Item{Kind: s.raw.Kind, Title: "Item " + s.raw.Key, Status: "open", State: event.StateOpen},
	}
	s.verdict, s.moments = nil, delivered
	if delivered {
		d := &event.Delivery{
			Source: s.raw.Source, Tracker: s.raw.Tracker, DeliveryID: s.raw.Digest, Event: "issues", Action: "edited", Project: s.raw.Project,
			ItemID: s.raw.ItemID, Key: s.raw.Key, Kind: s.raw.Kind, RecordedAt: s.raw.RecordedAt, Body: json.RawMessage(`{}`),
		}
		s.rev.Observation = event.DeliveryID(d)
		s.events = append(s.events, d)
	} else {
		s.events = append(s.events, s.raw)
	}
	s.first = len(s.events)
	return s.fields(f[2:])
}

// close marks every revision and verdict of the observation but the last.
func (s *script) close() {
	if s.raw == nil {
		return
	}
	last := s.rev.Seq - 1
	for _, p := range s.events[s.first:] {
		switch p := p.(type) {
		case *event.Revision:
			p.More = p.Seq < last || s.moments
		case *event.Classification:
			p.More = p.Seq < last || s.moments
		}
	}
	s.raw = nil
}

func (s *script) revision(when, rest string) error {
	left, verdict, judged := strings.Cut(rest, "|")
	verdict, shadow, shadowed := strings.Cut(verdict, "|")
	f := words(left)
	at, err := instant(when)
	if err != nil {
		return err
	}
	before := s.rev.Item.State
	s.rev.Changed, s.rev.Inferred, s.rev.Actor = nil, nil, ""
	s.rev.ValidFrom, s.rev.Change = at, f[0]
	if s.rev.Seq == 0 {
		s.rev.Item.CreatedAt = at
	}
	if err := s.fields(f[1:]); err != nil {
		return err
	}
	if s.rev.Item.State == event.StateInProgress && s.rev.Item.StartedAt == nil {
		s.rev.Item.StartedAt = &at
	}
	closed := func(s event.State) bool { return s == event.StateDone || s == event.StateDropped }
	if now := s.rev.Item.State; closed(now) && !closed(before) {
		s.rev.Item.ClosedAt = &at
		s.rev.Changed = append(s.rev.Changed, "closed_at")
	} else if !closed(now) && closed(before) {
		s.rev.Item.ClosedAt = nil
		s.rev.Changed = append(s.rev.Changed, "closed_at")
	}
	slices.Sort(s.rev.Changed)
	r := s.rev
	s.rev.Seq++
	s.events = append(s.events, &r)
	if judged {
		s.verdict = words(verdict)
	}
	if s.verdict == nil {
		return nil
	}
	c := &event.Classification{
		ItemID: r.ItemID, Change: r.Change, Observation: r.Observation, Seq: r.Seq, ValidFrom: r.ValidFrom, RecordedAt: r.RecordedAt,
		Position: r.Position, Ruleset: "r1", Quadrant: s.verdict[0], Drive: "undetermined", Horizon: "undetermined",
		Category: "uncategorised", CategorySource: "none", Confidence: 0.5, ClassSource: "rules", Forced: 0.5, Long: 0.5,
	}
	if d, h, ok := strings.Cut(s.verdict[0], "_"); ok {
		c.Drive, c.Horizon = d, h
	}
	if len(s.verdict) > 2 {
		c.Forced, _ = strconv.ParseFloat(s.verdict[1], 64)
		c.Long, _ = strconv.ParseFloat(s.verdict[2], 64)
	}
	for _, more := range s.verdict[min(3, len(s.verdict)):] {
		switch k, v, _ := strings.Cut(more, "="); k {
		case "initiative":
			c.Initiative, c.Category, c.CategorySource = v, "key_initiatives", "initiative"
		case "confidence":
			c.Confidence, _ = strconv.ParseFloat(v, 64)
		case "property":
			c.Property, c.Category, c.CategorySource = v, "platform_quality", "property"
		case "reason":
			c.ForcedReason = v
		default:
			c.Evidence = []event.Evidence{{Rule: "r", Because: more, Forced: 1}}
		}
	}
	s.events = append(s.events, c)
	if shadowed {
		f := words(shadow)
		other := *c
		other.Ruleset, other.Quadrant = f[0], f[1]
		if other.Drive, other.Horizon, _ = strings.Cut(f[1], "_"); other.Horizon == "" {
			other.Horizon = "undetermined"
		}
		other.Forced, _ = strconv.ParseFloat(f[2], 64)
		other.Long, _ = strconv.ParseFloat(f[3], 64)
		s.events = append(s.events, &other)
	}
	return nil
}

// fields sets fields of the item: name=value; what changes between revisions is noted.
func (s *script) fields(f []string) error {
	it := &s.rev.Item
	for _, p := range f {
		k, v, _ := strings.Cut(p, "=")
		list := []string(nil)
		if v != "" {
			list = strings.Split(v, ",")
		}
		switch k {
		case "state":
			it.State, it.Status = event.State(v), v
		case "status":
			it.Status = v
		case "title":
			it.Title = v
		case "type":
			it.Type = v
		case "parent_key":
			it.ParentKey = v
		case "body":
			it.Body = &v
		case "kind":
			it.Kind = event.Kind(v)
		case "priority":
			it.Priority = v
		case "labels":
			it.Labels = list
		case "components":
			it.Components = list
		case "author":
			it.Author = s.account(v)
		case "assignees":
			it.Assignees = nil
			for _, a := range list {
				it.Assignees = append(it.Assignees, s.account(a))
			}
		case "points":
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return err
			}
			it.Points = &n
		case "actor":
			s.rev.Actor = s.account(v)
			continue
		case "inferred":
			s.rev.Inferred = list
			continue
		default:
			return fmt.Errorf("unknown field %s", k)
		}
		if s.rev.Seq > 0 {
			s.rev.Changed = append(s.rev.Changed, k)
		}
	}
	return nil
}

func (s *script) account(name string) string { return "@" + name }

func (s *script) link(f []string) error {
	from, err := instant(f[2])
	s.events = append(s.events, &event.Link{
		LinkID: event.LinkID(s.raw.ItemID, event.Relation(f[0]), f[1]), ItemID: s.raw.ItemID, Source: s.raw.Source, Project: s.raw.Project,
		Observation: event.RawID(s.raw), ToKey: f[1], Relation: event.Relation(f[0]), ValidFrom: from, RecordedAt: s.raw.RecordedAt, Position: s.position,
	})
	return err
}

func (s *script) act(f []string) error {
	at, err := instant(f[0])
	s.events = append(s.events, &event.Activity{
		ActivityID: event.ActivityID(s.raw.ItemID, f[0]+f[2]), ItemID: s.raw.ItemID, Source: s.raw.Source, Project: s.raw.Project,
		Observation: event.RawID(s.raw), Person: s.account(f[1]), Action: f[2], At: at, RecordedAt: s.raw.RecordedAt, Position: s.position,
	})
	return err
}

// instant reads 2026-01-05 or 2026-01-05T12:30.
func instant(v string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, v); err == nil {
		return t, nil
	}
	return time.Parse("2006-01-02T15:04", v)
}

// words splits at spaces; a value in double quotes may hold some.
func words(line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		quoted := false
		end := strings.IndexFunc(line, func(r rune) bool {
			quoted = quoted != (r == '"')
			return r == ' ' && !quoted
		})
		if end < 0 {
			end = len(line)
		}
		w := line[:end]
		if !strings.HasPrefix(w, "{") {
			w = strings.ReplaceAll(w, `"`, "")
		}
		out, line = append(out, w), line[end:]
	}
	return out
}
