package simulate

// Quadrant is a cell of the grid of forced or discretionary, short or long work.
type Quadrant string

// The quadrants.
const (
	ForcedShort        Quadrant = "forced_short"
	ForcedLong         Quadrant = "forced_long"
	DiscretionaryShort Quadrant = "discretionary_short"
	DiscretionaryLong  Quadrant = "discretionary_long"
)

// organisation is who and what a generated dataset is about.
type organisation struct{}

// statuses are the statuses of the generated Jira projects.
var statuses = []Object{}
