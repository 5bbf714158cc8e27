// Draws a chart from the table behind it, so that both always tell the same. A chart is an element with
// data-chart (one of kinds below), data-table (the table's id) and the columns' names in data-x, data-y, data-series,
// data-size, data-label. data-marks names a second table, of what happened when: it is marked over the first.
import * as echarts from "echarts/core";
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const quadrants = ["forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined", "unallocated"];
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** rows reads a table of the page: one object a row, numbers where the column is of numbers. */
function rows(id) {
  const table = document.getElementById(id);
  if (!table) return [];
  const heads = [...table.tHead.rows[0].cells].map((th) => ({ name: th.dataset.column ?? th.textContent, number: th.classList.contains("n") }));
  return [...table.tBodies[0].rows].map((tr) =>
    Object.fromEntries(heads.map((h, i) => {
      const text = tr.cells[i].textContent;
      return [h.name, h.number ? (text === "" ? null : Number(text)) : text];
    })));
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const percent = (v) => (v == null ? "none" : `${Math.round(v * 1000) / 10}%`);
const number = (v) => (v == null ? "none" : String(Math.round(v * 100) / 100));
const words = (s) => s.replaceAll("_", " ");
const unique = (list) => [...new Set(list)];

function palette() {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((n) => color(`series-${n}`));
}

function base() {
  const text = color("text"), line = color("line");
  const axis = { axisLabel: { color: text, hideOverlap: true }, nameTextStyle: { color: text }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
  return {
    axis,
    option: {
      animation: !still.matches,
      color: palette(),
      textStyle: { color: text, fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 12, right: 16, top: 48, bottom: 8, containLabel: true },
      legend: { type: "plain", top: 0, left: 0, textStyle: { color: text }, itemGap: 12, itemHeight: 10, itemWidth: 14 },
      // Rich text is drawn, not parsed: a title with markup in it stays a title.
      tooltip: { renderMode: "richText", confine: true, backgroundColor: color("soft"), borderColor: line, textStyle: { color: text, fontSize: 13 } },
    },
  };
}

const ruler = document.createElement("canvas").getContext("2d");

/** fit makes room for the rows that a legend takes; one of very many names is a row to page through. */
function fit(option, wide) {
  if (option.legend.show === false) return;
  const names = unique(option.series.map((s) => s.name).filter((n) => n !== undefined));
  ruler.font = `12px ${option.textStyle.fontFamily}`;
  let lines = 1, at = 0;
  for (const n of names) {
    const w = option.legend.itemWidth + 5 + ruler.measureText(n).width + option.legend.itemGap;
    if (at > 0 && at + w > wide - 10) [lines, at] = [lines + 1, 0];
    at += w;
  }
  if (lines > 4) {
    Object.assign(option.legend, { type: "scroll", right: 0, pageTextStyle: option.legend.textStyle, pageIconColor: color("link"), pageIconInactiveColor: color("line") });
    lines = 1;
  }
  option.grid.top += 20 * (lines - 1);
}

function stacked(d, all) {
  const { option, axis } = base();
  const xs = unique(all.map((r) => r[d.x]));
  let names = unique(all.map((r) => r[d.series]));
  if (names.every((n) => quadrants.includes(n))) names = quadrants.filter((q) => names.includes(q));
  const at = new Map(all.map((r) => [`${r[d.x]}\n${r[d.series]}`, r[d.y]]));
  const share = d.unit === "share";
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "axis", valueFormatter: share ? percent : number },
    xAxis: { ...axis, type: "category", data: xs, splitLine: { show: false } },
    yAxis: { ...axis, type: "value", max: share ? 1 : undefined, axisLabel: { ...axis.axisLabel, formatter: share ? percent : undefined } },
    series: [...names.map((n) => ({
      name: words(n), type: "bar", stack: "all", barCategoryGap: "12%",
      itemStyle: quadrants.includes(n) ? { color: color(n) } : {},
      data: xs.map((x) => at.get(`${x}\n${n}`) ?? 0),
    })), ...marks(d, xs)],
  };
}

/** marks are the incidents and plan freezes of a second table, each at the last place of the axis that is not after it. */
function marks(d, xs) {
  const placed = { incident: new Map(), plan_frozen: new Map() };
  for (const r of d.marks ? rows(d.marks) : []) {
    const x = xs.findLast((x) => x <= r.day);
    if (x !== undefined) placed[r.event].set(x, [...(placed[r.event].get(x) ?? []), r]);
  }
  const text = color("text");
  const strokes = [...placed.plan_frozen].map(([x, all]) => ({ xAxis: x, name: unique(all.flatMap((r) => r.what.split(", "))).join(", ") }));
  const incidents = [...placed.incident].map(([x, all]) => ({ value: [x, 0], count: all.reduce((sum, r) => sum + r.n, 0) }));
  const most = Math.max(10, ...incidents.map((i) => i.count));
  return [
    ...(strokes.length > 0 ? [{
      name: "plan frozen", type: "line", data: [], color: text,
      markLine: { symbol: "none", silent: true, lineStyle: { color: text, type: "dashed" }, label: { formatter: "{b}", color: text, backgroundColor: color("page"), padding: [1, 3], fontSize: 10, position: "insideEndTop" }, data: strokes },
    }] : []),
    ...(incidents.length > 0 ? [{
      name: "incidents", type: "scatter", color: color("bad"), symbol: "triangle", data: incidents, z: 6,
      symbolSize: (_, { data }) => 6 + 10 * Math.sqrt(data.count / most), itemStyle: { borderColor: color("page"), borderWidth: 1 },
      tooltip: { valueFormatter: (_, i) => String(incidents[i]?.count ?? "") },
    }] : []),
  ];
}

/** field is the investment grid itself: long to the right, forced upwards, the border at a half. */
function field() {
  const { option, axis } = base();
  const side = (name) => ({ ...axis, type: "value", min: 0, max: 1, name, nameLocation: "middle", interval: 0.25 });
  return {
    ...option,
    grid: { ...option.grid, left: 36, bottom: 28, top: 64 },
    xAxis: { ...side("short ← horizon → long"), nameGap: 28 },
    yAxis: { ...side("chosen ← drive → forced"), nameGap: 40 },
    background: {
      type: "scatter", silent: true, data: [], legendHoverLink: false,
      markLine: { symbol: "none", silent: true, label: { show: false }, lineStyle: { color: color("faint"), type: "solid" }, data: [{ xAxis: 0.5 }, { yAxis: 0.5 }] },
      markArea: {
        silent: true, itemStyle: { color: "transparent" }, label: { color: color("faint"), fontSize: 12 },
        data: [
          [{ name: "forced, short", coord: [0, 0.5], label: { position: "insideTopLeft" } }, { coord: [0.5, 1] }],
          [{ name: "forced, long", coord: [0.5, 0.5], label: { position: "insideTopRight" } }, { coord: [1, 1] }],
          [{ name: "chosen, short", coord: [0, 0], label: { position: "insideBottomLeft" } }, { coord: [0.5, 0.5] }],
          [{ name: "chosen, long", coord: [0.5, 0], label: { position: "insideBottomRight" } }, { coord: [1, 0.5] }],
        ],
      },
    },
  };
}

/** sure is how opaque a dot is: paler, the fewer of its items have a verdict. */
const sure = (r) => (r.items > 0 && r.determined != null ? 0.25 + 0.55 * (r.determined / r.items) : 0.8);

function grid(d, all) {
  const { background, ...option } = field();
  const placed = all.filter((r) => r[d.x] != null && r[d.y] != null);
  const most = Math.max(1, ...placed.map((r) => r[d.size] ?? 1));
  const groups = unique(placed.map((r) => r[d.series]));
  return {
    ...option,
    tooltip: {
      ...option.tooltip, trigger: "item",
      formatter: ({ data }) => {
        const r = data.row;
        if (!r) return "";
        const because = [r.category && words(r.category), d.size && `${words(d.size)}: ${number(r[d.size])}`, r.determined != null && `${r.determined} of ${r.items} items have a verdict`];
        return [`${r.kind === "initiative" ? "initiative " : ""}${r[d.label]}`, `forced ${number(r[d.y])}, long ${number(r[d.x])}`, ...because.filter(Boolean)].join("\n");
      },
    },
    series: [background, ...groups.map((g) => ({
      name: words(g), type: "scatter",
      itemStyle: { borderColor: color("page"), borderWidth: 1, ...(quadrants.includes(g) ? { color: color(g) } : {}) },
      data: placed.filter((r) => r[d.series] === g).map((r) => ({
        row: r, value: [r[d.x], r[d.y]], itemStyle: { opacity: sure(r) }, symbol: r.kind === "initiative" ? "diamond" : "circle", symbolSize: d.size ? 8 + 36 * Math.sqrt((r[d.size] ?? 0) / most) : 12,
      })),
    }))],
  };
}

/** path draws how each series moved over the grid in its last quarters or months: a line through its points, an arrow at the end, a cross as far as the
 * end may lie elsewhere, a ring where it wants to be. Of one series alone what was before is there, faintly; of very many the last step. */
function path(d, all) {
  const { background, ...option } = field();
  const until = d.until ?? "";
  const placed = all.filter((r) => r[d.x] != null && r[d.y] != null && (until === "" || r[d.label] <= until));
  const names = unique(all.map((r) => r[d.series]));
  const labels = unique(all.map((r) => r[d.label])).filter((l) => until === "" || l <= until).sort();
  const since = labels.at(-(names.length > 12 ? 2 : names.length > 1 ? 4 : 6)) ?? "";
  const colors = palette();
  const paint = (i) => (names[i] === "everybody" ? color("text") : colors[i % colors.length]);
  const told = (data) => data.row ? `${data.row[d.series]} ${data.wanted ? "wants to be" : data.row[d.label]}\nforced ${number(data.value[1])}, long ${number(data.value[0])}${data.row.items == null || data.wanted ? "" : `\n${data.row.items} items`}` : "";
  const bands = [];
  const series = names.flatMap((n, i) => {
    const mine = placed.filter((r) => r[d.series] === n);
    const points = mine.filter((r) => r[d.label] >= since), last = points.at(-1);
    if (last?.forced_low != null && last.long_low != null) bands.push({ row: last, value: [last[d.x], last[d.y]], low: [last.long_low, last.forced_low], high: [last.long_high, last.forced_high], paint: paint(i) });
    const line = {
      name: n, type: "line", color: paint(i), lineStyle: { width: n === "everybody" ? 4 : 2 }, symbol: "circle",
      data: points.map((r, k) => {
        const end = k === points.length - 1, before = points[k - 1];
        const turn = before ? (Math.atan2(r[d.y] - before[d.y], r[d.x] - before[d.x]) * 180) / Math.PI - 90 : 0;
        return { row: r, value: [r[d.x], r[d.y]], symbol: end && before ? "triangle" : "circle", symbolRotate: turn, symbolSize: end ? 16 : 5 };
      }),
    };
    const earlier = mine.filter((r) => names.length === 1 && r[d.label] <= since);
    if (earlier.length < 2) return [line];
    return [line, { name: n, type: "line", silent: true, color: paint(i), lineStyle: { width: 1, opacity: 0.3 }, symbol: "circle", symbolSize: 3, itemStyle: { opacity: 0.3 }, data: earlier.map((r) => [r[d.x], r[d.y]]) }];
  });
  const wanted = names.flatMap((n, i) => {
    const r = all.findLast((r) => r[d.series] === n && r.desired_long != null && r.desired_forced != null);
    return r ? [{ row: r, wanted: true, value: [r.desired_long, r.desired_forced], itemStyle: { color: "transparent", borderColor: paint(i), borderWidth: 2 } }] : [];
  });
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ data }) => told(data) },
    series: [
      background, ...series,
      ...(bands.length > 0 ? [{
        name: "may lie as far as", type: "custom", silent: true, z: 4, color: color("text"), data: bands,
        renderItem: ({ dataIndex }, api) => {
          const { value, low, high, paint } = bands[dataIndex];
          const [x, y] = api.coord(value), [left, bottom] = api.coord(low), [right, top] = api.coord(high);
          const style = { stroke: paint, lineWidth: 1.5, opacity: 0.7 };
          return { type: "group", children: [{ type: "line", shape: { x1: left, y1: y, x2: right, y2: y }, style }, { type: "line", shape: { x1: x, y1: bottom, x2: x, y2: top }, style }] };
        },
      }] : []),
      ...(wanted.length > 0 ? [{ name: "desired", type: "scatter", symbol: "circle", symbolSize: 18, color: color("faint"), data: wanted }] : []),
    ],
  };
}

function plain(d, all, type) {
  const { option, axis } = base();
  const names = d.y.split(",");
  if (type === "bar") { // what is of the same name stands in one bar
    const sums = new Map();
    for (const r of all) {
      const sum = sums.get(r[d.x]) ?? Object.fromEntries([[d.x, r[d.x]], ...names.map((n) => [n, null])]);
      for (const n of names) if (r[n] != null) sum[n] += r[n];
      sums.set(r[d.x], sum);
    }
    all = [...sums.values()];
  }
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "axis", valueFormatter: number },
    xAxis: { ...axis, type: "category", data: all.map((r) => r[d.x]), splitLine: { show: false } },
    yAxis: { ...axis, type: "value" },
    series: names.map((n) => ({ name: words(n), type, symbol: "none", data: all.map((r) => r[n]) })),
  };
}

/** mark is a vertical stroke at a value of a bar's row: what was planned, or where something was to end. */
function mark(name, data, paint) {
  return {
    name, type: "custom", data, z: 5, encode: { x: 0, y: 1 }, itemStyle: { color: paint },
    renderItem: (_, api) => {
      const [x, y] = api.coord([api.value(0), api.value(1)]);
      const half = Math.min(14, api.size([0, 1])[1] * 0.4);
      return { type: "rect", shape: { x: x - 1.5, y: y - half, width: 3, height: 2 * half }, style: { fill: paint } };
    },
  };
}

/** reach is a thin line from the low to the high end of a band. */
function reach(name, data, paint) {
  return {
    name, type: "custom", data, z: 4, encode: { x: [0, 1], y: 2 }, itemStyle: { color: paint },
    renderItem: (_, api) => {
      const [from, y] = api.coord([api.value(0), api.value(2)]), [to] = api.coord([api.value(1), api.value(2)]);
      return { type: "line", shape: { x1: from, y1: y, x2: to, y2: y }, style: { stroke: paint, lineWidth: 1.5 } };
    },
  };
}

/** bullet draws a bar a row, with a mark for what was planned and a line for the band. */
function bullet(d, all) {
  const { option, axis } = base();
  const placed = all.filter((r) => r[d.x] != null);
  const several = unique(placed.map((r) => r[d.series])).length > 1;
  const names = placed.map((r) => (several ? `${r[d.series] || "no team"}: ` : "") + words(r[d.y]));
  const planned = placed.flatMap((r, i) => (r[d.size] == null ? [] : [[r[d.size], i]]));
  const band = placed.flatMap((r, i) => (r.gap_low == null || r[d.size] == null ? [] : [[r[d.size] + r.gap_low, r[d.size] + r.gap_high, i]]));
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: undefined, formatter: ([first]) => {
      const r = placed[first.dataIndex];
      return `${names[first.dataIndex]}\nactual ${percent(r[d.x])}, planned ${percent(r[d.size])}\ngap ${percent(r.gap)} (${percent(r.gap_low)} to ${percent(r.gap_high)})`;
    } },
    xAxis: { ...axis, type: "value", min: 0, axisLabel: { ...axis.axisLabel, formatter: percent } },
    yAxis: { ...axis, type: "category", inverse: true, data: names, splitLine: { show: false } },
    series: [
      { name: "actual", type: "bar", data: placed.map((r) => r[d.x]), barMaxWidth: 18, color: color("series-1") },
      reach("band of the actual share", band, color("text")),
      mark("planned", planned, color("series-2")),
    ],
  };
}

/** waterfall adds up causes, those that take below those before them. */
function waterfall(d, all) {
  const { option, axis } = base();
  let sum = 0;
  const steps = all.filter((r) => r[d.y]).map((r) => ({ name: words(r[d.x]), from: sum, to: (sum += r[d.y]), days: r[d.y] }));
  const bars = [...steps, { name: "all together", from: 0, to: sum, days: sum }];
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ data }) => (data.step ? `${data.step.name}: ${number(data.step.days)} days` : "") },
    legend: { show: false },
    grid: { ...option.grid, top: 32 },
    xAxis: { ...axis, type: "category", data: bars.map((b) => b.name), axisLabel: { ...axis.axisLabel, interval: 0, rotate: 30 }, splitLine: { show: false } },
    yAxis: { ...axis, type: "value", name: "days lost", nameTextStyle: { ...axis.nameTextStyle, align: "left" } },
    series: [{
      type: "custom", data: bars.map((b, i) => ({ step: b, value: [i, b.from, b.to] })), encode: { x: 0, y: [1, 2] },
      renderItem: (_, api) => {
        const [x, from] = api.coord([api.value(0), api.value(1)]), [, to] = api.coord([api.value(0), api.value(2)]);
        const wide = api.size([1, 0])[0] * 0.6, last = api.value(0) === bars.length - 1;
        const paint = last ? color("series-8") : api.value(2) >= api.value(1) ? color("bad") : color("good");
        return { type: "rect", shape: { x: x - wide / 2, y: Math.min(from, to), width: wide, height: Math.max(1, Math.abs(from - to)) }, style: { fill: paint } };
      },
    }],
  };
}

/** timeline draws a bar a row from a day to a day, with a mark at the day that was meant first. */
function timeline(d, all) {
  const { option, axis } = base();
  const day = (s) => Date.parse(`${s}T00:00:00Z`);
  const names = all.map((r) => r[d.label] || r[d.series]);
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ data }) => {
      const r = all[Array.isArray(data) ? data[1] : data.row];
      return `${r[d.label] || r[d.series]}\n${r[d.x]} to ${r[d.y]}, first meant for ${r[d.size]}\n${r.items_done} of ${r.items} items done, ${number(r.effort_days)} days`;
    } },
    legend: { show: false },
    grid: { ...option.grid, top: 16 },
    xAxis: { ...axis, type: "time" },
    yAxis: { ...axis, type: "category", inverse: true, data: names, splitLine: { show: false } },
    series: [
      {
        type: "custom", data: all.map((r, i) => ({ row: i, value: [day(r[d.x]), day(r[d.y]), i] })), encode: { x: [0, 1], y: 2 },
        renderItem: (_, api) => {
          const [from, y] = api.coord([api.value(0), api.value(2)]), [to] = api.coord([api.value(1), api.value(2)]);
          const half = Math.min(10, api.size([0, 1])[1] * 0.3);
          return { type: "rect", shape: { x: from, y: y - half, width: Math.max(2, to - from), height: 2 * half }, style: { fill: color("series-1") } };
        },
      },
      mark("first target", all.map((r, i) => [day(r[d.size]), i]), color("series-2")),
    ],
  };
}

const kinds = { bullet, waterfall, timeline, stack: stacked, grid, path, line: (d, all) => plain(d, all, "line"), bar: (d, all) => plain(d, all, "bar") };

/** walk tells the first point of a chart that is reached by the keyboard, and lets the arrow keys go from point to point, telling each as the pointer would. */
function walk(el, chart) {
  const told = document.createElement("div");
  told.className = "told";
  told.setAttribute("aria-live", "polite");
  el.after(told);
  el.tabIndex = 0;
  let at = -1;
  chart.on("showTip", () => {
    // The tip is drawn after the event.
    requestAnimationFrame(() => { if (document.activeElement === el) told.textContent = el.querySelector("svg g:last-of-type")?.textContent ?? ""; });
  });
  const go = (step) => {
    const points = chart.getOption().series.flatMap((s, seriesIndex) => (s.silent || s.data.length === 0 ? [] : s.data.map((_, dataIndex) => ({ seriesIndex, dataIndex }))));
    if (points.length === 0) return;
    at = (at + step + points.length) % points.length;
    chart.dispatchAction({ type: "showTip", ...points[at] });
  };
  el.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    go(step);
  });
  el.addEventListener("focus", () => { if (at < 0 && el.matches(":focus-visible")) go(1); });
  el.addEventListener("blur", () => { chart.dispatchAction({ type: "hideTip" }); told.textContent = ""; });
}

/** rowsIn is how many rows a chart with a row for each of something has; 0: it has none. */
function rowsIn(option) {
  return option.yAxis?.type === "category" ? option.yAxis.data.length : 0;
}

/** draw draws one chart, and again when its width, its data-until or the colours change. */
export function draw(el) {
  el.dataset.drawn = "";
  const all = rows(el.dataset.table);
  const made = () => {
    const option = kinds[el.dataset.chart](el.dataset, all);
    const narrow = el.clientWidth < 500;
    if (narrow) option.legend.itemGap = 6;
    if (narrow && rowsIn(option) > 0) option.yAxis.axisLabel = { ...option.yAxis.axisLabel, width: 110, overflow: "break", lineHeight: 13 };
    fit(option, el.clientWidth);
    return option;
  };
  if (all.length === 0 || !kinds[el.dataset.chart] || !made().series.some((s) => !s.silent && s.data.length > 0)) {
    el.hidden = true;
    if (all.length > 0) el.after(Object.assign(document.createElement("p"), { className: "empty", textContent: "There is nothing to draw yet: the table has no numbers for it." }));
    return;
  }
  const lines = rowsIn(made());
  // Its element has no id: where one with the same id takes its place, htmx would copy the style, which the page's policy forbids.
  if (lines > 16) el.style.height = `${Math.min(lines, 200) * 22 + 90}px`;
  const chart = echarts.init(el, null, { renderer: "svg" });
  const paint = () => chart.setOption(made(), true);
  paint();
  let wide = el.clientWidth;
  const size = new ResizeObserver(() => {
    chart.resize();
    if (el.clientWidth !== wide) paint();
    wide = el.clientWidth;
  });
  size.observe(el);
  walk(el, chart);
  dark.addEventListener("change", paint);
  new MutationObserver(paint).observe(el, { attributeFilter: ["data-until", "data-y", "data-unit"] });
  el.dataset.ready = "";
}
