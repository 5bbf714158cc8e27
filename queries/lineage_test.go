package queries_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/queries"
)

// family is some items that may take over from each other.
type family struct {
	keys       []string
	pull       []bool
	confidence []float64 // 0: undetermined
	word       []bool    // somebody overrode it
	strong     [][]int   // of each item what it closes, and its parents
	mentioned  [][]int
}

func newFamily(r *rand.Rand, number int) *family {
	n := 3 + r.IntN(4)
	f := &family{strong: make([][]int, n), mentioned: make([][]int, n)}
	for i := range n {
		pull := r.IntN(4) == 0
		key := fmt.Sprintf("FAM-%d", 10*number+i)
		if pull {
			key = fmt.Sprintf("acme/api#p%d", 10*number+i)
		}
		f.keys, f.pull = append(f.keys, key), append(f.pull, pull)
		f.confidence = append(f.confidence, []float64{0, 0.3, 0.6, 0.6, 0.9}[r.IntN(5)])
		f.word = append(f.word, r.IntN(8) == 0)
	}
	for range r.IntN(2 * n) {
		if a, b := r.IntN(n), r.IntN(n); a != b && !slices.Contains(f.strong[a], b) {
			f.strong[a] = append(f.strong[a], b)
		}
	}
	for range r.IntN(n) {
		if a, b := r.IntN(n), r.IntN(n); a != b && !slices.Contains(f.mentioned[a], b) {
			f.mentioned[a] = append(f.mentioned[a], b)
		}
	}
	return f
}

func (f *family) id(i int) string {
	if f.pull[i] {
		return "code/pull_request/" + strings.Replace(f.keys[i], "#", ".", 1)
	}
	return "tracker/issue/" + strings.Replace(f.keys[i], "-", ".", 1)
}

func (f *family) script() string {
	var b strings.Builder
	for i, key := range f.keys {
		verdict := "undetermined"
		if f.confidence[i] > 0 {
			verdict = fmt.Sprintf("forced_short 0.9 0.1 confidence=%v", f.confidence[i])
		}
		fmt.Fprintf(&b, "observe 2026-02-01 %s author=ana\n  2026-01-05 created | %s\n", key, verdict)
		for _, to := range f.strong[i] {
			relation := "parent"
			if f.pull[i] {
				relation = "closes"
			}
			fmt.Fprintf(&b, "  link %s %s 2026-01-05\n", relation, f.keys[to])
		}
		for _, to := range f.mentioned[i] {
			fmt.Fprintf(&b, "  link mentions %s 2026-01-05\n", f.keys[to])
		}
		if f.word[i] {
			fmt.Fprintf(&b, "decide 2026-02-02 override %s {\"drive\":\"forced\",\"horizon\":\"long\"}\n", f.id(i))
		}
	}
	return b.String()
}

// above are the items that an item takes over from: what it closes and its parents, else, of a pull request, the issues
// that it mentions.
func (f *family) above(i int) []int {
	if len(f.strong[i]) > 0 || !f.pull[i] {
		return f.strong[i]
	}
	return slices.DeleteFunc(slices.Clone(f.mentioned[i]), func(to int) bool { return f.pull[to] })
}

// climb are the items that can decide for whoever came to i along the way.
func (f *family) climb(i int, way []int) []int {
	own := []int(nil)
	if f.word[i] || f.confidence[i] > 0 {
		own = []int{i}
	}
	if f.word[i] || slices.Contains(way, i) {
		return own
	}
	var found []int
	for _, p := range f.above(i) {
		found = append(found, f.climb(p, append(slices.Clone(way), i))...)
	}
	if len(found) == 0 {
		return own
	}
	return found
}

// decider is the item whose verdict an item has.
func (f *family) decider(i int) int {
	if f.word[i] {
		return i
	}
	var found []int
	for _, p := range f.above(i) {
		found = append(found, f.climb(p, []int{i})...)
	}
	best := i
	for k, c := range found {
		sure := func(i int) float64 {
			if f.word[i] {
				return 2
			}
			return f.confidence[i]
		}
		if k == 0 || sure(c) > sure(best) || sure(c) == sure(best) && f.id(c) < f.id(best) {
			best = c
		}
	}
	return best
}

// TestInheritance: in many families, with cycles, several parents, mentions and people's words, each item has the verdict of
// whom the rule says it in Go, whatever the order in which the records arrive and however often the tables are derived between.
func TestInheritance(t *testing.T) {
	if testing.Short() {
		t.Skip("many records")
	}
	r := rand.New(rand.NewPCG(4, 4))
	var families []*family
	text := ""
	for i := range 60 {
		f := newFamily(r, i)
		families = append(families, f)
		text += f.script()
	}
	s, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	cycles, several, inherited := 0, 0, 0
	for order := range 2 {
		db := database(t, queries.Settings{})
		r.Shuffle(len(s.events), func(i, k int) { s.events[i], s.events[k] = s.events[k], s.events[i] })
		for part := range slices.Chunk(s.events, len(s.events)/(1+order)+1) {
			store(t, db, part)
			derive(t, db, queries.Settings{})
		}
		got := map[string]string{}
		for _, line := range rows(t, db, "SELECT item_id, verdict_from, class_source FROM work_items", nil)[1:] {
			id, from, _ := strings.Cut(line, " | ")
			got[id] = from
		}
		for _, f := range families {
			for i := range f.keys {
				from := f.decider(i)
				source := "rules"
				switch {
				case from != i:
					source = "inherited"
					inherited++
				case f.word[i]:
					source = "override"
				}
				if want := f.id(from) + " | " + source; got[f.id(i)] != want {
					t.Errorf("order %d: %s: %s, want %s\n%s\nedges %v", order, f.id(i), got[f.id(i)], want, f.script(),
						rows(t, db, "SELECT child, parent, weak, valid_from, valid_to, recorded_at, known_until, generation FROM edges WHERE child = {id:String}", map[string]string{"id": f.id(i)}))
				}
				several += min(1, len(f.above(i))/2)
				if slices.Contains(f.climb(i, nil), i) && len(f.above(i)) > 0 && !f.word[i] {
					cycles++
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	if cycles < 20 || several < 20 || inherited < 100 {
		t.Errorf("only %d items come back to themselves, %d have several parents, %d take over", cycles, several, inherited)
	}
}
