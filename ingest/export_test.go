package ingest

// Paced makes runs pass over projects that are quiet, as those of Poll do.
func Paced(o Options, src Source, st *State) Options {
	o.pace = &pace{changed: st.lastChanges(src.Name())}
	return o
}
