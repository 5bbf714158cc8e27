package ingest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestPoll lets a tracker be away at first, come back, and get a new item between polls.
func TestPoll(t *testing.T) {
	d := simulate.Empty()
	ana := &simulate.User{Name: "Ana", Login: "ana", ID: 11}
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	d.AddIssue("acme/api", ana, day, "one", "")
	var away atomic.Bool
	away.Store(true)
	h := simulate.NewGitHub(d, simulate.Options{Fault: func(*http.Request) *simulate.Fault {
		if away.Load() {
			return &simulate.Fault{Status: 500}
		}
		return nil
	}})
	srv := httptest.NewServer(h)
	defer srv.Close()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	src, err := github.New(github.Options{Name: "code", BaseURL: srv.URL, Repositories: []string{"acme/api"}, Base: tr, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	log := &ingesttest.Log{}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := 0
	st := ingest.NewState()
	err = ingest.Poll(ctx, src, st, log, ingest.Options{Every: time.Millisecond, OnReport: func(r ingest.Report, err error) {
		n++
		written := r.Total().Written
		switch n {
		case 1:
			if err != nil || r.Complete() || len(st.LastSuccess("code")) != 0 {
				t.Errorf("the tracker is away: %v, %v", err, r.Err())
			}
			away.Store(false)
		case 2, 3:
			if err != nil || !r.Complete() || written != 1 || st.LastSuccess("code")["acme/api"].IsZero() {
				t.Errorf("poll %d: %v, %v, %d written", n, err, r.Err(), written)
			}
			d.AddIssue("acme/api", ana, day.Add(time.Hour), "two", "")
			if n == 3 {
				cancel()
			}
		}
	}})
	if err != nil || n != 3 {
		t.Errorf("%v after %d polls", err, n)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
