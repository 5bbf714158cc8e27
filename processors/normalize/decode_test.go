package normalize

import (
	"encoding/json"
	"reflect"
	"testing"

	fast "github.com/goccy/go-json"
	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/event"
)

// TestDecodersAgreeOnRecordedItems: the fast decoder reads every recorded record as encoding/json does.
func TestDecodersAgreeOnRecordedItems(t *testing.T) {
	for i, it := range recordedItems(t) {
		if testing.Short() && i%20 != 0 {
			continue
		}
		m, err := event.Encode(it.raw)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := event.Decode(&m)
		if err != nil {
			t.Fatal(err)
		}
		quick, err := decode(&m)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(slow, quick) {
			t.Fatalf("%s: the record reads otherwise by encoding/json", it.raw.Key)
		}
		var a, b ghContent
		if err := json.Unmarshal(it.raw.Content, &a); err != nil {
			t.Fatal(err)
		}
		if err := fast.Unmarshal(it.raw.Content, &b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			d := cmp.Diff(a, b, cmp.AllowUnexported(ghEvent{}, account{}))
			t.Fatalf("%s: content (-encoding/json +ours):\n%s", it.raw.Key, d)
		}
	}
}

// FuzzValidJSON: validJSON accepts what encoding/json accepts, but for depth.
func FuzzValidJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"x\n\u00ff"],"b":{}}`, ` [] `, `"`, `"\u12"`, `01`, `-`, `1.`, `1e`, `{"a" 1}`, `{"a":1,}`, `[1,]`, `tru`, `nullx`,
		"\"a\tb\"", "\"12345678901234567890\x01\"", `"1234567\"89"`, `{} {}`, ``, `{1:2}`, `"\x"`, "\"é\"", `0`, `-0`, `1E-2`, "[\"\x7f\x80\xff\"]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := validJSON(b), json.Valid(b); got != want {
			t.Errorf("%q: %v, encoding/json says %v", b, got, want)
		}
	})
}

func TestValidJSONIsNotTooDeep(t *testing.T) {
	deep := make([]byte, 1<<20)
	for i := range deep {
		deep[i] = '['
	}
	if validJSON(deep) {
		t.Error("a million brackets are accepted")
	}
}
