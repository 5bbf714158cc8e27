//go:build reliability && linux

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/simulate"
	"github.com/workmix/workmix/internal/warehouse"
)

const (
	guiItems  = 878 // of bitcoin-core/gui on GitHub
	jiraItems = 38  // of several sites' projects on Jira, with 541 entries in their changelogs
	allItems  = guiItems + jiraItems
	kills     = 20
)

// TestReliability kills, poisons, cuts off and rebuilds the pipeline over the recorded repository bitcoin-core/gui
// and the recorded Jira projects, and compares what analysts read with a run that nothing disturbed. WORKMIX_SEED
// makes the moments of the kills another, WORKMIX_ROUNDS how often the 20 kills are done (each round adds one to the
// seed), WORKMIX_OUTAGE how long each outage lasts ("60s").
func TestReliability(t *testing.T) {
	data := os.Getenv("WORKMIX_TEST_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	recorded := recording{github: filepath.Join(data, "github", "bitcoin-core-gui", "items.jsonl.gz"), jira: filepath.Join(data, "jira", "changelog-samples")}
	for _, f := range []string{recorded.github, recorded.jira} {
		if _, err := os.Stat(f); err != nil {
			t.Skipf("the recorded items are not there, name their folder in WORKMIX_TEST_DATA: %v", err)
		}
	}
	f := &figures{}
	var want snapshot
	at := &site{github: newReliabilityFront(t), jira: newReliabilityFront(t)}
	undisturbed := newRig(t, at.serve(t, 0, recorded), time.Hour)
	if !t.Run("undisturbed", func(t *testing.T) { want = testUndisturbed(t, undisturbed.in(t), f) }) {
		return
	}
	t.Run("rebuild", func(t *testing.T) { testRebuild(t, undisturbed.in(t), f) })
	undisturbed.kill("holder")
	seed := setting(t, "WORKMIX_SEED", uint64(time.Now().UnixNano()))
	for n := range setting(t, "WORKMIX_ROUNDS", 1) {
		t.Run("kills", func(t *testing.T) { testKills(t, at, recorded, seed+n, want, f) })
	}
	t.Run("outages", func(t *testing.T) { testOutages(t, at, recorded, want, f) })
	t.Run("poison", func(t *testing.T) { testPoison(t, at, recorded, want, f) })
	if err := f.write(t); err != nil {
		t.Error(err)
	}
}

// recording says where recorded items are: GitHub's file, and the folder of Jira's.
type recording struct{ github, jira string }

// site is a GitHub and a Jira on loopback whose addresses stay the same, as what they serve changes: Jira's is
// part of its items.
type site struct {
	github, jira *reliabilityFront
	projects     []string // of Jira
}

// reliabilityFront is an address whose handler can be replaced.
type reliabilityFront struct {
	url     string
	handler atomic.Pointer[http.Handler]
}

func newReliabilityFront(t *testing.T) *reliabilityFront {
	f := &reliabilityFront{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*f.handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

func (f *reliabilityFront) serve(h http.Handler) { f.handler.Store(&h) }

// serve serves recorded items as GitHub and Jira do, Jira in pages of two so that it takes as long, each answer after a latency.
func (s *site) serve(t *testing.T, latency time.Duration, from recording) *site {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{filepath.Join("github", "gui"), "jira"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{filepath.Join("github", "gui", "items.jsonl.gz"): from.github, filepath.Join("jira", "samples"): from.jira} {
		target, err := filepath.Abs(target)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	ds, err := simulate.LoadRecorded(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := simulate.Options{Latency: latency, RateLimit: 10_000_000}
	s.github.serve(simulate.NewGitHub(ds, o))
	o.PageCap = 2
	s.jira.serve(simulate.NewJira(ds, o))
	s.projects = ds.Projects()
	return s
}

// in makes the errors of a rig those of a subtest.
func (r *rig) in(t *testing.T) *rig {
	c := *r
	c.t = t
	return &c
}

func testUndisturbed(t *testing.T, r *rig, f *figures) (want snapshot) {
	start := time.Now()
	r.must(5*time.Minute, "sync", "--format", "csv")
	f.add("undisturbed", "`workmix sync` of %d items of GitHub and %d of Jira: %.0f s", guiItems, jiraItems, time.Since(start).Seconds())
	r.with(func(ctx context.Context, s *session) {
		want = snap(ctx, t, s, clocks)
		distinct, records := produced(ctx, t, s)
		counts(t, f, "undisturbed", want, distinct)
		f.add("undisturbed", "records of items and verdicts in the log: %d", records)
	})
	if n := len(want["work_items"]); n != allItems {
		t.Errorf("%d work items, want %d", n, allItems)
	}
	return want
}

// counts checks count = unique = produced of every view whose rows the log says one by one. That no row is there
// twice was checked when they were read.
func counts(t *testing.T, f *figures, what string, got snapshot, distinct map[string]int) {
	t.Helper()
	var all []string
	for _, view := range []string{"work_items", "work_item_history", "activity", "item_links", "classifications"} {
		if n := len(got[view]); n != distinct[view] || n == 0 {
			t.Errorf("%s: %s has %d rows, produced were %d", what, view, n, distinct[view])
		}
		all = append(all, fmt.Sprintf("%s %d", view, len(got[view])))
	}
	f.add(what, "rows = distinct rows = produced: %s", strings.Join(all, ", "))
}

func testRebuild(t *testing.T, r *rig, f *figures) {
	var before snapshot
	r.with(func(ctx context.Context, s *session) {
		before = snap(ctx, t, s, nil)
		if err := s.db.Exec(ctx, "DROP DATABASE workmix", nil); err != nil {
			t.Fatal(err)
		}
	})
	start := time.Now()
	r.must(3*time.Minute, "process", "sink", "--from-start", "--until-idle")
	took := time.Since(start)
	r.with(func(ctx context.Context, s *session) {
		rows := 0
		for _, view := range before {
			rows += len(view)
		}
		after := snap(ctx, t, s, nil)
		same(t, "after the rebuild", before, after)
		f.add("rebuild", "database dropped and filled from the log in %.1f s: %d rows of %d views the same in every column, recorded_at included",
			took.Seconds(), rows, len(before))
	})
}

// setting is a whole number that the environment may set.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func testKills(t *testing.T, at *site, recorded recording, seed uint64, want snapshot, f *figures) {
	t.Logf("WORKMIX_SEED=%d makes the same kills", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))

	r := newRig(t, at.serve(t, 250*time.Millisecond, recorded), time.Second)
	start := time.Now()
	for _, name := range []string{"normalize", "classify", "sink", "ingest"} {
		r.start(name)
	}
	unmerged := func() {
		r.until(40*time.Second, "merges are stopped", func() (bool, error) { // the engine may be on its way out
			s, err := r.session(t.Context())
			if err != nil {
				return false, err
			}
			defer s.close()
			err = merges(t.Context(), s, false)
			return err == nil, err
		})
	}
	r.until(time.Minute, "the tables are made", func() (bool, error) {
		_, err := r.run(20*time.Second, "sql", "SELECT count() FROM failed_records")
		return err == nil, err
	})
	unmerged()

	names := []string{"holder", "engine", "ingest", "normalize", "classify", "sink"}
	killed := map[string]int{}
	for n := range kills {
		time.Sleep(500*time.Millisecond + time.Duration(rnd.Int64N(int64(3500*time.Millisecond))))
		name := names[n%len(names)]
		if n%len(names) == 0 {
			rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			name = names[0]
		}
		ok := false
		if name == "engine" {
			ok = r.killEngine()
		} else {
			ok = r.kill(name)
		}
		if !ok {
			t.Errorf("kill %d: %s was not running", n+1, name)
		}
		killed[name]++
		time.Sleep(time.Duration(rnd.Int64N(int64(time.Second))))
		if name != "engine" {
			r.start(name)
		}
		if name == "holder" || name == "engine" {
			unmerged()
		}
	}
	last := time.Now()
	r.idle(6*time.Minute, allItems)
	f.add("kills", "%d × kill -9 in %.0f s, at random moments: broker and engine together %d, engine %d, ingester %d, normalize %d, classify %d, sink %d; all done %.0f s after the last",
		kills, last.Sub(start).Seconds(), killed["holder"], killed["engine"], killed["ingest"], killed["normalize"], killed["classify"], killed["sink"], time.Since(last).Seconds())
	r.with(func(ctx context.Context, s *session) {
		lying := stored(ctx, t, s)
		got := snap(ctx, t, s, clocks)
		same(t, "merges stopped", want, got)
		distinct, records := produced(ctx, t, s)
		counts(t, f, "kills", got, distinct)
		if err := merges(ctx, s, true); err != nil {
			t.Fatal(err)
		}
		merged := stored(ctx, t, s)
		same(t, "after OPTIMIZE FINAL", want, snap(ctx, t, s, clocks))
		f.add("kills", "%d records in the log say those rows; %d rows lay in the base tables with merges stopped, %d after OPTIMIZE … FINAL; both readings equal the undisturbed run's in every view", records, lying, merged)
	})
}

func testOutages(t *testing.T, at *site, recorded recording, want snapshot, f *figures) {
	length := time.Minute
	if v := os.Getenv("WORKMIX_OUTAGE"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatal(err)
		}
		length = d
	}
	r := newRig(t, at.serve(t, 200*time.Millisecond, recorded), time.Second)
	for _, name := range []string{"normalize", "classify", "sink", "ingest"} {
		r.start(name)
	}
	time.Sleep(8 * time.Second)

	// The engine's supervisor starts it again at once: it is down as long as each start is killed. Requests wait for
	// it up to 15 s before they fail.
	told := make(chan string, 1)
	r.killEngine()
	go func() {
		out, err := r.run(length+30*time.Second, "sql", "SELECT count() FROM work_items")
		if err == nil {
			out = ""
		}
		told <- out
	}()
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		r.killEngine()
	}
	back := time.Now()
	r.until(30*time.Second, "the engine answers again", func() (bool, error) {
		_, err := r.run(20*time.Second, "sql", "SELECT 1")
		return err == nil, err
	})
	f.add("outages", "engine down %v: answered again %.1f s after", length, time.Since(back).Seconds())
	sinkSaid := r.words("sink", "cannot store a batch")
	if len(sinkSaid) == 0 {
		t.Error("the sink did not say that it cannot store")
	} else {
		f.add("outages", "meanwhile the sink says: `%s`", clean(sinkSaid[0]))
	}
	if said := <-told; said != "" {
		f.add("outages", "and a query: `%s`", clean(strings.TrimSpace(said)))
	} else {
		t.Error("a query during the outage did not fail")
	}

	r.kill("holder")
	time.Sleep(length)
	r.start("holder")
	back = time.Now()
	r.idle(6*time.Minute, allItems)
	f.add("outages", "broker (with engine) down %v: everything done %.0f s after it was back", length, time.Since(back).Seconds())
	for _, w := range [][2]string{{"normalize", "cannot read from the log"}, {"ingest", "a run over a source was not complete"}} {
		name, what := w[0], w[1]
		said := r.words(name, "does not answer")
		if len(said) == 0 {
			t.Errorf("%s did not say that the broker does not answer", name)
			continue
		}
		if !strings.Contains(said[0], what) || strings.Contains(said[0], "EOF") {
			t.Errorf("%s said nothing clear: %s", name, said[0])
		}
		f.add("outages", "meanwhile %s says: `%s`", name, clean(said[0]))
	}
	r.with(func(ctx context.Context, s *session) { same(t, "after the outages", want, snap(ctx, t, s, clocks)) })
}

// clean is a line of a log without its time.
func clean(line string) string {
	if _, after, ok := strings.Cut(line, " level="); ok {
		line = "level=" + after
	}
	return strings.ReplaceAll(line, "`", "'")
}

func testPoison(t *testing.T, at *site, recorded recording, want snapshot, f *figures) {
	const huge = 2
	items, large := oversize(t, recorded.github, huge)
	r := newRig(t, at.serve(t, 0, recording{items, recorded.jira}), time.Hour)
	r.must(time.Minute, "migrate", "up")
	var poison []event.Message
	r.with(func(ctx context.Context, s *session) {
		poison = poisonRecords()
		w := s.log.Writer()
		defer w.Close()
		if err := w.Write(ctx, poison[:len(poison)/2]...); err != nil {
			t.Fatal(err)
		}
	})
	r.must(5*time.Minute, "sync", "--format", "csv")
	r.with(func(ctx context.Context, s *session) {
		w := s.log.Writer()
		defer w.Close()
		if err := w.Write(ctx, poison[len(poison)/2:]...); err != nil {
			t.Fatal(err)
		}
	})
	r.must(3*time.Minute, "process", "all", "--until-idle")
	r.with(func(ctx context.Context, s *session) {
		p, err := s.pipeline(stages...)
		if err != nil {
			t.Fatal(err)
		}
		lags, err := p.lag(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for stage, n := range lags {
			if n != 0 {
				t.Errorf("%s: lag %d", stage, n)
			}
		}
		got := snap(ctx, t, s, clocks)
		wrong, err := scalar(ctx, s.db, "SELECT arrayStringConcat(groupArray(stage || ' ' || key || ': ' || reason), '; ') FROM failed_records WHERE stage != 'ingest' AND NOT startsWith(key, 'poison-')")
		if err != nil {
			t.Fatal(err)
		}
		if wrong != "" {
			t.Errorf("dead letters of good records: %s", wrong)
		}
		stages, err := scalar(ctx, s.db, "SELECT arrayStringConcat(arraySort(groupArray(stage || ' ' || toString(n))), ', ') FROM (SELECT stage, count() AS n FROM failed_records GROUP BY stage)")
		if err != nil {
			t.Fatal(err)
		}
		dead := deadLetters(ctx, t, s.log)
		for i := range poison {
			if key := string(poison[i].Key); !dead[key] {
				t.Errorf("%s has no dead letter", key)
			}
		}
		for id := range large {
			if strings.HasPrefix(id, "code/") && !dead[id] {
				t.Errorf("%s, of 20 MB, has no dead letter", id)
			}
		}
		own := []string{"effort", "effort_at", "failed_records", "coverage", "freshness", "work_mix_weekly"}
		same(t, "beside the poison", want.without(large), got.without(large), append(own, "work_items", "work_items_at")...)
		// What closes or mentions an item that is not there takes over nothing from it, and keeps its own verdict.
		heirs, n, err := heirsOf(ctx, s.db, large)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "beside the poison and its heirs", want.without(heirs), got.without(heirs), own...)
		if n > allItems/20 {
			t.Errorf("%d items take over from the %d large ones: too many to leave out", n, huge)
		}
		f.add("poison", "%d records of %d: broken JSON, wrong types, invalid UTF-8, an unknown type, and %d items with a body of 20 MB: all in the dead letter, lag 0, the other %d items the same in every view, but for %d that a link makes take a verdict over from the large ones. Dead letters by stage: %v",
			len(poison)+huge, allItems, huge, allItems-huge, n, stages)
	})
}

// heirsOf returns some items, by id or key, and those that a link makes take over from them: n more.
func heirsOf(ctx context.Context, db *warehouse.DB, items map[string]bool) (all map[string]bool, n int, err error) {
	all = maps.Clone(items)
	keys := slices.Collect(maps.Keys(items))
	rows, err := db.Texts(ctx, "SELECT DISTINCT from_item FROM item_links WHERE relation IN ('closes', 'parent', 'mentions') AND has({keys:Array(String)}, to_key)",
		map[string]string{"keys": "['" + strings.Join(keys, "','") + "']"})
	for _, r := range rows {
		if !all[r[0]] {
			n++
		}
		all[r[0]] = true
	}
	return all, n, err
}

// without leaves out the rows whose key names one of some items, by id or key.
func (s snapshot) without(items map[string]bool) snapshot {
	out := snapshot{}
	for view, rows := range s {
		out[view] = map[string]string{}
	row:
		for k, h := range rows {
			for id := range items {
				if strings.Contains(k, `"`+strings.ReplaceAll(id, "/", `\/`)+`"`) || strings.Contains(k, `"`+id+`"`) {
					continue row
				}
			}
			out[view][k] = h
		}
	}
	return out
}

func deadLetters(ctx context.Context, t *testing.T, log *eventlog.Log) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := log.ReadAll(ctx, event.TopicDeadLetter, func(m event.Message) error {
		p, err := event.Decode(&m)
		if err != nil {
			return err
		}
		out[p.(*event.DeadLetter).Key] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// poisonRecords are seven kinds of records that no processor can use, in the topics that each of them reads.
func poisonRecords() []event.Message {
	headers := func(typ string) []event.Header {
		return []event.Header{
			{Key: "ce_specversion", Value: []byte("1.0")},
			{Key: "ce_type", Value: []byte(typ)},
			{Key: "ce_time", Value: []byte("2026-01-02T03:04:05Z")},
		}
	}
	raw := func(content string) string {
		return `{"source":"code","tracker":"github","project":"bitcoin-core/gui","item_id":"code/issue/1","key":"bitcoin-core/gui#0","kind":"issue",` +
			`"recorded_at":"2026-01-02T03:04:05Z","digest":"` + strings.Repeat("0", 64) + `","content":` + content + `}`
	}
	var out []event.Message
	for i, p := range []struct{ topic, typ, value string }{
		{event.TopicRaw, event.TypeRaw, `{"source":"code","tracker":`},
		{event.TopicRaw, event.TypeRaw, raw(`{"issue":{"id":"no number","number":{"a":[]},"title":7}}`)},
		{event.TopicRaw, event.TypeRaw, raw("{\"issue\":{\"id\":1,\"title\":\"\xff\xfe\"}}")},
		{event.TopicRaw, "workmix.unheard.v9", `{}`},
		{event.TopicItems, event.TypeRevision, `{"item_id":`},
		{event.TopicItems, event.TypeActivity, `{"item_id":7,"at":"yesterday"}`},
		{event.TopicClassified, event.TypeClassification, "{\"item_id\":\"\xc3\x28\"}"},
	} {
		out = append(out, event.Message{Topic: p.topic, Key: []byte(fmt.Sprintf("poison-%d", i)), Value: []byte(p.value), Headers: headers(p.typ)})
	}
	return out
}

// oversize copies recorded items, giving the first n issues a body of 20 MB. It returns the file, and their ids and keys.
func oversize(t *testing.T, recorded string, n int) (file string, names map[string]bool) {
	t.Helper()
	in, err := os.Open(recorded)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	file, names = filepath.Join(t.TempDir(), "items.jsonl.gz"), map[string]bool{}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	// No link leads to what is not there, so the links to these items differ too and are left out.
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if len(names) < 2*n && bytes.Contains(line[:min(len(line), 40)], []byte(`"issue"`)) {
			d := json.NewDecoder(bytes.NewReader(line))
			d.UseNumber()
			var o map[string]any
			if err := d.Decode(&o); err != nil {
				t.Fatal(err)
			}
			issue, ok := o["issue"].(map[string]any)
			if ok && o["type"] == "issue" {
				issue["body"] = strings.Repeat("0123456789 abcdefgh\n", 1<<20)
				names[event.ItemID("code", event.KindIssue, fmt.Sprint(issue["id"]))] = true
				names[fmt.Sprintf("bitcoin-core/gui#%v", issue["number"])] = true
				if line, err = json.Marshal(o); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file, names
}

// figures are the sentences of docs/reliability.md.
type figures struct {
	parts []string
	lines map[string][]string
}

func (f *figures) add(part, format string, a ...any) {
	if f.lines == nil {
		f.lines = map[string][]string{}
	}
	if f.lines[part] == nil {
		f.parts = append(f.parts, part)
	}
	f.lines[part] = append(f.lines[part], fmt.Sprintf(format, a...))
}

// write prints the figures, and puts them between the marks of the file that WORKMIX_RELIABILITY_DOC names.
func (f *figures) write(t *testing.T) error {
	var b strings.Builder
	for _, p := range f.parts {
		fmt.Fprintf(&b, "### %s%s\n\n", strings.ToUpper(p[:1]), p[1:])
		for _, l := range f.lines[p] {
			fmt.Fprintf(&b, "- %s\n", l)
		}
		b.WriteString("\n")
	}
	t.Logf("\n%s", b.String())
	file := os.Getenv("WORKMIX_RELIABILITY_DOC")
	if file == "" || t.Failed() {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	const from, to = "<!-- figures -->\n", "<!-- end of figures -->"
	head, rest, ok := strings.Cut(string(text), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks %q and %q", file, from, to)
	}
	return os.WriteFile(file, []byte(head+from+"\n"+b.String()+to+tail), 0o644)
}
