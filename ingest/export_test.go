package ingest

import "context"

// Paced makes runs pass over projects that are quiet, as those of Poll do.
func Paced(o Options, src Source, st *State) Options {
	o.pace = &pace{changed: st.lastChanges(src.Name())}
	return o
}

// Refresh reads what is due in a project, as Poll does between two runs.
func Refresh(ctx context.Context, src Source, st *State, log Log, o Options, project string) error {
	return (&run{o.filled(), src, st, log}).refresh(ctx, []Project{{Name: project}})
}

// ForgetBears leaves a state as a version does that keeps no names of items.
func (s *State) ForgetBears() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range s.known {
		v.Bears = ""
		s.known[k] = v
	}
	for k := range s.records {
		if k.kind == kindNames {
			delete(s.records, k)
		}
	}
}
