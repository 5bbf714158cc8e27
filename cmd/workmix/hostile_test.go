package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/event"
)

// hostile texts are markup that ends whatever they stand in; each bears zz9, by which it is found again.
var hostile = []string{
	`"'><zz9x onload=zz9()></script><zz9x></textarea></title></style></select><zz9x><!--<zz9x>]]><zz9x>{{.}}` + "`${zz9}<zz9x\u00a0src=x>",
	`" onmouseover="zz9q" zz9="' autofocus onfocus='zz9q' zz9='`,
	`javascript:zz9()//<zz9x>\u003czz9x\u003e\"<zz9x>`,
}

var (
	// A tag is whole: what stands in its quotes is text. A hostile one has a name that no page uses.
	tag    = regexp.MustCompile(`(?i)<[!/?]?[a-z](?:[^"'<>]|"[^"]*"|'[^']*')*>?`)
	quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	// What no tag of ours has: handlers, further documents, signs of an attribute that a hostile text began.
	foreign  = regexp.MustCompile(`(?i)^<[!/?]?zz9|\s(?:on[a-z]+|srcdoc|formaction|autofocus)\s*=|zz9`)
	scripted = regexp.MustCompile(`(?i)\s(?:href|src|action|hx-[a-z]+|data)\s*=\s*["']?\s*(?:javascript|data|vbscript):`)
	links    = regexp.MustCompile(`\s(?:href|src|action|hx-get)="([^"]*)"`)
)

// who knows which token of the server that hostile texts are sent to.
const (
	adminToken, peopleToken, itemsToken = "the-token-of-the-administrator", "the-token-of-who-sees-names", "the-token-of-the-importer"
	accountName                         = "Zelda zz9name"
)

// crawled is a running workmix.
type crawled struct {
	t    *testing.T
	base string
	c    http.Client
}

// TestHostileTexts sends markup through every way by which texts come in, into a running workmix, and then reads all of its pages
// and of its API: nowhere it is markup, every answer forbids scripts and says what it is, and no name is told.
func TestHostileTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("most of a minute long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	cfg := config.Default()
	for _, to := range []*string{&cfg.Embedded.ClickHouseListen, &cfg.Serve.Listen, &cfg.Admin.Listen} {
		addr, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		*to = addr
	}
	t.Setenv("ADMIN_TOKEN", adminToken)
	t.Setenv("PEOPLE_TOKEN", peopleToken)
	t.Setenv("ITEMS_TOKEN", itemsToken)
	cfg.Embedded.People = true
	cfg.Serve.APITokenEnv = "ITEMS_TOKEN"
	cfg.Serve.Users = []config.User{{Name: "eve " + hostile[0], Role: "admin", TokenEnv: "ADMIN_TOKEN"}, {Name: "pia", Role: "analyst", People: true, TokenEnv: "PEOPLE_TOKEN"}}
	a := &app{dataDir: t.TempDir(), config: cfg}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cmd := &cobra.Command{}
	cmd.SetOut(io.Discard)
	cmd.SetErr(io.Discard)
	s, err := a.open(ctx, cmd, how{exclusive: true, fixedPort: true, process: true})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.up(ctx, cmd) }()
	defer func() {
		interrupt()
		if err := <-ended; err != nil && !t.Failed() {
			t.Error(err)
		}
		s.close()
	}()
	w := &crawled{t: t, base: "http://" + cfg.Serve.Listen, c: http.Client{Timeout: 5 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if status, _ := answer(t, "http://"+cfg.Admin.Listen+"/readyz"); status == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatal("not ready within a minute")
		}
	}
	quarter := w.fill(s)
	w.crawl(quarter)
	w.names()
}

// fill sends hostile texts by every way, and returns the quarter that they are about.
func (w *crawled) fill(s *session) (quarter string) {
	w.t.Helper()
	now := time.Now().UTC()
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(time.DateOnly) }
	quarter = fmt.Sprintf("%d-Q%d", now.Year(), (now.Month()+2)/3)
	var items []map[string]any
	for i, h := range hostile {
		items = append(items, map[string]any{
			"key": fmt.Sprintf(`EV"'<zz9x>-%d`, i), "title": h + " crashes", "body": h, "type": h, "labels": []string{h, "zz9"}, "components": []string{h}, "status": h,
			"priority": h, "milestone": h, "sprint": h, "resolution": h, "author": accountName, "assignees": []string{accountName, h}, "project": strings.Join(strings.Fields(h), ""),
			"url": "https://example.org/\"'><zz9x>", "parent_key": `EV"'<zz9x>-0`, "created_at": day(20), "started_at": day(15),
		})
	}
	w.send("/api/v1/items?source="+url.QueryEscape(`"><zz9x>`), itemsToken, items, 200)
	decide := map[string]any{}
	var groups, teams, people, members, plans, initiatives, asks []any
	for i, h := range hostile {
		id := fmt.Sprint(h, i)
		groups = append(groups, map[string]any{"id": id, "name": h})
		teams = append(teams, map[string]any{"id": id, "name": h, "group": id, "desired": map[string]any{"forced": 0.4, "long": 0.5}, "owns": map[string]any{"labels": []string{h}}})
		people = append(people, map[string]any{"id": id, "accounts": []any{map[string]any{"source": `"><zz9x>`, "id": []string{accountName, h}[min(i, 1)]}}})
		members = append(members, map[string]any{"person": id, "team": id, "from": day(60)})
		plans = append(plans, map[string]any{"team": id, "quarter": quarter, "shares": map[string]any{"user_asks": 0.5, h: 0.5}, "initiative_days": map[string]any{id: 3}, "reason": h})
		initiatives = append(initiatives, map[string]any{"id": id, "name": h, "owner": id, "from": day(60), "target": day(-60), "items": map[string]any{"labels": []string{h}}})
		asks = append(asks, map[string]any{"id": id, "team": id, "quarter": quarter, "rank": 1, "title": h, "asker": "customer " + h, "items": map[string]any{"keys": []string{fmt.Sprintf(`EV"'<zz9x>-%d`, i)}}})
	}
	for name, list := range map[string][]any{"groups": groups, "teams": teams, "people": people, "memberships": members, "plans": plans, "initiatives": initiatives, "asks": asks} {
		decide[name] = list
	}
	text, err := json.Marshal(decide)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send("/api/v1/decisions", adminToken, map[string]any{"text": string(text), "reason": hostile[0]}, 200)
	// What cannot be processed is shown with what was wrong in it.
	log := s.log.Writer()
	defer log.Close()
	if err := log.Write(w.t.Context(), event.Message{Topic: event.TopicRaw, Key: []byte(hostile[0]), Value: []byte(`{"source":"<zz9x>"`), Headers: []event.Header{
		{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte(hostile[0])}, {Key: "ce_time", Value: []byte("2026-01-02T03:04:05Z")},
	}}); err != nil {
		w.t.Fatal(err)
	}
	w.until("SELECT count() FROM work_items WHERE isNotNull(forced) AND notEmpty(initiative)", fmt.Sprint(len(hostile)))
	w.until("SELECT count() FROM dead_letters", "2") // of normalize and of sink
	for i, h := range hostile {
		w.send("/api/v1/overrides", adminToken, map[string]any{"item": fmt.Sprintf(`EV"'<zz9x>-%d`, i), "drive": "forced", "reason": h}, 200)
		w.send("/api/v1/retrospective/notes", adminToken, map[string]any{"quarter": quarter, "text": h}, 200)
		w.send("/api/v1/retrospective/notes", adminToken, map[string]any{"quarter": quarter, "text": h, "owner": h, "due": fmt.Sprintf("%d-Q4", now.Year()+1), "team": fmt.Sprint(h, i)}, 200)
	}
	w.until("SELECT count() FROM overrides", fmt.Sprint(len(hostile)))
	w.send("/api/v1/retrospective/publish", adminToken, map[string]any{"quarter": quarter, "reason": hostile[0]}, 200)
	return quarter
}

// send posts JSON and keeps the answer to the rules of all answers.
func (w *crawled) send(path, token string, v any, want int) string {
	w.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	status, body := w.ask(http.MethodPost, path, token, "application/json", b)
	if status != want {
		w.t.Fatalf("POST %s: %d, not %d: %.600s", path, status, want, body)
	}
	return body
}

// until waits for a statement to answer with one cell; a machine that is busy may need several tries for an answer.
func (w *crawled) until(sql, want string) {
	w.t.Helper()
	query, err := json.Marshal(map[string]any{"query": sql})
	if err != nil {
		w.t.Fatal(err)
	}
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(2 * time.Second) { // an asker's pace is 120 in a minute
		status, body := w.ask(http.MethodPost, "/api/v1/sql", adminToken, "application/json", query)
		if status == http.StatusOK && strings.Contains(body, `:`+want+`}]`) {
			return
		}
		if time.Now().After(end) || status == http.StatusBadRequest {
			w.t.Fatalf("%s does not come to %s: %d %s", sql, want, status, body)
		}
	}
}

// ask sends a request and holds the answer to what holds of all.
func (w *crawled) ask(method, path, token, mime string, body []byte) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatalf("%s %q: %v", method, path, err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if mime != "" {
		r.Header.Set("Content-Type", mime)
	}
	resp, err := w.c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %q: %v", method, path, err)
	}
	w.check(method+" "+path, resp, b)
	return resp.StatusCode, string(b)
}

// check is what holds of every answer.
func (w *crawled) check(what string, resp *http.Response, body []byte) {
	w.t.Helper()
	head := resp.Header
	policy := head.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe-eval") || strings.Contains(policy, "script-src 'unsafe") || strings.Contains(policy, "http") || head.Get("X-Content-Type-Options") != "nosniff" || head.Get("X-Frame-Options") == "" {
		w.t.Errorf("%s: headers %v", what, head)
	}
	kind := head.Get("Content-Type")
	if _, path, _ := strings.Cut(what, " "); strings.HasPrefix(path, "/api/") && kind != "application/json" {
		w.t.Errorf("%s is %s", what, kind)
	}
	switch {
	case strings.HasPrefix(kind, "text/html"), strings.HasPrefix(kind, "image/svg"):
		for _, t := range tag.FindAllString(string(body), -1) {
			if foreign.MatchString(quoted.ReplaceAllString(t, `""`)) || scripted.MatchString(t) {
				w.t.Errorf("%s holds markup that somebody sent: %s", what, t)
			}
		}
	case kind == "application/json":
		if !json.Valid(body) {
			w.t.Errorf("%s is no JSON: %.200s", what, body)
		}
	case strings.HasPrefix(kind, "text/plain") && resp.StatusCode >= 400: // of an asset that is none
	case strings.HasPrefix(kind, "text/css"), strings.HasPrefix(kind, "text/javascript"), kind == "" && len(body) == 0:
	default:
		if !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") {
			w.t.Errorf("%s is %q and no file to save", what, kind)
		}
	}
	if strings.Contains(string(body), "zz9name") && !strings.Contains(what, "names") {
		w.t.Errorf("%s tells a name", what)
	}
}

// crawl reads what can be reached by links from the first page, of each kind some, and what people may write into addresses and
// forms.
func (w *crawled) crawl(quarter string) {
	w.t.Helper()
	queue, seen, of := []string{"/"}, map[string]bool{"/": true}, map[string]int{}
	for i, q := range w.catalog() {
		queue = append(queue, []string{"/questions/", "/api/v1/questions/"}[i%2]+q) // the same panel shows each
	}
	queue = slices.DeleteFunc(queue, func(path string) bool { return costly(&url.URL{Path: path}) })
	queue = append(queue, "/api/v1/questions", "/api/v1/lag", "/api/v1/rules", "/api/v1/retrospective/published", "/api/v1/retrospective?quarter="+quarter+"&revision=1",
		"/retrospective?quarter="+quarter+"&revision=1", "/items", "/teams", "/plan", "/allocation")
	found := map[string]bool{} // of the texts that were sent, by number
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		status, body := w.ask(http.MethodGet, path, adminToken, "", nil)
		if status >= 500 || status == http.StatusTooManyRequests {
			w.t.Errorf("GET %s: %d %.300s", path, status, body)
		}
		plain := html.UnescapeString(body)
		for i, h := range hostile {
			if strings.Contains(plain, h) {
				found[fmt.Sprint(i)] = true
			}
		}
		if !strings.HasPrefix(body, "<!doctype") {
			continue
		}
		for _, m := range links.FindAllStringSubmatch(body, -1) {
			link, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			u, err := url.Parse(link)
			if err != nil {
				w.t.Errorf("%s has the link %q: %v", path, link, err)
				continue
			}
			if u.Host != "" { // of an item in its tracker
				if u.Scheme != "https" {
					w.t.Errorf("%s leads to %q", path, link)
				}
				continue
			}
			if !strings.HasPrefix(link, "/") || seen[link] {
				continue
			}
			seen[link] = true
			if costly(u) {
				continue
			}
			shape := shapeOf(u)
			if of[shape]++; of[shape] <= 3 {
				queue = append(queue, link)
			}
		}
	}
	shapes := map[string]bool{}
	for k := range of {
		shapes[k] = true
	}
	for _, want := range []string{"/items/", "/teams/", "/questions/", "/allocation", "/plan", "/pipeline", "/rules", "/retrospective", "/retrospective/document", "/sql", "/sql/export", "/api/v1/questions/"} {
		if !shapes[want] {
			w.t.Errorf("no link led to %s", want)
		}
	}
	if len(found) < len(hostile) {
		w.t.Errorf("only %d of %d texts were seen on a page as the text that they are: %v", len(found), len(hostile), found)
	}
	w.t.Logf("%d links were seen, of these kinds %v", len(seen), of)
	w.reflect(quarter)
}

// costly are pages that make a retrospective, which takes longest of all; a published one is the same page, stored.
func costly(u *url.URL) bool {
	return u.Path == "/retrospective/document" && u.Query().Get("revision") == "" || u.Query().Get("compare") != "" || strings.HasSuffix(u.Path, "/retro_allocation")
}

// shapeOf is the kind of page that an address leads to.
func shapeOf(u *url.URL) string {
	for _, of := range []string{"/items/", "/teams/", "/api/v1/questions/", "/assets/"} {
		if strings.HasPrefix(u.Path, of) {
			return of
		}
	}
	if strings.HasPrefix(u.Path, "/questions/") {
		return "/questions/"
	}
	return u.Path
}

// catalog are the names of the questions that need no parameter.
func (w *crawled) catalog() (out []string) {
	w.t.Helper()
	_, body := w.ask(http.MethodGet, "/api/v1/questions", adminToken, "", nil)
	var all []struct {
		Name       string
		Parameters []struct {
			Required bool
		}
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		w.t.Fatal(err)
	}
	for _, q := range all {
		if !slices.ContainsFunc(q.Parameters, func(p struct{ Required bool }) bool { return p.Required }) {
			out = append(out, q.Name)
		}
	}
	return out
}

// reflect writes hostile texts into addresses and forms that answer with what they were given.
func (w *crawled) reflect(quarter string) {
	w.t.Helper()
	const form = "application/x-www-form-urlencoded"
	for _, h := range hostile {
		e, p := url.QueryEscape(h), url.PathEscape(h)
		paths := []string{
			"/items?text=" + e + "&sort=" + e, "/items?" + e + "=1", "/items/" + p, "/teams/" + p, "/questions/" + p, "/nonsense/" + p, "/?" + e + "=" + e,
			"/allocation?team=" + e + "&quarter=" + e, "/plan?team=" + e, "/retrospective?quarter=" + e, "/retrospective?quarter=" + quarter + "&team=" + e,
			"/retrospective/document?quarter=" + e, "/rules?item=" + e, "/rules?rule=" + e, "/rules?" + e + "=1", "/sql?question=" + e, "/login?to=" + e, "/assets/" + p,
			"/questions/state_at?at=" + e, "/api/v1/" + p, "/api/v1/questions/" + p, "/api/v1/questions/state_at?at=" + e, "/api/v1/retrospective?quarter=" + e,
		}
		sql := url.QueryEscape("SELECT {x:String} AS `" + strings.NewReplacer("`", "", `\`, "", `"`, "").Replace(h) + "`")
		paths = append(paths, "/sql?query="+sql+"&param_x="+e, "/sql?query="+e, "/sql?draw="+e+"&query=SELECT+1", "/rules?a="+e+"&b="+e)
		for _, path := range paths {
			if status, body := w.ask(http.MethodGet, path, adminToken, "", nil); status >= 500 {
				w.t.Errorf("GET %s: %d %.300s", path, status, body)
			}
		}
		for path, body := range map[string]string{
			"/plan": "of=" + e + "&text=" + e + "&reason=" + e, "/rules/try": "rules=" + e + "&item=" + e, "/overrides": "item=" + e + "&drive=" + e + "&reason=" + e, "/login": "token=" + e + "&to=" + e,
			"/pipeline/retry": "stage=" + e + "&source=" + e + "&failure=" + e + "&reason=" + e, "/rules/promote": "ruleset=" + e + "&reason=" + e, "/retrospective/note": "quarter=" + e + "&text=" + e,
		} {
			if status, body := w.ask(http.MethodPost, path, adminToken, form, []byte(body)); status >= 500 {
				w.t.Errorf("POST %s: %d %.300s", path, status, body)
			}
		}
	}
}

// names: of the accounts that were told nobody reads the name but who may.
func (w *crawled) names() {
	w.t.Helper()
	statement := map[string]any{"query": "SELECT DISTINCT account_id FROM workmix_people.accounts WHERE account_id LIKE '%zz9name%' -- names"}
	if body := w.send("/api/v1/sql", adminToken, statement, 400); !strings.Contains(body, "is for the role people") {
		w.t.Errorf("an administrator's statement on names: %s", body)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base+"/sql/export?format=csv&query="+url.QueryEscape(statement["query"].(string)), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+peopleToken)
	resp, err := w.c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(b), accountName) {
		w.t.Errorf("who may see names gets %s: %s, %v", resp.Status, b, err)
	}
}
