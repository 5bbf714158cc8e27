package retro

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// drawing is an SVG in the making. Colours are classes of the page, so that they follow its style and print; whatever a
// colour says stands as text beside it.
type drawing struct {
	strings.Builder
	id   string
	w, h float64
}

func draw(id string, w, h float64) *drawing { return &drawing{id: id, w: w, h: h} }

func (d *drawing) rect(class string, x, y, w, h float64) {
	fmt.Fprintf(d, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, x, y, math.Max(0, w), math.Max(0, h))
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (d *drawing) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(d, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, template.HTMLEscapeString(s))
}

// chart closes the drawing.
func (d *drawing) chart(title, desc string) chart {
	return chart{Title: title, Text: desc, SVG: template.HTML(fmt.Sprintf(
		`<svg role="img" viewBox="0 0 %.0f %.0f" aria-labelledby="%s-t %s-d" style="max-width:%.0fpx;min-width:%.0fpx"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>%s</svg>`,
		d.w, d.h, d.id, d.id, d.w, math.Min(d.w, 480), d.id, template.HTMLEscapeString(title), d.id, template.HTMLEscapeString(desc), d.String()))}
}

// bar draws a category's actual share as a bar, its planned one as a mark across it.
func (d *drawing) bar(a *Allocation, x, y, width, height float64) {
	d.rect("track", x, y, width, height)
	if a.Observed != nil {
		d.rect("actual", x, y+height/4, width*math.Min(1, float64(*a.Observed)), height/2)
	}
	if a.Planned != nil {
		at := x + width*math.Min(1, float64(*a.Planned))
		d.line("planned", at, y, at, y+height)
	}
	if a.Planned != nil && a.GapLow != nil && a.GapHigh != nil {
		in := func(g F) float64 { return x + width*math.Max(0, math.Min(1, float64(*a.Planned+g))) }
		low, high, mid := in(*a.GapLow), in(*a.GapHigh), y+height/2
		d.line("range", low, mid, high, mid)
		d.line("range", low, mid-height/8, low, mid+height/8)
		d.line("range", high, mid-height/8, high, mid+height/8)
	}
}

// bullets compare plan and actual of each category.
func (n *Numbers) bullets() chart {
	var all []*Allocation
	for i := range n.Allocation {
		if !remains(n.Allocation[i].Category) {
			all = append(all, &n.Allocation[i])
		}
	}
	const left, width, step = 150, 400, 34
	d := draw("bullets", left+width+60, float64(len(all)*step+28))
	for i, a := range all {
		y := float64(i * step)
		d.text("name", "end", left-10, y+20, plain(a.Category))
		d.bar(a, left, y+4, width, 24)
		d.text("value", "start", left+width+8, y+20, share(a.Observed))
	}
	y := float64(len(all) * step)
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		d.line("tick", left+width*v, y, left+width*v, y+4)
		d.text("axis", "middle", left+width*v, y+18, share(pointer(v)))
	}
	return d.chart("Plan versus actual", "Bars: actual shares of the placed time. Marks across them: planned shares. Thin lines: where the actual share may lie.")
}

// stacked are the days of each week by quadrant.
func (n *Numbers) stacked() chart {
	const left, height, top = 40, 180, 26
	weeks := float64(len(n.Weeks))
	step := math.Min(44, 600/math.Max(1, weeks))
	d := draw("stacked", 660, height+top+34)
	most := 1.
	for _, w := range n.Weeks {
		sum := 0.
		for _, v := range w.Mix.by() {
			sum += float64(v)
		}
		most = math.Max(most, sum)
	}
	x := 0.
	for _, q := range quadrants {
		d.rect(q, x, 2, 10, 10)
		d.text("axis", "start", x+14, 11, plain(q))
		x += 26 + 6.2*float64(len(q))
	}
	for _, v := range []float64{0, 0.5, 1} {
		y := top + height*(1-v)
		d.line("grid", left, y, left+step*weeks, y)
		d.text("axis", "end", left-4, y+4, fmt.Sprintf("%.0f", most*v))
	}
	for i, w := range n.Weeks {
		y := float64(top + height)
		x := left + step*float64(i)
		for j, v := range w.Mix.by() {
			h := height * float64(v) / most
			y -= h
			d.rect(quadrants[j], x+2, y, step-4, h)
		}
		if len(n.Weeks) <= 8 || i%2 == 0 {
			d.text("axis", "middle", x+step/2, top+height+16, w.Week[5:])
		}
	}
	return d.chart("Work mix by week", "Person-days of each week, stacked by quadrant, in the order of the key; the table has the numbers.")
}

// path is the way of the vector over the quarters.
func (n *Numbers) path() chart {
	const left, top, side = 40, 10, 260
	d := draw("path", left+side+20, top+side+40)
	d.rect("track", left, top, side, side)
	d.line("grid", left+side/2, top, left+side/2, top+side)
	d.line("grid", left, top+side/2, left+side, top+side/2)
	for _, c := range []struct {
		name, anchor string
		x, y         float64
	}{
		{"forced, short", "start", left + 4, top + 14},
		{"forced, long", "end", left + side - 4, top + 14},
		{"discretionary, short", "start", left + 4, top + side - 6},
		{"discretionary, long", "end", left + side - 4, top + side - 6},
	} {
		d.text("axis", c.anchor, c.x, c.y, c.name)
	}
	at := func(long, forced *F) (float64, float64) {
		return left + side*float64(*long), top + side*(1-float64(*forced))
	}
	var px, py float64
	begun := false
	for i, p := range n.Vector.Path {
		if p.Forced == nil || p.Long == nil {
			continue
		}
		x, y := at(p.Long, p.Forced)
		if begun {
			d.line("way", px, py, x, y)
		}
		if p.LongLow != nil && p.ForcedLow != nil {
			x1, y1 := at(p.LongLow, p.ForcedLow)
			x2, y2 := at(p.LongHigh, p.ForcedHigh)
			d.rect("cloud", x1, y2, x2-x1, y1-y2)
		}
		last := i == len(n.Vector.Path)-1
		r, class := 3., "stop"
		if last {
			r, class = 6, "here"
		}
		fmt.Fprintf(d, `<circle class="%s" cx="%.1f" cy="%.1f" r="%.0f"/>`, class, x, y, r)
		if last || !begun {
			d.text("value", "start", x+9, y+4, map[bool]string{true: n.Quarter, false: p.From[:7]}[last])
		}
		px, py, begun = x, y, true
	}
	if n.Vector.DesiredForced != nil && n.Vector.DesiredLong != nil {
		x, y := at(n.Vector.DesiredLong, n.Vector.DesiredForced)
		d.line("desired", x-6, y-6, x+6, y+6)
		d.line("desired", x-6, y+6, x+6, y-6)
		d.text("axis", "start", x+9, y+4, "desired")
	}
	d.text("axis", "middle", left+side/2, top+side+22, "short  →  long")
	fmt.Fprintf(d, `<text class="axis" text-anchor="middle" transform="translate(%d %d) rotate(-90)">discretionary  →  forced</text>`, left-14, top+side/2)
	return d.chart("Where the work lies", "The mean of the work on the grid, forced upwards and long to the right, over four quarters; the filled point is this quarter, a cross the desired position.")
}

// backlog is the forced backlog by week.
func (n *Numbers) backlog() chart {
	const left, top, width, height = 40, 10, 600, 120
	d := draw("backlog", left+width+20, top+height+30)
	most := 1.
	for _, w := range n.Digging.Series {
		most = math.Max(most, math.Max(float64(w.Backlog), float64(w.Inflow)))
	}
	for _, v := range []float64{0, 0.5, 1} {
		y := top + height*(1-v)
		d.line("grid", left, y, left+width, y)
		d.text("axis", "end", left-4, y+4, fmt.Sprintf("%.0f", most*v))
	}
	step := width / float64(len(n.Digging.Series))
	var points []string
	for i, w := range n.Digging.Series {
		x := left + step*(float64(i)+0.5)
		h := height * float64(w.Inflow) / most
		d.rect("inflow", x-step/4, top+height-h, step/2, h)
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, top+height*(1-float64(w.Backlog)/most)))
		if i%4 == 0 {
			d.text("axis", "middle", x, top+height+16, w.Week[5:])
		}
	}
	fmt.Fprintf(d, `<polyline class="way" points="%s"/>`, strings.Join(points, " "))
	return d.chart("Forced backlog and inflow", "Line: forced items open at each week's end. Bars: forced items that came in.")
}

// multiples are the bullets of each team, small.
func (n *Numbers) multiples() chart {
	const left, width, cols = 0, 190, 3
	categories := []string{"user_asks", "platform_quality", "key_initiatives"}
	const cell, high = 220, 96
	// groups begin a row of their own
	type place struct {
		x, y float64
		t    *Team
	}
	var all []place
	d := draw("multiples", cell*cols, 0)
	y, col := 0., 0
	for i := range n.Teams {
		t := &n.Teams[i]
		if i == 0 || t.Group != n.Teams[i-1].Group {
			if col > 0 {
				y += high
			}
			col = 0
			d.text("group", "start", 0, y+16, named(t.Group, "no group"))
			y += 24
		}
		if col == cols {
			col = 0
			y += high
		}
		all = append(all, place{float64(col * cell), y, t})
		col++
	}
	d.h = y + high
	for _, p := range all {
		d.text("name", "start", p.x, p.y+12, p.t.Name)
		for j, c := range categories {
			for k := range p.t.Allocation {
				if a := &p.t.Allocation[k]; a.Category == c {
					d.bar(a, p.x+left+30, p.y+20+float64(j*22), width-70, 16)
					d.text("axis", "start", p.x+left+width-36, p.y+32+float64(j*22), share(a.Observed))
				}
			}
			d.text("axis", "start", p.x, p.y+32+float64(j*22), []string{"asks", "qual.", "init."}[j])
		}
	}
	return d.chart("Plan versus actual of each team", "For each team the actual shares of user asks, platform quality and key initiatives as bars, and the planned ones as marks; the tables have the numbers.")
}
