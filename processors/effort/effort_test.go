package effort_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/processors/effort"
)

func TestChunks(t *testing.T) {
	days := []string{"2024-01-01", "2024-01-02", "2024-01-31", "2024-02-01", "2025-06-01", "2025-06-02"}
	for _, c := range []struct {
		revisions int
		want      [][]string
	}{
		{0, [][]string{days[:4], days[4:]}},
		{1_500_000, [][]string{days[:4], days[4:]}},
		{1_000_000_000, [][]string{days[:3], days[3:4], days[4:]}},
	} {
		got, err := effort.Chunks(days, c.revisions)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%d revisions (-want +got):\n%s", c.revisions, d)
		}
		if !slices.Equal(slices.Concat(got...), days) {
			t.Errorf("%d revisions: days are lost", c.revisions)
		}
	}
	if got, err := effort.Chunks(nil, 10); len(got) > 0 || err != nil {
		t.Errorf("no days: %v, %v, want nothing", got, err)
	}
	if _, err := effort.Chunks([]string{"soon"}, 10); err == nil {
		t.Error("a day that is none gives no error")
	}
}
