package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// shelf is a store of retrospectives with one that was published; it keeps what is said.
type shelf struct{ said []string }

func (s *shelf) port() *Retros {
	return &Retros{
		Render: func(_ context.Context, of RetroOf, format string) ([]byte, error) {
			if of.Quarter != "2026-Q3" {
				return nil, &BadQuestion{errors.New("nothing is known of that quarter: try 2026-Q3")}
			}
			if format == "json" {
				return fmt.Appendf(nil, `{"quarter":%q,"team":%q,"revision":%d}`, of.Quarter, of.Team, of.Revision), nil
			}
			return fmt.Appendf(nil, "<!doctype html><title>%s as %s of %q</title>", of.Quarter, format, of.KnownAt), nil
		},
		Headline: func(_ context.Context, of RetroOf) (string, error) {
			if of.Team == "nobody" {
				return "", &BadQuestion{errors.New("there is no team nobody")}
			}
			return fmt.Sprintf("%s of %q & more", of.Quarter, of.Team), nil
		},
		Published: func(context.Context) ([]PublishedRetro, error) {
			return []PublishedRetro{{Quarter: "2026-Q3", Team: "compute", Revision: 2, At: time.Date(2026, 10, 7, 9, 0, 0, 0, time.UTC), KnownAt: "2026-10-05T00:00:00Z", Reason: "<i>agreed</i>", Program: "1.2"}}, nil
		},
		Compare: func(_ context.Context, of RetroOf) ([]RetroDifference, error) {
			if of.Team != "compute" {
				return nil, &BadQuestion{errors.New("it was never published")}
			}
			return []RetroDifference{{Number: "allocation.user_asks.actual", Before: "0.4", Now: "0.5", Causes: []string{"late data", "override OPS-7"}}}, nil
		},
		Say: func(_ context.Context, say Saying, who string, may func(string) bool) (string, error) {
			if say.Done == "" && !may(say.Team) {
				return "", &NotAllowed{errors.New("not yours")}
			}
			if say.Text == "" && say.Done == "" {
				return "", &BadQuestion{errors.New("the text is empty")}
			}
			s.said = append(s.said, fmt.Sprintf("%s: %+v", who, say))
			return "n1", nil
		},
		Publish: func(_ context.Context, of RetroOf, who, why string, again bool, may func(string) bool) (string, error) {
			if !may(of.Team) {
				return "", &NotAllowed{errors.New("not yours")}
			}
			if why == "" {
				return "", &BadQuestion{errors.New("say why")}
			}
			s.said = append(s.said, fmt.Sprintf("%s publishes %+v: %s, %t", who, of, why, again))
			return "2026-Q3/compute/3", nil
		},
	}
}

func TestRetrospectivePage(t *testing.T) {
	var kept shelf
	a := &told{answers: map[string][]string{
		"teams": {"id|name", "compute|Compute"}, "quarters": {"quarter|name", "2026-10-01|2026-Q4", "2026-07-01|2026-Q3", "2026-04-01|2026-Q2"},
	}, asked: map[string]map[string]string{}}
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Retros: kept.port(), Local: User{Name: "ana", Role: Editor, Teams: []string{"compute"}}})
	if err != nil {
		t.Fatal(err)
	}
	page(t, h, "/", 200, `id="headline"`, `hx-get="/headline"`)
	page(t, h, "/?team=compute", 200, `hx-get="/headline?team=compute"`)
	page(t, h, "/headline?team=compute", 200, "2026-Q4 of &#34;compute&#34; &amp; more", `href="/retrospective?quarter=2026-Q4&amp;team=compute"`, "!<html")
	page(t, h, "/headline?team=nobody", 400, `role="alert">there is no team nobody`)
	page(t, h, "/retrospective", 200, "<option selected>2026-Q3</option>", `src="/retrospective/document?quarter=2026-Q3"`, "2026-Q3, compute, publication 2", "&lt;i&gt;agreed", "!Keep it")
	page(t, h, "/retrospective?quarter=2026-Q3&team=compute&as_known_at=2026-10-05", 200, `src="/retrospective/document?quarter=2026-Q3&amp;team=compute&amp;as_known_at=2026-10-05"`, "Keep it", "Publish it")
	page(t, h, "/retrospective?quarter=2026-Q3&team=compute&revision=2", 200, "This is publication 2, stored on 2026-10-07 09:00", "document?quarter=2026-Q3&amp;team=compute&amp;revision=2", "!Keep it", "!What differs now</h2>")
	page(t, h, "/retrospective?quarter=2026-Q3&team=compute&revision=2&compare=1", 200, "<td>0.4</td><td>0.5</td>", "late data; override OPS-7")
	for path, want := range map[string]string{
		"/retrospective?quarter=2026-Q3&revision=2":                     "there is no publication 2",
		"/retrospective?revision=none":                                  "not a number from 1",
		"/retrospective?nonsense=1":                                     "not by nonsense",
		"/retrospective?revision=2&as_known_at=2026-10-05":              "leave as_known_at out",
		"/retrospective/document?quarter=2031-Q1":                       "try 2026-Q3",
		"/retrospective/document?quarter=2026-Q3&format=pdf":            "not one of html, markdown, json",
		"/api/v1/retrospective/compare?quarter=2026-Q3&team=lab":        "never published",
		"/api/v1/retrospective?quarter=2026-Q3&revision=0":              "not a number from 1",
		"/api/v1/retrospective?quarter=2026-Q3&team=compute&revision=x": "not a number from 1",
	} {
		if w := send(t, h, "GET", path, ""); w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.300s", path, w.Code, w.Body)
		}
	}
	w := send(t, h, "GET", "/retrospective/document?quarter=2026-Q3&as_known_at=x", "")
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'; style-src 'unsafe-inline'") || !strings.Contains(policy, "frame-ancestors 'self'") || w.Header().Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("the document's policy: %s", policy)
	}
	w = send(t, h, "GET", "/retrospective/document?quarter=2026-Q3&team=a/%22b&format=markdown", "")
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="retrospective-2026-Q3-a--b.md"` {
		t.Errorf("the file's name: %s", got)
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/retrospective/note", "quarter=2026-Q3&team=compute&text=well+done&owner=+ana+&due=2026-Q4", 303},
		{"/retrospective/note", "quarter=2026-Q3&team=compute&done=a1", 303},
		{"/retrospective/note", "quarter=2026-Q3&team=compute&text=", 400},
		{"/retrospective/note", "quarter=2026-Q3&text=for+all", 403},
		{"/retrospective/publish", "quarter=2026-Q3&team=compute&reason=agreed&again=1", 303},
		{"/retrospective/publish", "quarter=2026-Q3&team=lab&reason=agreed", 403},
		{"/retrospective/publish", "quarter=2026-Q3&team=compute", 400},
	} {
		w := send(t, h, "POST", c.path, c.body, form...)
		if to, _ := url.Parse(w.Header().Get("Location")); w.Code != c.status || w.Code == 303 && to.Query().Get("team") != "compute" {
			t.Errorf("%s %s: %d to %s, want %d", c.path, c.body, w.Code, to, c.status)
		}
	}
	want := []string{
		"ana: {Quarter:2026-Q3 Team:compute Text:well done Owner:ana Due:2026-Q4 Done:}",
		"ana: {Quarter: Team: Text: Owner: Due: Done:a1}",
		"ana publishes {Quarter:2026-Q3 Team:compute KnownAt: Revision:0}: agreed, true",
	}
	if got := strings.Join(kept.said, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("kept:\n%s", got)
	}
	// A viewer reads, and says nothing.
	viewer, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Retros: kept.port(), Local: User{Name: "vi", Role: Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	page(t, viewer, "/retrospective?quarter=2026-Q3", 200, "!Keep it")
	if w := send(t, viewer, "POST", "/retrospective/note", "quarter=2026-Q3&text=x", form...); w.Code != 403 {
		t.Errorf("a viewer's note: %d", w.Code)
	}
}
