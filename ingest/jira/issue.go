package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// issue is an issue as the server gave it. complete says that its changelog is whole.
type issue struct {
	ID, Key  string
	updated  time.Time
	own      ownStatus
	members  map[string]json.RawMessage // all but changelog
	history  []*history
	cut      bool // the changelog may be longer than what came with the issue
	complete bool
}

// UnmarshalJSON keeps the members' bytes.
func (is *issue) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &is.members); err != nil {
		return err
	}
	var o struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Updated string          `json:"updated"`
			Status  json.RawMessage `json:"status"`
		} `json:"fields"`
		Changelog struct {
			Total     *int       `json:"total"`
			Histories []*history `json:"histories"`
		} `json:"changelog"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	is.ID, is.Key, is.history = o.ID, o.Key, o.Changelog.Histories
	is.own = statusOf(o.Fields.Status)
	is.updated, _ = parseTime(o.Fields.Updated) // none: it is read anew each time
	is.cut = len(is.history) >= embedded || o.Changelog.Total != nil && *o.Changelog.Total > len(is.history)
	delete(is.members, "changelog")
	delete(is.members, "expand")
	return nil
}

func check(issues []*issue) error {
	for _, is := range issues {
		if is == nil || is.ID == "" || is.Key == "" {
			return errors.New("Jira gave an issue without id or key") //nolint:staticcheck // a name
		}
	}
	return nil
}

// Volatile implements [ingest.Source].
func (s *Source) Volatile() ingest.Volatile {
	return ingest.Volatile{Drop: []string{
		// of the account that reads, or of accounts rather than the issue
		"lastViewed", "watches", "votes.hasVoted", "avatarUrls", "iconUrl", "active", "timeZone",
		// clocks of service desks' goals
		"ongoingCycle.elapsedTime", "ongoingCycle.remainingTime",
	}}
}

// Fetch implements [ingest.Source].
func (s *Source) Fetch(ctx context.Context, p ingest.Project, stub ingest.Stub) (*ingest.Item, error) {
	is, _ := stub.Data.(*issue)
	if is == nil {
		is = &issue{}
		err := s.get(ctx, stub.Key, "issue/"+url.PathEscape(stub.Ref), url.Values{"fields": {"*all"}, "expand": {"changelog"}}, is)
		if status(err) == http.StatusNotFound {
			return nil, s.gone(ctx, p)
		}
		if err == nil {
			err = check([]*issue{is})
		}
		if err != nil {
			return nil, err
		}
	}
	if is.cut && !is.complete {
		if err := s.complete(ctx, is); err != nil {
			return nil, err
		}
	}
	about, err := s.aboutOf(ctx, is)
	if err != nil {
		return nil, err
	}
	if err := s.long(ctx, is); err != nil {
		return nil, err
	}
	content, err := s.content(is, about)
	if err != nil {
		return nil, err
	}
	project, _, _ := strings.Cut(is.Key, "-")
	return &ingest.Item{
		ID: event.ItemID(s.o.Name, event.KindIssue, is.ID), Kind: event.KindIssue, Key: is.Key, Project: project,
		Updated: is.updated, Content: content,
	}, nil
}

// long completes the lists of comments and worklogs, of which only the first twenty come with the issue.
func (s *Source) long(ctx context.Context, is *issue) error {
	var fields map[string]json.RawMessage
	for _, l := range []struct{ field, list, path string }{{"comment", "comments", "comment"}, {"worklog", "worklogs", "worklog"}} {
		var f struct {
			Fields map[string]json.RawMessage
		}
		if fields == nil {
			if err := json.Unmarshal(is.members["fields"], &f.Fields); err != nil {
				return fmt.Errorf("%s: fields: %w", is.Key, err)
			}
			fields = f.Fields
		}
		var have struct {
			Total int               `json:"total"`
			A     []json.RawMessage `json:"comments"`
			B     []json.RawMessage `json:"worklogs"`
		}
		if len(fields[l.field]) == 0 || json.Unmarshal(fields[l.field], &have) != nil || have.Total <= len(have.A)+len(have.B) {
			continue
		}
		all, err := s.pages(ctx, l.field+"s of "+is.Key, "issue/"+is.ID+"/"+l.path, l.list)
		if err != nil {
			return err
		}
		whole, err := json.Marshal(map[string]any{l.list: all, "maxResults": len(all), "startAt": 0, "total": len(all)})
		if err != nil {
			return fmt.Errorf("%s: %w", is.Key, err)
		}
		fields[l.field] = whole
		if is.members["fields"], err = json.Marshal(fields); err != nil {
			return fmt.Errorf("%s: %w", is.Key, err)
		}
	}
	return nil
}

// pages reads all of a list that is paged by startAt.
func (s *Source) pages(ctx context.Context, what, path, list string) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for size := pageSize; ; {
		var page map[string]json.RawMessage
		if _, err := s.sized(ctx, what, &size, path, url.Values{"startAt": {strconv.Itoa(len(all))}}, &page); err != nil {
			return nil, err
		}
		var some []json.RawMessage
		if err := json.Unmarshal(page[list], &some); err != nil {
			return nil, fmt.Errorf("%s: no list %s: %w", what, list, err)
		}
		total := 0
		_ = json.Unmarshal(page["total"], &total) // absent: an empty page ends the list
		all = append(all, some...)
		if len(some) == 0 || total > 0 && len(all) >= total {
			return all, nil
		}
	}
}

// content is the record's content: the issue with its changelog, oldest first, and what it refers to by id.
func (s *Source) content(is *issue, about *site) (json.RawMessage, error) {
	histories := tidy(is.history)
	changelog, err := json.Marshal(map[string]any{"histories": histories})
	if err != nil {
		return nil, fmt.Errorf("%s: changelog: %w", is.Key, err)
	}
	members := maps.Clone(is.members)
	members["changelog"] = changelog
	issue, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", is.Key, err)
	}
	var o struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(issue, &o); err != nil {
		return nil, fmt.Errorf("%s: fields: %w", is.Key, err)
	}
	statuses := map[string]statusMeta{}
	fields := map[string][]string{}
	if now := is.own; now.ID != "" {
		m := about.statuses[now.ID]
		if now.Category.Key != "" {
			m.Name, m.Category = now.Name, now.Category.Key
		}
		statuses[now.ID] = m
	}
	mentioned := map[string]bool{}
	for _, h := range histories {
		for _, it := range h.Items {
			mentioned[strings.ToLower(it.Field)], mentioned[it.FieldID] = true, true
			if !strings.EqualFold(it.Field, "status") {
				continue
			}
			for _, id := range []string{it.From, it.To} {
				if m, ok := about.statuses[id]; ok && statuses[id].Name == "" {
					statuses[id] = m
				}
			}
		}
	}
	meta := map[string]any{"statuses": statuses, "fields": fields, "browse": strings.TrimRight(s.root.String(), "/")}
	for _, f := range about.fields {
		v, named := o.Fields[f.id], mentioned[strings.ToLower(f.name)]
		if len(v) > 0 && string(v) != "null" || mentioned[f.id] || named {
			fields[f.use] = append(fields[f.use], f.id)
		}
		if f.named {
			meta["points_name"] = f.name
		}
	}
	return json.Marshal(map[string]any{"issue": json.RawMessage(issue), "meta": meta})
}

// ownStatus is the status of an issue as the issue tells it.
type ownStatus struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"`
	} `json:"statusCategory"`
}

func statusOf(field json.RawMessage) (st ownStatus) {
	if json.Unmarshal(field, &st) != nil {
		return ownStatus{}
	}
	return st
}

// history is one entry of a changelog, with its bytes.
type history struct {
	ID      string
	at      time.Time
	Items   []change
	members map[string]json.RawMessage
}

type change struct {
	Field   string `json:"field"`
	FieldID string `json:"fieldId"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// UnmarshalJSON keeps the members' bytes; a time in milliseconds, as the bulk fetch may give it, becomes text.
func (h *history) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &h.members); err != nil {
		return err
	}
	var o struct {
		ID      any             `json:"id"`
		Created json.RawMessage `json:"created"`
		Items   []change        `json:"items"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	h.Items = o.Items
	switch id := o.ID.(type) {
	case string:
		h.ID = id
	case float64:
		h.ID = strconv.FormatFloat(id, 'f', 0, 64)
		h.members["id"], _ = json.Marshal(h.ID)
	}
	var text string
	if ms, err := strconv.ParseInt(string(o.Created), 10, 64); err == nil {
		text = time.UnixMilli(ms).UTC().Format(jiraTime)
		h.members["created"], _ = json.Marshal(text)
	} else if err := json.Unmarshal(o.Created, &text); err != nil {
		return fmt.Errorf("history %s: created: %w", h.ID, err)
	}
	var err error
	if h.at, err = parseTime(text); err != nil {
		return fmt.Errorf("history %s: created: %w", h.ID, err)
	}
	return nil
}

// MarshalJSON gives the bytes back.
func (h *history) MarshalJSON() ([]byte, error) { return json.Marshal(h.members) }

// tidy sorts histories by time, then id, and leaves each in once.
func tidy(all []*history) []*history {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b *history) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		if a.ID == b.ID {
			return 0
		}
		if after(a.ID, b.ID) {
			return 1
		}
		return -1
	})
	out = slices.CompactFunc(out, func(a, b *history) bool { return a.ID != "" && a.ID == b.ID })
	if out == nil {
		out = []*history{}
	}
	return out
}
