package github

import (
	"strconv"
	"testing"
	"time"
)

// TestAuthorsAreSwept: addresses that no longer count do not pile up, and those that do stay.
func TestAuthorsAreSwept(t *testing.T) {
	var a authors
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for n := range 50 * sweptFrom {
		at = at.Add(time.Minute)
		a.learn(strconv.Itoa(n)+"@example.com", account{ID: 1, Login: "a"}, at)
		a.untold("acme/api#1", strconv.Itoa(n)+"@example.org", at)
	}
	if n := len(a.of) + len(a.asked); n > 4*24*60 {
		t.Errorf("%d entries are kept of the %d of a day", n, 2*24*60)
	}
	last := 50*sweptFrom - 1
	for n := last; n > last-24*60; n-- {
		if _, ok := a.whose(strconv.Itoa(n)+"@example.com", at); !ok {
			t.Fatalf("%d is forgotten within the day", n)
		}
	}
}
