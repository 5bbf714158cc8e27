package ingest_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestNamesThatChange: where no webhook tells of it, a label that is renamed or deleted and a milestone that gets another
// title or day are seen at the next census; the items that bear them are read then, once, and no others.
func TestNamesThatChange(t *testing.T) {
	clock := ingesttest.At(dueDay.Add(240 * time.Hour))
	d := simulate.Empty()
	for n := range 4 {
		d.AddIssue("acme/api", dueAna, dueDay.Add(time.Duration(n)*time.Minute), "plain", "")
	}
	bug := d.AddIssue("acme/api", dueAna, dueDay, "one", "", "bug")
	ui := d.AddPull("acme/api", dueAna, dueDay, "two", "", 1, 1, 1)
	v1 := d.AddIssue("acme/api", dueAna, dueDay, "three", "")
	for key, edit := range map[string]simulate.Edit{ui: simulate.AddLabel("ui"), v1: simulate.Milestone("v1")} {
		if err := d.Update(key, dueAna, dueDay, edit); err != nil {
			t.Fatal(err)
		}
	}
	var milestones atomic.Int64 // the status with which they are answered; 0: as they are
	fault := func(r *http.Request) *simulate.Fault {
		if status := milestones.Load(); status != 0 && strings.HasSuffix(r.URL.Path, "/milestones") {
			return &simulate.Fault{Status: int(status), Body: `{"message":"Issues are disabled for this repo"}`}
		}
		return nil
	}
	src, log, st := dueSource(t, d, fault), &ingesttest.Log{}, ingest.NewState()
	run := func(after time.Duration) (written int, requests int64) {
		t.Helper()
		clock.Pass(after)
		rep, err := ingest.Once(t.Context(), src, st, log, ingest.Options{Now: clock.Now})
		if err != nil || rep.Err() != nil {
			t.Fatal(err, rep.Err())
		}
		return rep.Total().Written, rep.Usage.Requests
	}
	check := func(what string, wanted int, key, there, gone string) {
		t.Helper()
		if n, _ := run(time.Minute); n != 0 {
			t.Fatalf("%s: the list tells of it, so this proves nothing", what)
		}
		if n, _ := run(25 * time.Hour); n != wanted {
			t.Errorf("%s: %d items were written, want %d", what, n, wanted)
		}
		_, last := tellings(t, log, key)
		if object, _, _ := strings.Cut(last, `"timeline"`); !strings.Contains(object, there) || gone != "" && strings.Contains(object, gone) {
			t.Errorf("%s: the record is %.900s", what, object)
		}
		if n, _ := run(25 * time.Hour); n != 0 {
			t.Errorf("%s: %d items were written again", what, n)
		}
	}
	edit := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	run(0)
	edit(d.RenameLabel("acme/api", "bug", "defect")) // before the names were ever asked for
	check("a label is renamed", 1, bug, `"name":"defect"`, `"name":"bug"`)
	edit(d.RenameLabel("acme/api", "defect", "fault"))
	check("it is renamed again", 1, bug, `"name":"fault"`, `"name":"defect"`)
	edit(d.DeleteLabel("acme/api", "ui"))
	check("a label is deleted", 1, ui, `"labels":[]`, `"name":"ui"`)
	edit(d.RenameMilestone("acme/api", "v1", "v1.0", ""))
	check("a milestone is renamed", 1, v1, `"title":"v1.0"`, `"title":"v1",`)
	edit(d.RenameMilestone("acme/api", "v1.0", "v1.0", "2026-06-30"))
	check("a milestone gets a day", 1, v1, `"due_on":"2026-06-30T00:00:00Z"`, "")

	_, quiet := run(time.Minute)
	_, census := run(25 * time.Hour)
	d.AddIssue("acme/api", dueAna, dueDay.Add(300*time.Hour), "four", "", "another")
	run(time.Minute)
	if _, more := run(25 * time.Hour); quiet != 1 || more != census {
		t.Errorf("an idle poll takes %d requests, one with a census %d, and with a label that is new %d", quiet, census, more)
	}

	edit(d.RenameLabel("acme/api", "fault", "failure"))
	milestones.Store(http.StatusGone) // as of a repository without issues
	if n, _ := run(25 * time.Hour); n != 1 {
		t.Errorf("%d items were written where there are no milestones", n)
	}
	milestones.Store(0)

	// A delivery that tells of it makes it be looked for at once.
	edit(d.DeleteLabel("acme/api", "failure"))
	receive(t, log, st, ingest.NewDue("code", "Acme/API", ingest.NamesStub("Acme/API"), clock.Now()))
	if n, _ := run(time.Minute); n != 1 || st.Due("code") != 0 {
		t.Errorf("%d items were written, %d are due", n, st.Due("code"))
	}

	// Deliveries one after the other make it be looked for once in five minutes: what is told meanwhile stays due.
	edit(d.RenameMilestone("acme/api", "v1.0", "v2", ""))
	receive(t, log, st, ingest.NewDue("code", "Acme/API", ingest.NamesStub("Acme/API"), clock.Now()))
	if n, _ := run(time.Minute); n != 0 || st.Due("code") != 1 {
		t.Errorf("just after: %d items were written, %d are due", n, st.Due("code"))
	}
	if n, _ := run(5 * time.Minute); n != 1 || st.Due("code") != 0 {
		t.Errorf("five minutes later: %d items were written, %d are due", n, st.Due("code"))
	}
}

// TestNamesThatChangeMeanwhile: a label that gets another name after a census listed the items and before the names are asked
// for is seen in the items all the same.
func TestNamesThatChangeMeanwhile(t *testing.T) {
	clock := ingesttest.At(dueDay.Add(240 * time.Hour))
	d := simulate.Empty()
	bug := d.AddIssue("acme/api", dueAna, dueDay, "one", "", "bug")
	var armed atomic.Bool
	fault := func(r *http.Request) *simulate.Fault {
		if strings.HasSuffix(r.URL.Path, "/labels") && armed.CompareAndSwap(true, false) {
			if err := d.RenameLabel("acme/api", "bug", "defect"); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	src, log, st := dueSource(t, d, fault), &ingesttest.Log{}, ingest.NewState()
	for _, after := range []time.Duration{0, 25 * time.Hour, 8 * 24 * time.Hour} {
		armed.Store(after > 25*time.Hour) // ids are compared then
		clock.Pass(after)
		if rep, err := ingest.Once(t.Context(), src, st, log, ingest.Options{Now: clock.Now}); err != nil || rep.Err() != nil {
			t.Fatal(err, rep.Err())
		}
	}
	if armed.Load() {
		t.Fatal("the names were not asked for, so this proves nothing")
	}
	if _, last := tellings(t, log, bug); !strings.Contains(last, `"name":"defect"`) {
		t.Errorf("the record is %.900s", last)
	}
}

// TestNamesOfAnOlderVersion: items that were read by a version that kept no names of them take part from the first time that
// names are asked for, and are not read for it.
func TestNamesOfAnOlderVersion(t *testing.T) {
	clock := ingesttest.At(dueDay.Add(240 * time.Hour))
	d := simulate.Empty()
	bug := d.AddIssue("acme/api", dueAna, dueDay, "one", "", "bug")
	src, log := dueSource(t, d, nil), &ingesttest.Log{}
	st := ingest.NewState()
	run := func(after time.Duration) int {
		t.Helper()
		clock.Pass(after)
		rep, err := ingest.Once(t.Context(), src, st, log, ingest.Options{Now: clock.Now})
		if err != nil || rep.Err() != nil {
			t.Fatal(err, rep.Err())
		}
		return rep.Total().Read
	}
	run(0)
	st.ForgetBears()
	if n := run(time.Minute) + run(25*time.Hour); n != 0 {
		t.Errorf("%d items were read so that their names are known", n)
	}
	if err := d.RenameLabel("acme/api", "bug", "defect"); err != nil {
		t.Fatal(err)
	}
	if n := run(25 * time.Hour); n != 1 {
		t.Errorf("%d items were read after a label was renamed", n)
	}
	if _, last := tellings(t, log, bug); !strings.Contains(last, `"name":"defect"`) {
		t.Errorf("the record is %.900s", last)
	}
}
