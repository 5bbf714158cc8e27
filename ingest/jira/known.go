package jira

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/workmix/workmix/ingest"
)

// A changelog names statuses by id and name, without the category that says where work stands, and Jira tells categories
// only as they are now. So what was seen is remembered with its date: who puts a status into another category today does
// not change where issues stood last year, and a status that is deleted keeps what it meant.

var _ ingest.Rememberer = (*Source)(nil)

// known is a status as it was seen so far.
type known struct {
	Name string `json:"name"`
	Seen []seen `json:"seen,omitempty"` // its categories, the first one first
}

type seen struct {
	Category string    `json:"category"`
	At       time.Time `json:"at"` // when it was seen first
}

// Remember implements [ingest.Rememberer].
func (s *Source) Remember(m ingest.Memory) {
	s.minds.Lock()
	defer s.minds.Unlock()
	kept := readMemory(m.Value)
	s.memory, s.known, s.account = m, kept.Statuses, kept.Account
}

// learn takes in the statuses that the site tells of now, remembers what is new, and returns all that is known of any. Without
// a memory it is what the site tells.
func (s *Source) learn(ctx context.Context, now map[string]statusMeta) (map[string]statusMeta, error) {
	s.minds.Lock()
	defer s.minds.Unlock()
	if s.memory.Keep == nil {
		return now, nil
	}
	all, news := maps.Clone(s.known), false
	for id, st := range now {
		k, had := all[id]
		n := len(k.Seen)
		other := tells(st.Category) && (n == 0 || k.Seen[n-1].Category != st.Category)
		if had && k.Name == st.Name && !other {
			continue
		}
		if k.Name, news = st.Name, true; other {
			k.Seen = append(slices.Clone(k.Seen), seen{st.Category, s.memory.Now})
		}
		all[id] = k
	}
	if news {
		if err := s.memory.Keep(ctx, remembered{all, s.account}); err != nil {
			return nil, err
		}
		s.known = all
	}
	out := make(map[string]statusMeta, len(all))
	for id, k := range all {
		out[id] = k.meta()
	}
	return out, nil
}

// tells says whether a category says where work stands: "undefined" does not.
func tells(category string) bool {
	return category == "new" || category == "indeterminate" || category == "done"
}

func (k known) meta() statusMeta {
	m := statusMeta{Name: k.Name}
	for i, c := range k.Seen {
		if m.Category = c.Category; i > 0 {
			m.Earlier = append(m.Earlier, earlier{k.Seen[i-1].Category, c.At})
		}
	}
	return m
}

// aboutOf is about, read once more where an issue tells another category of its status: it was changed meanwhile.
func (s *Source) aboutOf(ctx context.Context, is *issue) (*site, error) {
	about, err := s.about(ctx)
	if err != nil {
		return nil, err
	}
	m, told := about.statuses[is.own.ID]
	if c := is.own.Category.Key; !told || !tells(c) || m.Category == c {
		return about, nil
	}
	s.mu.Lock()
	if !s.anew && s.site == about {
		s.site, s.anew = nil, true
	}
	s.mu.Unlock()
	return s.about(ctx)
}
