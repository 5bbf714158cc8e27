package normalize

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// linkKey names a link from this side: the tracker's words, in lower case, and the other issue's key.
type linkKey struct{ says, other string }

// toldLinks returns when each link stood, as the changelog tells: items of the field "Link" such as
// "This issue blocks OPS-1".
func (j *jiraFold) toldLinks(entries []jiraEntry) map[linkKey][]span {
	told := map[linkKey][]span{}
	for i := range entries {
		e := &entries[i]
		if e.slot != slotNone || !strings.EqualFold(e.Field, "Link") {
			continue
		}
		at := e.history.Created.Time
		if key := linkWords(string(e.FromString), string(e.From)); key.other != "" {
			told[key] = endSpan(told[key], j.created, at)
		}
		if key := linkWords(string(e.ToString), string(e.To)); key.other != "" {
			told[key] = append(told[key], span{from: at})
		}
	}
	return told
}

// endSpan ends the last span at an instant; one that is not known to have begun began with the issue.
func endSpan(spans []span, created, at time.Time) []span {
	if n := len(spans); n > 0 && spans[n-1].to == nil {
		spans[n-1].to = &at
		return spans
	}
	if at.Before(created) {
		created = at
	}
	return append(spans, span{created, &at})
}

// linkWords reads "This issue is blocked by OPS-1" with the key OPS-1.
func linkWords(says, key string) linkKey {
	if jiraKey(key) != len(key) || key == "" {
		return linkKey{}
	}
	says = fold(strings.ReplaceAll(says, key, ""))
	return linkKey{fold(strings.TrimPrefix(says, "this issue")), key}
}

func sortedLinks(told map[linkKey][]span) []linkKey {
	return slices.SortedFunc(maps.Keys(told), func(a, b linkKey) int {
		return cmp.Or(cmp.Compare(a.other, b.other), cmp.Compare(a.says, b.says))
	})
}
