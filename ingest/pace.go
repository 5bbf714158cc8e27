package ingest

import (
	"sync"
	"time"
)

const (
	// paceQuiet is the part of the time since its last change that a project may go without being asked about.
	paceQuiet = 12
	// paceMost is how many times [Options.Every] a project goes without being asked about at most.
	paceMost = 8
)

// pace says which projects are asked about in a round: one that changed lately in each, one that has been quiet more and
// more rarely. What a webhook tells is read at once in any case, and so is no reason to ask more often: a project of which
// webhooks tell everything is as good as quiet. Once a round finds what no delivery told, it is asked about in each again.
// It lives as long as the process.
type pace struct {
	mu      sync.Mutex
	asked   map[string]time.Time // by project: when the last reading of it began
	changed map[string]time.Time // by project: the newest change that is known but by a delivery
}

// due says whether a project is to be asked about in a round that begins now, and takes note that it is.
func (p *pace) due(project string, now time.Time, every time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, ok := p.asked[project]
	// A round begins a little early or late.
	if ok && now.Sub(last) < interval(now.Sub(p.changed[project]), every)-every/4 {
		return false
	}
	if p.asked == nil {
		p.asked = map[string]time.Time{}
	}
	p.asked[project] = now
	return true
}

// interval is how often a project that has been quiet for so long is asked about.
func interval(quiet, every time.Duration) time.Duration {
	return min(max(quiet/paceQuiet, every), paceMost*every)
}

// change takes note of a change of a project.
func (p *pace) change(project string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = map[string]time.Time{}
	}
	if at.After(p.changed[project]) {
		p.changed[project] = at
	}
}

// again makes a project due in the next round: it was not read to its end.
func (p *pace) again(project string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.asked, project)
}

// lastChanges says by project when the newest update was that the log has of it.
func (s *State) lastChanges(source string) map[string]time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]time.Time{}
	for k, v := range s.known {
		if k.source == source && v.Updated.After(out[v.project]) {
			out[v.project] = v.Updated
		}
	}
	return out
}
