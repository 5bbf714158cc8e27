package simulate

import (
	"fmt"
	"strings"
)

// Recategorise puts a status of Jira into another category (new, indeterminate or done), as an administrator does: every
// issue in it is shown so from then on, none counts as updated, and no changelog tells.
func (d *Dataset) Recategorise(status, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var target Object
	for _, s := range statuses {
		if c := object(s["statusCategory"]); text(c["key"]) == to {
			target = c
		}
	}
	old := byName(d.statuses(), status)
	if old == nil || target == nil {
		return fmt.Errorf("no status %q, or no category %q", status, to)
	}
	now := with(old, "statusCategory", target)
	if d.moved == nil {
		d.moved = map[string]Object{}
	}
	d.moved[strings.ToLower(status)] = now
	for _, i := range d.issues {
		if at2(i.fields["status"], "id") == now["id"] {
			i.fields = with(i.fields, "status", now)
		}
	}
	return nil
}

// statuses are those of generated projects as they are now. The caller holds d.mu.
func (d *Dataset) statuses() []Object {
	out := make([]Object, len(statuses))
	for n, s := range statuses {
		if out[n] = s; d.moved[strings.ToLower(text(s["name"]))] != nil {
			out[n] = d.moved[strings.ToLower(text(s["name"]))]
		}
	}
	return out
}
