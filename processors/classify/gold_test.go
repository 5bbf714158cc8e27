package classify

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/workmix/workmix/internal/recordedtest"
)

func lines(t *testing.T, file string, each func([]byte)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		each(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestGold holds the built-in rules, without the text model that was trained on these items, against items that
// independent readers labelled. The floors are what this version
// reaches, so that a change that makes it worse is seen.
func TestGold(t *testing.T) {
	dir := recordedtest.Path(t, "labelled")
	type label struct{ UID, Drive, Horizon string }
	gold := map[string]label{}
	lines(t, filepath.Join(dir, "gold.jsonl"), func(b []byte) {
		var l label
		if err := json.Unmarshal(b, &l); err != nil {
			t.Fatal(err)
		}
		gold[l.UID] = l
	})
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	c = c.WithModel(nil)
	n, drive, horizon, forced, forcedHit, long, longHit := 0, 0, 0, 0, 0, 0, 0
	lines(t, filepath.Join(dir, "items.jsonl"), func(b []byte) {
		var o Offline
		if err := json.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		want, ok := gold[o.UID]
		if !ok {
			return
		}
		v, err := c.Judge(o.Item())
		if err != nil {
			t.Fatal(err)
		}
		n++
		gotForced, gotLong := v.Forced > 0.5, v.Long > 0.5
		if gotForced == (want.Drive == "forced") {
			drive++
		} else if testing.Verbose() {
			t.Logf("drive %.2f want %s: %s %v", v.Forced, want.Drive, o.Title, names(v))
		}
		if gotLong == (want.Horizon == "long") {
			horizon++
		} else if testing.Verbose() {
			t.Logf("horizon %.2f want %s: %s %v", v.Long, want.Horizon, o.Title, names(v))
		}
		if want.Drive == "forced" {
			forced++
			if gotForced {
				forcedHit++
			}
		}
		if want.Horizon == "long" {
			long++
			if gotLong {
				longHit++
			}
		}
	})
	if n != len(gold) || n == 0 {
		t.Fatalf("%d of %d labelled items found", n, len(gold))
	}
	t.Logf("%d items: drive right %.3f (forced found %d of %d), horizon right %.3f (long found %d of %d)", n,
		float64(drive)/float64(n), forcedHit, forced, float64(horizon)/float64(n), longHit, long)
	if float64(drive) < 0.88*float64(n) || float64(horizon) < 0.93*float64(n) || long == 0 || float64(longHit) < 0.74*float64(long) {
		t.Errorf("worse than it was")
	}
}

func names(v *Verdict) []string {
	var out []string
	for _, e := range v.Evidence {
		out = append(out, e.Rule+"("+e.Matched+")")
	}
	return out
}
