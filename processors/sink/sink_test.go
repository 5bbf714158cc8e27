package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors"
)

// keys are what identifies a row of each table in these tests.
var keys = map[string]string{
	"raw_records": "item_id", "deliveries": "delivery_id", "revisions": "item_id", "activities": "item_id", "links": "item_id", "tombstones": "item_id",
	"verdicts": "item_id", "decisions": "id", "progress": "name", "dead_letters": "key",
}

// compare reads every table as it stands and compares each row with the event that it is to tell.
func compare(t testing.TB, db *warehouse.DB, from string, events []event.Message) {
	t.Helper()
	want := map[string]map[string]any{}
	for i := range events {
		f := flat(t, &events[i])
		for name, key := range keys {
			if tableOf(t, &events[i]) == name {
				want[name+"/"+f[key].(string)] = f
			}
		}
	}
	n := 0
	for name, key := range keys {
		for _, row := range query(t, db, fmt.Sprintf("SELECT * FROM %s %s", name, from)) {
			n++
			id := name + "/" + row[key].(string)
			w := want[id]
			if w == nil {
				t.Errorf("%s: an unknown row, or one twice", id)
				continue
			}
			delete(want, id)
			if name == "raw_records" || name == "deliveries" {
				delete(row, "position") // its place in the log, which is not its own doing
			}
			if diff := same(w, row); len(diff) > 0 {
				t.Errorf("%s: %s", id, strings.Join(diff, "; "))
			}
		}
	}
	if len(want) > 0 || n != len(events) {
		t.Errorf("%d rows, %d of %d events are missing", n, len(want), len(events))
	}
}

func tableOf(t testing.TB, m *event.Message) string {
	t.Helper()
	p, err := event.Decode(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range tables() {
		if to.add(p, m, 0) {
			return to.name()
		}
	}
	t.Fatalf("no table for %T", p)
	return ""
}

func stopMerges(t testing.TB, db *warehouse.DB) {
	t.Helper()
	for name := range keys {
		if err := db.Exec(t.Context(), "SYSTEM STOP MERGES "+name, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func merge(t testing.TB, db *warehouse.DB) {
	t.Helper()
	for name := range keys {
		if err := db.Exec(t.Context(), "SYSTEM START MERGES "+name, nil); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec(t.Context(), "OPTIMIZE TABLE "+name+" FINAL", nil); err != nil {
			t.Fatal(err)
		}
	}
}

// newLog starts a broker with the log's topics.
func newLog(t testing.TB) *eventlog.Log {
	t.Helper()
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	l, err := eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	if err := l.EnsureTopics(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t testing.TB, l *eventlog.Log, messages ...event.Message) {
	t.Helper()
	w := l.Writer()
	defer w.Close()
	if err := w.Write(t.Context(), messages...); err != nil {
		t.Fatal(err)
	}
}

// start runs a sink until stop is called.
func start(t testing.TB, l *eventlog.Log, to Table, limits processors.Limits) (s *Sink, stats *processors.Stats, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := l.Consume(Group, Topics()...), l.Writer()
	s, stats = New(to, nil), new(processors.Stats)
	stage := s.Stage(in, out, nil, stats)
	stage.Limits = limits
	done := make(chan error, 1)
	go func() { done <- processors.RunBatches(ctx, stage) }()
	return s, stats, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		in.Close()
		out.Close()
	}
}

func idle(t testing.TB, l *eventlog.Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := processors.WaitIdle(ctx, 50*time.Millisecond, func(ctx context.Context) (n int64, err error) {
		lags, err := l.Lag(ctx, Group, Topics()...)
		for _, lag := range lags {
			n += lag
		}
		return n, err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAnyDelivery: events that come twice, in any order and in small batches are the same rows, with merges
// stopped and after they ran.
func TestAnyDelivery(t *testing.T) {
	if testing.Short() {
		t.Skip("broker and engine")
	}
	for seed := range 3 {
		events := someEvents(t, seed, 60+100*seed)
		l, db := newLog(t), migrated(t)
		stopMerges(t, db)
		delivered := append(append([]event.Message{}, events...), events[:len(events)/2]...)
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		rnd.Shuffle(len(delivered), func(i, j int) { delivered[i], delivered[j] = delivered[j], delivered[i] })
		write(t, l, delivered...)
		s, stats, stop := start(t, l, db, processors.Limits{Records: 1 + 60*seed})
		idle(t, l)
		stop()
		compare(t, db, "FINAL", events)
		merge(t, db)
		compare(t, db, "", events)
		if got := stats.Snapshot(); got.DeadLetters != 0 || got.In != int64(len(delivered)) {
			t.Errorf("%+v", got)
		}
		var rows int64
		for _, n := range s.Stats().Rows {
			rows += n
		}
		if rows != int64(len(delivered)) || s.Stats().LastFlush.IsZero() {
			t.Errorf("stats %+v", s.Stats())
		}
	}
}

// TestStoreAgain: a batch that was stored, but whose commit was lost, comes again; in other batches too.
func TestStoreAgain(t *testing.T) {
	db := migrated(t)
	stopMerges(t, db)
	events := someEvents(t, 7, 100)
	for i := range events {
		events[i].Offset = int64(i)
	}
	s := New(db, nil)
	for _, cut := range [][]event.Message{events, events, events[:30], events[30:], events[10:20]} {
		if err := s.Store(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, db, "FINAL", events)
	merge(t, db)
	compare(t, db, "", events)
}

// TestPoison: what holds no event, and what the warehouse refuses for its values, becomes a dead letter with its
// reason; everything else is stored.
func TestPoison(t *testing.T) {
	if testing.Short() {
		t.Skip("broker and engine")
	}
	l, db := newLog(t), migrated(t)
	if err := db.Exec(t.Context(), "ALTER TABLE revisions ADD CONSTRAINT no_poison CHECK title != 'poison'", nil); err != nil {
		t.Fatal(err)
	}
	good := someEvents(t, 11, 200)
	broken := func(m event.Message, change func(*event.Message)) event.Message {
		m.Headers = append([]event.Header{}, m.Headers...)
		change(&m)
		return m
	}
	revision := func(change func(*event.Revision)) event.Message {
		r := &event.Revision{
			ItemID: "bad", Source: "s", Project: "p", Key: "k", Change: "created", Observation: "o", ValidFrom: time.UnixMilli(1), RecordedAt: time.UnixMilli(1),
			Item: event.Item{Kind: event.KindIssue, State: event.StateOpen, CreatedAt: time.UnixMilli(1)},
		}
		change(r)
		m, err := event.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	bad := map[string]event.Message{
		"unexpected":         broken(good[0], func(m *event.Message) { m.Value = []byte(`{"item_id": nope`) }),
		"UTF-8":              broken(good[0], func(m *event.Message) { m.Value = []byte("{\"item_id\": \"\xff\"}") }),
		"unknown event type": broken(good[0], func(m *event.Message) { m.Headers[2].Value = []byte("workmix.future.v9") }),
		"ce_specversion":     broken(good[0], func(m *event.Message) { m.Headers = nil }),
		"field seq":          revision(func(r *event.Revision) { r.Seq = -1 }),
		"item.size.files":    revision(func(r *event.Revision) { r.Item.Size = &event.Size{Files: 1 << 40} }),
		"no_poison":          revision(func(r *event.Revision) { r.Item.Title = "poison" }),
		"cannot be stored": broken(revision(func(r *event.Revision) {}), func(m *event.Message) {
			m.Value = []byte(strings.Replace(string(m.Value), "1970-", "2290-", 1))
		}),
	}
	mixed := append([]event.Message{}, good...)
	for reason, m := range bad {
		m.Key = []byte(reason)
		mixed = append(mixed, m)
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	write(t, l, mixed...)
	s, stats, stop := start(t, l, db, processors.Limits{})
	idle(t, l)
	stop()

	for reason := range bad {
		rows := query(t, db, "SELECT reason FROM dead_letters FINAL WHERE stage = 'sink' AND key = '"+reason+"'")
		if len(rows) != 1 || !strings.Contains(rows[0]["reason"].(string), reason) && reason != "unexpected" {
			t.Errorf("dead letters of %q: %v", reason, rows)
		}
	}
	if got := stats.Snapshot(); got.DeadLetters != int64(len(bad)) || s.Stats().Refused != 1 {
		t.Errorf("%d dead letters, %d refused, want %d and 1", got.DeadLetters, s.Stats().Refused, len(bad))
	}
	if err := db.Exec(t.Context(), "DELETE FROM dead_letters WHERE stage = 'sink'", nil); err != nil {
		t.Fatal(err)
	}
	compare(t, db, "FINAL", good)
}

// kill ends the engine's process as a crash would. Process 0 would be this one's whole group.
func kill(t *testing.T, server *clickhouse.Server) {
	t.Helper()
	for range 200 {
		if pid := server.PID(); pid > 0 {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the engine was not started again")
}

// TestTheEngineDies in the middle, several times: nothing is lost and nothing told otherwise.
func TestTheEngineDies(t *testing.T) {
	if testing.Short() {
		t.Skip("an engine that is killed and started again")
	}
	o := clickhousetest.Options(t, t.TempDir())
	server, err := clickhouse.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	db := open(t, warehouse.Options{URL: server.URL() + "/workmix", User: o.User, Password: o.Password})
	l := newLog(t)
	events := someEvents(t, 13, 600)
	s, _, stop := start(t, l, db, processors.Limits{Records: 20})
	for i := range 6 {
		write(t, l, events[i*100:(i+1)*100]...)
		if i == 1 || i == 3 {
			time.Sleep(time.Duration(20*i) * time.Millisecond)
			kill(t, server)
		}
	}
	idle(t, l)
	stop()
	t.Logf("stats %+v", s.Stats())
	compare(t, db, "FINAL", events)
}

// fake is a warehouse that gives the errors that a real one gives rarely.
type fake struct {
	most   int // rows that it can take at once
	stored map[string]int
	calls  int
}

type codeError struct{ refused, tooLarge bool }

func (*codeError) Error() string    { return "refused" }
func (e *codeError) Refused() bool  { return e.refused }
func (e *codeError) TooLarge() bool { return e.tooLarge }

func (f *fake) Insert(_ context.Context, table string, _ []string, _ string, data []any) error {
	f.calls++
	ids := data[2].([]string) // source
	if len(ids) > f.most {
		return fmt.Errorf("insert: %w", &codeError{tooLarge: true})
	}
	for _, id := range ids {
		if id == "bad" {
			return fmt.Errorf("insert: %w", &codeError{refused: true})
		}
	}
	f.stored[table] += len(ids)
	return nil
}

func TestHalving(t *testing.T) {
	var batch []event.Message
	for i := range 1000 {
		source := "good"
		if i == 0 || i == 517 || i == 999 {
			source = "bad"
		}
		v, _ := json.Marshal(&event.Activity{ActivityID: fmt.Sprint(i), ItemID: "i", Source: source, Person: "p", Action: "a", At: time.UnixMilli(1), RecordedAt: time.UnixMilli(1)})
		batch = append(batch, event.Message{Value: v, Headers: []event.Header{{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte(event.TypeActivity)}}})
	}
	f := &fake{most: 300, stored: map[string]int{}}
	var poison *processors.Poison
	if err := New(f, nil).Store(t.Context(), batch); !errors.As(err, &poison) {
		t.Fatal(err)
	}
	if len(poison.Reasons) != 3 || poison.Reasons[0] == "" || poison.Reasons[517] == "" || poison.Reasons[999] == "" {
		t.Errorf("found %v", poison.Reasons)
	}
	if f.stored["activities"] != 997 || f.calls > 70 {
		t.Errorf("%d rows stored in %d calls", f.stored["activities"], f.calls)
	}
}
