package simulate

import "time"

// step is something that will happen to a dataset.
type step struct {
	at time.Time
	do func()
}

// Advance lets everything happen that a generated dataset has in store up to a time.
func (d *Dataset) Advance(now time.Time) {
	d.mu.RLock()
	due := len(d.future) > 0 && !d.future[0].at.After(now)
	d.mu.RUnlock()
	if !due {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.future) > 0 && !d.future[0].at.After(now) {
		s := d.future[0]
		d.future = d.future[1:]
		s.do()
	}
}
