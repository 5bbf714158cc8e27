// Draws a chart from the table behind it, so that both always tell the same. A chart is an element with
// data-chart="stack|grid|path|line|bar", data-table (the table's id) and the columns' names in data-x, data-y,
// data-series, data-size, data-label.
import * as echarts from "echarts/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const quadrants = ["forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined"];
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
    series: names.map((n) => ({
      name: words(n), type: "bar", stack: "all", barCategoryGap: "12%",
      itemStyle: quadrants.includes(n) ? { color: color(n) } : {},
      data: xs.map((x) => at.get(`${x}\n${n}`) ?? 0),
    })),
  };
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

function grid(d, all) {
  const { background, ...option } = field();
  const placed = all.filter((r) => r[d.x] != null && r[d.y] != null);
  const most = Math.max(1, ...placed.map((r) => r[d.size] ?? 1));
  const groups = unique(placed.map((r) => r[d.series]));
  return {
    ...option,
    tooltip: {
      ...option.tooltip, trigger: "item",
      formatter: ({ data }) => data.row ? `${data.row[d.label]}\nforced ${number(data.row[d.y])}, long ${number(data.row[d.x])}\n${d.size ? `${words(d.size)}: ${number(data.row[d.size])}` : ""}` : "",
    },
    series: [background, ...groups.map((g) => ({
      name: words(g), type: "scatter",
      itemStyle: { opacity: 0.8, borderColor: color("page"), borderWidth: 1, ...(quadrants.includes(g) ? { color: color(g) } : {}) },
      data: placed.filter((r) => r[d.series] === g).map((r) => ({
        row: r, value: [r[d.x], r[d.y]], symbolSize: d.size ? 8 + 36 * Math.sqrt((r[d.size] ?? 0) / most) : 12,
      })),
    }))],
  };
}

/** path draws how each series moved over the grid: a line through its points, an arrow at the end, a ring where it wants to be. */
function path(d, all) {
  const { background, ...option } = field();
  const until = d.until ?? "";
  const placed = all.filter((r) => r[d.x] != null && r[d.y] != null && (until === "" || r[d.label] <= until));
  const names = unique(all.map((r) => r[d.series]));
  const colors = palette();
  const told = (data) => data.row ? `${data.row[d.series]} ${data.wanted ? "wants to be" : data.row[d.label]}\nforced ${number(data.value[1])}, long ${number(data.value[0])}${data.row.items == null || data.wanted ? "" : `\n${data.row.items} items`}` : "";
  const series = names.map((n, i) => {
    const points = placed.filter((r) => r[d.series] === n);
    return {
      name: n, type: "line", color: colors[i % colors.length], lineStyle: { width: 2 }, symbol: "circle",
      data: points.map((r, k) => {
        const last = k === points.length - 1, before = points[k - 1];
        const turn = before ? (Math.atan2(r[d.y] - before[d.y], r[d.x] - before[d.x]) * 180) / Math.PI - 90 : 0;
        return { row: r, value: [r[d.x], r[d.y]], symbol: last && before ? "triangle" : "circle", symbolRotate: turn, symbolSize: last ? 16 : 5 };
      }),
    };
  });
  const wanted = names.flatMap((n, i) => {
    const r = all.findLast((r) => r[d.series] === n && r.desired_long != null && r.desired_forced != null);
    return r ? [{ row: r, wanted: true, value: [r.desired_long, r.desired_forced], itemStyle: { color: "transparent", borderColor: colors[i % colors.length], borderWidth: 2 } }] : [];
  });
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ data }) => told(data) },
    series: [background, ...series, { name: "desired", type: "scatter", symbol: "circle", symbolSize: 18, color: color("faint"), data: wanted }],
  };
}

function plain(d, all, type) {
  const { option, axis } = base();
  const names = d.y.split(",");
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "axis", valueFormatter: number },
    xAxis: { ...axis, type: "category", data: all.map((r) => r[d.x]), splitLine: { show: false } },
    yAxis: { ...axis, type: "value" },
    series: names.map((n) => ({ name: words(n), type, symbol: "none", data: all.map((r) => r[n]) })),
  };
}

const kinds = { stack: stacked, grid, path, line: (d, all) => plain(d, all, "line"), bar: (d, all) => plain(d, all, "bar") };

/** draw draws one chart, and again when its size, its data-until or the colours change. */
export function draw(el) {
  el.dataset.drawn = "";
  const all = rows(el.dataset.table);
  if (all.length === 0 || !kinds[el.dataset.chart]) {
    el.hidden = true;
    return;
  }
  const chart = echarts.init(el, null, { renderer: "svg" });
  const paint = () => {
    const option = kinds[el.dataset.chart](el.dataset, all);
    if (el.clientWidth < 500) option.legend.itemGap = 6;
    chart.setOption(option, true);
  };
  paint();
  const size = new ResizeObserver(() => chart.resize());
  size.observe(el);
  dark.addEventListener("change", paint);
  new MutationObserver(paint).observe(el, { attributeFilter: ["data-until", "data-y", "data-unit"] });
  el.dataset.ready = "";
}
