package normalize

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

func TestMentions(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                  nil,
		"see #12 and OPS-7.":                {"mentions acme/api#12", "mentions OPS-7"},
		"Fixes #12, closes: acme/web#3":     {"closes acme/api#12", "closes acme/web#3"},
		"FIXED OPS-7":                       {"closes OPS-7"},
		"fixes #1 #2":                       {"closes acme/api#1", "mentions acme/api#2"},
		"prefixes #12":                      {"mentions acme/api#12"},
		"#12 then fixes #12":                {"closes acme/api#12"},
		"a#12 &#39; #0 #12x ##":             nil,
		"UTF-8, SHA-256, CVE-2024-1234":     nil,
		"2024-01-02 X-1 ops-7 OPS-07":       nil,
		"ops/OPS-12-crash":                  {"mentions OPS-12"},
		"feature/OPS-12_crash OPS-12é":      nil,
		"https://example.org/a/b/issues/12": {"mentions a/b#12"},
		"Closes https://x.org/a/b/pull/3#issuecomment-1.":                 {"closes a/b#3"},
		"[#4](https://x.org/acme/api/pull/4) (https://j.org/browse/AB-9)": {"mentions acme/api#4", "mentions AB-9"},
		"https://example.org/#12 x":                                       nil,
		"fixes [#4](https://x.org/acme/api/issues/4)":                     {"closes acme/api#4"},
	} {
		var got []string
		for _, m := range mentions(text, "acme/api", true) {
			got = append(got, string(m.relation)+" "+m.key)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
	if got := mentions("fixes #12", "OPS", true); got != nil {
		t.Errorf("#12 in a Jira project: %v, want none", got)
	}
	if got := mentions("fixes OPS-1", "OPS", false); len(got) != 1 || got[0].relation != event.RelationMentions {
		t.Errorf("without closing: %v", got)
	}
}

func TestMentionsOfAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-zA-Z]{0,7}[ #/:\[]{0,2}[A-Z]{0,3}[-#]?[0-9]{0,4}){0,6}`)).Draw(t, "text")
		for _, m := range mentions(text, "a/b", true) {
			if m.key == "" {
				t.Fatalf("an empty key in %q", text)
			}
		}
	})
}
