package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// kindNames is of a project; name "": value: names.
const kindNames = "names"

// names is what was remembered of the names that items bear.
type names struct {
	Of   map[string]string `json:"of"`            // by the tracker's id of what is named; nil: not asked for yet
	Told time.Time         `json:"told,omitzero"` // when they were asked for because a delivery told of a change
}

// namesGap is between two readings of names that deliveries ask for: who tidies labels deletes many, one by one, and each
// time all items are listed.
const namesGap = 5 * time.Minute

// Namer is a [Source] in which what items bear, a label or a milestone, can get another name or be deleted without any item
// being changed by it, as far as its lists tell.
type Namer interface {
	Enumerator
	// Named tells what the labels and milestones of a project are called now, by an id that no renaming changes.
	Named(ctx context.Context, p Project) (map[string]string, error)
}

// namesRef is the Ref of a stub that is due when the names of a project changed in a way that no item tells.
const namesRef = "names/"

// NamesStub returns the stub that is due for all items of a project that bear a name that changed or is gone, see [NewDue].
func NamesStub(project string) Stub { return Stub{Ref: namesRef, Key: project + ":"} }

// names reads the items whose labels or milestones have other names now than when they were read. It asks for the names as
// often as items are counted, and for the items only where a name that was there is another or is gone.
func (w *worker) names(ctx context.Context, at bool) error {
	src, ok := w.src.(Namer)
	if !ok {
		return nil
	}
	v, last := w.st.value(w.src.Name(), w.p.Name, kindNames, "")
	if last.IsZero() { // everything was just read with the names of today
		return w.remember(ctx, w.progress(kindNames, "", names{}))
	}
	if !at && w.Now().Sub(last) < w.Census {
		return nil
	}
	now, err := src.Named(ctx, w.p)
	if err != nil {
		return err
	}
	var before names
	_ = json.Unmarshal(v, &before) // another version's: items are compared
	first := before.Of == nil      // of an item that was read by a version that kept no names nothing better is known than what it bears now
	changed := first
	for id, name := range before.Of {
		changed = changed || now[id] != name
	}
	if changed {
		// Listed after the names, whatever a census listed before: else a change between the two is remembered as seen, and its
		// items are not.
		listed, err := src.Enumerate(ctx, w.p)
		if err != nil {
			return err
		}
		var read []Stub
		var adopt []*event.Progress
		for _, e := range listed {
			id, k, ok := w.st.byRef(w.src.Name(), w.p.Name, e.Ref)
			is := bears(e.Bears)
			switch {
			case !ok || k.Removed != "" || k.Bears == is || w.failed(e.Stub):
			case k.Bears == "" && first && k.Updated.Equal(e.Updated):
				k.Bears = is
				adopt = append(adopt, w.progress(kindDigest, id, k))
			default:
				read = append(read, e.Stub)
			}
		}
		for some := range slices.Chunk(adopt, 1000) {
			if err := w.remember(ctx, some...); err != nil {
				return err
			}
		}
		if err := w.read(ctx, read); err != nil {
			return err
		}
	}
	if at {
		before.Told = w.Now().UTC().Truncate(time.Millisecond)
	}
	return w.remember(ctx, w.progress(kindNames, "", names{Of: now, Told: before.Told}))
}

// namesLater says that deliveries had the names read just now: what asks for them again waits.
func (w *worker) namesLater() bool {
	v, _ := w.st.value(w.src.Name(), w.p.Name, kindNames, "")
	var n names
	return json.Unmarshal(v, &n) == nil && w.Now().Sub(n.Told) < namesGap
}

// bears stands for the names that an item bears; empty: it is not told which.
func bears(list []string) string {
	if list == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(list)), "\x00")))
	return hex.EncodeToString(sum[:8])
}
