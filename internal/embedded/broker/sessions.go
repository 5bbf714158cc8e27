package broker

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const (
	lookEvery = time.Second
	grace     = 2 * time.Second // beyond a member's own session timeout
)

// sessions ends the membership of members that say nothing any more. The broker does so itself, but for one that was
// killed while it waited for others to join: its session never begins, so that it stays in the group for ever and
// holds partitions whose records nobody reads.
type sessions struct {
	b    *Broker
	stop context.CancelFunc
	over chan struct{}

	mu     sync.Mutex
	groups map[string]*heard
}

// heard is what a group's members said.
type heard struct {
	timeout time.Duration // the longest session timeout that one asked for
	members map[string]word
}

// word is the last of a member.
type word struct {
	at      time.Time
	waiting bool // it asked to join: it waits for an answer, and says nothing until it has one
}

func watchSessions(b *Broker) *sessions {
	ctx, stop := context.WithCancel(context.Background())
	s := &sessions{b: b, stop: stop, over: make(chan struct{}), groups: map[string]*heard{}}
	for _, key := range []kmsg.Key{kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat} {
		b.cluster.ControlKey(key.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // the order is kfake's
			s.hear(r)
			return nil, nil, false // the broker answers
		})
	}
	go s.run(ctx)
	return s
}

func (s *sessions) close() {
	s.stop()
	<-s.over
}

// hear notes that a member said something.
func (s *sessions) hear(r kmsg.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r := r.(type) {
	case *kmsg.JoinGroupRequest:
		h := s.groups[r.Group]
		if h == nil {
			h = &heard{members: map[string]word{}}
			s.groups[r.Group] = h
		}
		h.timeout = max(h.timeout, time.Duration(r.SessionTimeoutMillis)*time.Millisecond)
		h.members[r.MemberID] = word{time.Now(), true}
	case *kmsg.SyncGroupRequest:
		s.said(r.Group, r.MemberID)
	case *kmsg.HeartbeatRequest:
		s.said(r.Group, r.MemberID)
	}
}

func (s *sessions) said(group, member string) {
	if h := s.groups[group]; h != nil {
		h.members[member] = word{at: time.Now()}
	}
}

func (s *sessions) run(ctx context.Context) {
	defer close(s.over)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
		for _, group := range s.names() {
			info := s.b.cluster.GroupInfo(group)
			if info == nil {
				continue
			}
			if info.Members = s.silent(info, time.Now()); len(info.Members) > 0 {
				s.dismiss(ctx, info) // if it fails, the next look tries again
			}
		}
	}
}

func (s *sessions) names() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.groups {
		out = append(out, name)
	}
	return out
}

// silent returns the members that said nothing for longer than they may.
func (s *sessions) silent(info *kfake.GroupInfo, now time.Time) (out []kfake.GroupMember) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.groups[info.Group]
	members := make(map[string]word, len(info.Members)) // forgets those that left
	for _, m := range info.Members {
		w, known := h.members[m.MemberID]
		switch {
		case !known: // it joined without a name
			w = word{now, true}
		case w.waiting && info.State == "Stable": // it has its answer
			w = word{at: now}
		}
		members[m.MemberID] = w
		if !w.waiting && now.Sub(w.at) > h.timeout+grace {
			out = append(out, m)
		}
	}
	h.members = members
	return out
}

func (s *sessions) dismiss(ctx context.Context, info *kfake.GroupInfo) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, err := s.b.client()
	if err != nil {
		return
	}
	defer client.Close()
	_ = dismiss(ctx, client, info)
}

// client returns a client of this broker. Close it.
func (b *Broker) client() (*kgo.Client, error) {
	return kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.SASL(scram.Auth{User: user, Pass: b.password}.AsSha512Mechanism()))
}
