package simulate

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var testEnd = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// generated is one dataset for all tests that only read it.
var generated = sync.OnceValue(func() *Dataset { return Generate(1, testEnd) })

// digest is a hash of everything the servers can give.
func digest(d *Dataset) string {
	h := sha256.New()
	for _, k := range d.Keys() {
		if i := d.keys[k]; i != nil {
			h.Write(encode([]any{i.id, i.fields, i.histories}))
			continue
		}
		it, err := d.item(k)
		if err != nil {
			return err.Error()
		}
		h.Write(encode([]any{it.issue, it.pull, it.timeline, it.comments}))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestGenerateIsAFunction(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds long")
	}
	a, b, c := digest(generated()), digest(Generate(1, testEnd)), digest(Generate(2, testEnd))
	if a != b {
		t.Error("the same seed and end gave different datasets")
	}
	if a == c {
		t.Error("another seed gave the same dataset")
	}
}

// told is a generated ticket or pull request as the tests look at it.
type told struct {
	key, team      string
	quadrant       Quadrant
	created, ended time.Time // ended is zero where it is open
	pull           bool
}

// quarterOf is the eighth of the two years, from 0, in which a time lies.
func (d *Dataset) quarterOf(t time.Time) int {
	return int(8 * t.Sub(d.org.start) / d.org.end.Sub(d.org.start))
}

func tell(t *testing.T, d *Dataset) (all []told) {
	t.Helper()
	owner := map[string]string{}
	for _, tm := range d.org.teams {
		owner[tm.project] = tm.id
		for _, r := range tm.repos {
			owner[orgName+"/"+r] = tm.id
		}
	}
	for k, q := range d.Truth {
		x := told{key: k, quadrant: q}
		if i := d.keys[k]; i != nil {
			x.team, x.created, x.ended = owner[projectOf(k)], i.created, parseTime(i.fields["resolutiondate"])
		} else {
			it, err := d.item(k)
			if err != nil {
				t.Fatal(err)
			}
			x.team, x.created, x.ended, x.pull = owner[it.repo.name], it.created, parseTime(it.issue["closed_at"]), it.pull != nil
		}
		if x.team == "" {
			t.Fatalf("%s belongs to no team", k)
		}
		all = append(all, x)
	}
	return all
}

func TestGeneratedCounts(t *testing.T) {
	d := generated()
	if d.err != nil {
		t.Fatalf("something in the story cannot happen: %v", d.err)
	}
	n := map[string]int{}
	for _, x := range tell(t, d) {
		n["items"]++
		n[x.team]++
		n[string(x.quadrant)]++
		if x.pull {
			n["pulls"]++
		}
		if x.created.After(testEnd) || x.ended.After(testEnd) || x.created.Before(d.org.start) || !x.ended.IsZero() && x.ended.Before(x.created) {
			t.Errorf("%s lived from %v to %v", x.key, x.created, x.ended)
		}
	}
	if len(d.Keys()) != n["items"] {
		t.Errorf("%d items, %d with a truth", len(d.Keys()), n["items"])
	}
	t.Log(n)
	if n["items"] < 5400 || n["items"] > 6600 || n["pulls"] < 1800 || len(d.org.teams) != 6 || len(d.org.people) != 40 {
		t.Errorf("counts: %v", n)
	}
	for _, q := range []Quadrant{ForcedShort, ForcedLong, DiscretionaryShort, DiscretionaryLong} {
		if n[string(q)] < 300 {
			t.Errorf("only %d of %s", n[string(q)], q)
		}
	}
}

func TestASmallOrganisation(t *testing.T) {
	whole, small := len(generated().Keys()), GenerateSized(1, testEnd, 0.1)
	if n := len(small.Keys()); n < whole/20 || n > whole/6 {
		t.Errorf("a tenth of %d items is %d", whole, n)
	}
	if len(small.Repositories()) != len(generated().Repositories()) || len(small.Projects()) != len(generated().Projects()) {
		t.Error("a small organisation has other repositories or projects")
	}
}

func TestNothingLaterThanTheEnd(t *testing.T) {
	weekend, all := 0, 0
	for _, k := range generated().Keys() {
		var times []time.Time
		if i := generated().keys[k]; i != nil {
			times = append(times, i.updated)
			for _, h := range i.histories {
				times = append(times, parseTime(h["created"]))
			}
		} else if it, err := generated().item(k); err == nil {
			times = append(times, it.updated)
			for _, e := range it.timeline {
				for _, f := range []any{e["created_at"], e["submitted_at"], at(e, "committer", "date")} {
					if when := parseTime(f); !when.IsZero() {
						times = append(times, when)
					}
				}
			}
		}
		for _, when := range times {
			all++
			if when.After(testEnd) {
				t.Errorf("%s: %v is after the end", k, when)
			}
			if d := when.Weekday(); d == time.Saturday || d == time.Sunday {
				weekend++
			}
		}
	}
	if share := float64(weekend) / float64(all); share > 0.12 || share == 0 {
		t.Errorf("%.1f%% of all happens on weekends", 100*share)
	}
}

// forcedShare is the share of forced work among what a team filed in each quarter.
func forcedShare(d *Dataset, all []told, team string) (share [8]float64, backlog [8]int) {
	var forced, n [8]int
	for _, x := range all {
		if x.team != team || x.pull {
			continue
		}
		q := min(d.quarterOf(x.created), 7)
		n[q]++
		if !x.quadrant.Forced() {
			continue
		}
		forced[q]++
		for b := range 8 {
			end := d.org.start.Add(d.org.end.Sub(d.org.start) * time.Duration(b+1) / 8)
			if x.created.Before(end) && (x.ended.IsZero() || x.ended.After(end)) {
				backlog[b]++
			}
		}
	}
	for q := range n {
		share[q] = float64(forced[q]) / float64(max(n[q], 1))
	}
	return share, backlog
}

func TestStories(t *testing.T) {
	for _, seed := range []uint64{1, 7} {
		d := generated()
		if seed != 1 {
			if testing.Short() {
				continue
			}
			d = Generate(seed, testEnd)
		}
		all := tell(t, d)
		share, backlog := forcedShare(d, all, "compute")
		if share[0] < 0.7 || share[7] > 0.4 || share[0]+share[1] < share[6]+share[7]+0.6 || backlog[7]*2 > backlog[0] {
			t.Errorf("seed %d: compute does not dig out: %.2f, backlog %v", seed, share, backlog)
		}
		share, backlog = forcedShare(d, all, "payments")
		if share[6]+share[7] < share[0]+share[1]+0.2 || backlog[7] < 3*backlog[1] || backlog[7] < backlog[4] {
			t.Errorf("seed %d: payments does not fall behind: %.2f, backlog %v", seed, share, backlog)
		}
		n := map[Quadrant]int{}
		asked, initiative := [2]int{}, [2]int{}
		for _, x := range all {
			switch {
			case x.team == "lab":
				n[x.quadrant]++
			case x.team == "devtools" && !x.pull && x.quadrant == DiscretionaryShort:
				asked[min(d.quarterOf(x.created), 7)/4]++
			case x.team == "devtools" && !x.pull && x.quadrant == DiscretionaryLong:
				initiative[min(d.quarterOf(x.created), 7)/4]++
			}
		}
		if sum := n[DiscretionaryLong] + n[DiscretionaryShort] + n[ForcedShort] + n[ForcedLong]; float64(n[DiscretionaryLong])/float64(sum) < 0.65 || float64(n[ForcedShort]+n[ForcedLong])/float64(sum) > 0.1 {
			t.Errorf("seed %d: the lab does %v", seed, n)
		}
		if float64(asked[1]) < 1.3*float64(asked[0]) || initiative[1] >= initiative[0]+20 {
			t.Errorf("seed %d: asks of developer tools by year %v, own projects %v", seed, asked, initiative)
		}
		avalanche(t, d, all)
	}
}

// avalanche looks for the privacy story: forced long work filed early and not begun before the rush, then a rush
// of emergencies.
func avalanche(t *testing.T, d *Dataset, all []told) {
	t.Helper()
	rush := testEnd.AddDate(0, 0, -105)
	epics, begun, fires := 0, 0, [8]int{}
	for _, x := range all {
		if x.team != "identity" || x.pull {
			continue
		}
		if x.quadrant == ForcedShort {
			fires[min(d.quarterOf(x.created), 7)]++
		}
		i := d.keys[x.key]
		if i == nil || !strings.Contains(text(i.fields["summary"]), "rivacy programme") {
			continue
		}
		epics++
		for _, h := range i.histories {
			for _, it := range objects(h["items"]) {
				if it["field"] == "status" && parseTime(h["created"]).Before(rush.AddDate(0, 0, -3)) {
					begun++
				}
			}
		}
	}
	if epics < 35 || begun > 0 || fires[7] < 4*slices.Max(fires[:6]) {
		t.Errorf("privacy: %d tickets, %d begun early, fires by quarter %v", epics, begun, fires)
	}
}

func TestAdvanceReveals(t *testing.T) {
	d := Generate(3, testEnd)
	now := testEnd
	h := NewGitHub(d, Options{Clock: func() time.Time { return now }})
	before := len(d.Keys())
	if do(t, h, "GET", "/rate_limit", nil); len(d.Keys()) != before {
		t.Error("something happened although no time passed")
	}
	now = testEnd.AddDate(0, 0, 14)
	do(t, h, "GET", "/rate_limit", nil)
	after := len(d.Keys())
	if after < before+40 || d.err != nil {
		t.Errorf("two weeks brought %d new items (%v)", after-before, d.err)
	}
	for _, k := range d.Keys() {
		if i := d.keys[k]; i != nil && i.updated.After(now) {
			t.Errorf("%s is of the future: %v", k, i.updated)
		}
	}
}

func TestCatchUp(t *testing.T) {
	clock := CatchUp(time.Hour, 1e6)
	first := clock()
	if d := time.Since(first); d > time.Hour+time.Second {
		t.Errorf("begins %v ago", d)
	}
	for start := time.Now(); time.Since(clock()) > time.Second; {
		if time.Since(start) > 10*time.Second {
			t.Fatal("does not catch up")
		}
		time.Sleep(time.Millisecond)
	}
	if clock().After(time.Now()) {
		t.Error("runs ahead of time")
	}
}
