package effort

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// manyProjects is from how many projects on all are counted: their list is part of a statement.
const manyProjects = 500

// Coverage counts again what the log holds and the tables show, of the projects alone in which something was stored or derived since
// the last count.
func (j *Job) Coverage(ctx context.Context) error {
	j.items.Lock()
	defer j.items.Unlock()
	rows, err := j.db.Texts(ctx, j.s.CoverageState, nil)
	if err != nil {
		return fmt.Errorf("effort: how far the coverage is counted: %w", err)
	}
	generation, since, seen, last := rows[0][0], rows[0][1], rows[0][2], rows[0][3]
	inputs, decided, started := rows[0][4], rows[0][5], rows[0][6]
	if seen == inputs {
		return nil
	}
	before, err := strconv.ParseUint(generation, 10, 64)
	if err != nil {
		return fmt.Errorf("effort: generation of the last count of the coverage: %w", err)
	}
	touched, err := strconv.Atoi(rows[0][7])
	if err != nil {
		return fmt.Errorf("effort: how much came since the last count of the coverage: %w", err)
	}
	number, err := next(before, started)
	if err != nil {
		return err
	}
	params := map[string]string{"generation": number}
	sql := j.s.AllCoverage
	if seen != "" && touched <= many {
		changed, err := j.db.Texts(ctx, j.s.CoverageChanged, map[string]string{"since": since, "last": last})
		if err != nil {
			return fmt.Errorf("effort: which projects changed: %w", err)
		}
		if len(changed) <= manyProjects {
			projects := make([]string, len(changed))
			for i, c := range changed {
				projects[i] = c[0]
			}
			sql, params["projects"] = j.s.Coverage, "["+strings.Join(projects, ",")+"]"
		}
	}
	if err := j.db.Exec(ctx, sql, params); err != nil {
		return fmt.Errorf("effort: count the coverage: %w", err)
	}
	mark := map[string]string{"name": "coverage", "days": array([]string{none}), "generation": params["generation"], "inputs": inputs, "decided": decided, "started": started}
	if err := j.db.Exec(ctx, j.s.Mark, mark); err != nil {
		return fmt.Errorf("effort: mark what was counted of the coverage: %w", err)
	}
	return nil
}
