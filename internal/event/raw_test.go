package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEncodeRaw writes what Encode does, but for the content, which stands there as it came.
func TestEncodeRaw(t *testing.T) {
	for _, content := range []string{`{"title":"a <b> & c","n":1.0}`, ``} {
		r := &Raw{"code", "github", "acme/api", "code/issue/7", "acme/<&>#12", KindIssue, time.Date(2026, 3, 4, 5, 6, 7, 890e6, time.UTC), "d1", "deleted", json.RawMessage(content)}
		want, err := Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := EncodeRaw(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got.Value), content) || content == "" && string(got.Value) != string(want.Value) {
			t.Errorf("wrote %s", got.Value)
		}
		a, err := Decode(&got)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, a); d != "" && content != "" {
			t.Error(d)
		}
		got.Value, want.Value = nil, nil
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	if _, err := EncodeRaw(&Raw{}); err == nil {
		t.Error("an empty record was encoded")
	}
	big := &Raw{"code", "github", "acme/api", "code/issue/7", "acme/api#12", KindIssue, time.Unix(1, 0), "d1", "", json.RawMessage(`"` + strings.Repeat("x", MaxRecordBytes) + `"`)}
	if _, err := EncodeRaw(big); err == nil || !strings.Contains(err.Error(), ErrTooLarge.Error()) {
		t.Errorf("a record that is too large: %v", err)
	}
}
