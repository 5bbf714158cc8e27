package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// pageSize is how many items a page lists.
const pageSize = 50

// filter is a field of the form over the items: a parameter of the question, free text or one of some values.
type filter struct {
	Name, Text, Value string
	Options           []string
}

// itemsPage is the list of items that match the filters.
type itemsPage struct {
	Filters            []filter
	Panel              *panel
	First, Last, Total int64
	Previous, Next     string // addresses; empty: there is no such page
	Rows               []itemRow
}

// itemRow is an item of the list.
type itemRow struct {
	Path, Key, Title, Kind, State, Team, Quadrant, Forced, Long, Confidence, Category, Updated string
}

var (
	kinds     = strings.Fields("issue incident pull_request")
	states    = strings.Fields("open in_progress done dropped")
	quadrants = strings.Fields("forced_short forced_long discretionary_short discretionary_long undetermined")
	sorts     = strings.Fields("updated created oldest forced long confidence key")
)

func (s *server) items(w http.ResponseWriter, r *http.Request) {
	in := given(r)
	page, err := strconv.Atoi(in["page"])
	if in["page"] == "" {
		page, err = 1, nil
	}
	if err != nil || page < 1 || page > 1_000_000 {
		s.fail(w, r, http.StatusBadRequest, fmt.Errorf("page %q is not a number from 1 on", in["page"]))
		return
	}
	delete(in, "page")
	asked := map[string]string{"limit": strconv.Itoa(pageSize), "offset": strconv.Itoa((page - 1) * pageSize)}
	for k, v := range in {
		if k == "limit" || k == "offset" {
			s.fail(w, r, http.StatusBadRequest, fmt.Errorf("the list takes page=2 rather than %s", k))
			return
		}
		asked[k] = v
	}
	teams := s.ask(r.Context(), "teams", nil)
	v := &itemsPage{}
	var status int
	v.Panel, status = s.orLater(r.Context(), "items", asked)
	v.Panel.Title, v.Panel.Lead, v.Panel.Empty = "", "", "No item matches: take a filter away."
	v.Filters = []filter{
		{"text", "Key or title", in["text"], nil},
		{"team", "Team", in["team"], teams.column("id")},
		{"kind", "Kind", in["kind"], kinds},
		{"state", "State", in["state"], states},
		{"quadrant", "Quadrant", in["quadrant"], quadrants},
		{"project", "Project", in["project"], nil},
		{"category", "Category", in["category"], nil},
		{"label", "Label", in["label"], nil},
		{"sort", "Order", in["sort"], sorts},
	}
	p := v.Panel
	for i := range p.Rows {
		v.Rows = append(v.Rows, itemRow{
			"/items/" + p.cell(i, "item_id"), p.cell(i, "key"), p.cell(i, "title"), p.cell(i, "kind"), p.cell(i, "state"), p.cell(i, "team"), p.cell(i, "quadrant"),
			p.cell(i, "forced"), p.cell(i, "long"), p.cell(i, "confidence"), p.cell(i, "category"), day(p.cell(i, "updated_at")),
		})
	}
	if len(p.Rows) > 0 {
		v.Total = p.number(0, "matching")
		v.First = int64(page-1)*pageSize + 1
		v.Last = v.First + int64(len(p.Rows)) - 1
	}
	if page > 1 {
		v.Previous = itemsLink(v.Filters, page-1)
	}
	if v.Last < v.Total {
		v.Next = itemsLink(v.Filters, page+1)
	}
	s.render(w, r, status, "items", "Items", "/items", v)
}

func itemsLink(filters []filter, page int) string {
	v := values{}
	for _, f := range filters {
		if f.Value != "" {
			v.add(f.Name, f.Value)
		}
	}
	if page > 1 {
		v.add("page", strconv.Itoa(page))
	}
	return "/items?" + v.String()
}

// column is the texts of a column.
func (p *panel) column(name string) []string {
	var out []string
	for i := range p.Rows {
		out = append(out, p.cell(i, name))
	}
	return out
}

// day is the date of a time, which is enough in a list.
func day(at string) string {
	d, _, _ := strings.Cut(at, " ")
	return d
}
