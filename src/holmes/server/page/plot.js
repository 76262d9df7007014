// Time series, each result in one plot or several, with the moment the incident began.
import { clock, h } from "./dom.js";

const MOST = 12;
const COLORS = ["#2f7ed8", "#d9730d", "#3a9a3a", "#b0389a", "#8a6d1a", "#c43d3d", "#128a8a", "#6b5bd0", "#5f7a1f", "#a05a2c", "#3f6f9f", "#9b4f72"];
const ink = () => getComputedStyle(document.getElementById("server")).color;

/** The name of a series: the labels that tell it from its neighbours. */
export function named(series, all) {
  const entries = Object.entries(series.labels);
  const telling = entries.filter(([key, value]) => all.some((other) => other.labels[key] !== value));
  return (telling.length ? telling : entries).map(([key, value]) => `${key}=${value}`).join(", ") || "value";
}

function aligned(series) {
  const times = [...new Set(series.flatMap((one) => one.points.map(([at]) => at)))].sort((a, b) => a - b);
  const place = new Map(times.map((at, index) => [at, index]));
  const values = series.map((one) => {
    const row = Array(times.length).fill(undefined);
    for (const [at, value] of one.points) row[place.get(at)] = value;
    return row;
  });
  return [times, ...values];
}

/** What each series did, for whoever does not see the plot. */
function table(series) {
  const rows = series.map((one) => {
    const known = one.points.filter(([, value]) => value !== null);
    const values = known.map(([, value]) => value);
    const figures = known.length ? [values[0], Math.min(...values), Math.max(...values), values.at(-1)] : [];
    return h("tr", {}, h("th", { scope: "row" }, named(one, series)), figures.map((value) => h("td", {}, figure(value))));
  });
  const head = ["series", "first", "least", "most", "last"].map((name) => h("th", { scope: "col" }, name));
  return h("div", { class: "scroll", tabindex: "0" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
}

export function figure(value) {
  if (value == null) return "–";
  const size = Math.abs(value);
  return size >= 1e4 || (size > 0 && size < 1e-3) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** The moments along an axis, in local time; with the date where they are days apart. */
function moments(_, splits) {
  const step = splits.length > 1 ? splits[1] - splits[0] : 60;
  return splits.map((at) => {
    const time = new Date(at * 1000).toLocaleTimeString("en-GB").slice(0, step < 60 ? 8 : 5);
    return step < 21600 ? time : `${new Date(at * 1000).toLocaleDateString("en-CA").slice(5)} ${time}`;
  });
}

/** Marks a moment in a plot. */
function mark(began) {
  return (plot) => {
    const x = plot.valToPos(began, "x", true);
    const { left, top, width, height } = plot.bbox;
    if (x < left || x > left + width) return;
    const { ctx } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = "#d33";
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.setLineDash([6, 4]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    ctx.font = `${12 * devicePixelRatio}px sans-serif`;
    const room = left + width - x > 90 * devicePixelRatio;
    ctx.textAlign = room ? "left" : "right";
    ctx.fillText("began", x + (room ? 5 : -5) * devicePixelRatio, top + 14 * devicePixelRatio);
    ctx.restore();
  };
}

/** One plot of these series; `began` in seconds since the epoch, or 0. */
function one(series, unit, began) {
  const holder = h("div", { class: "plot" });
  const axis = { stroke: ink, grid: { stroke: () => "#8883", width: 1 }, ticks: { stroke: () => "#8883" } };
  const options = {
    width: 600, height: 220,
    hooks: { draw: began ? [mark(began)] : [] },
    axes: [{ ...axis, values: moments }, { ...axis, size: 70, values: (_, values) => values.map((value) => `${figure(value)}`), label: unit || undefined }],
    series: [{ value: (_, at) => (at == null ? "–" : clock(at)) }, ...series.map((each, index) => ({
      label: named(each, series), stroke: COLORS[index % COLORS.length], width: 1.5, spanGaps: false,
      points: { show: each.points.length < 30 }, value: (_, value) => figure(value),
    }))],
  };
  let plot;
  const sizes = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width < 50) return;
    plot ??= new window.uPlot(options, aligned(series), holder);
    plot.setSize({ width, height: 220 });
  });
  sizes.observe(holder);
  return holder;
}

/** The plots of a result, with their figures; `began`: when the incident did. */
export function plots(data, began) {
  const drawn = data.series.filter((each) => each.points.length > 1);
  const groups = [];
  for (let at = 0; at < drawn.length; at += MOST) groups.push(drawn.slice(at, at + MOST));
  const inside = began && drawn.some((each) => each.points[0][0] <= began && began <= each.points.at(-1)[0]);
  const note = inside ? h("p", { class: "began" }, `The incident began at ${clock(began)}: the dashed line.`) : null;
  return [
    note,
    groups.map((group) => h("div", { role: "img", "aria-label": `Plot of ${group.map((each) => named(each, data.series)).join("; ")}` }, one(group, data.unit, inside ? began : 0))),
    h("details", {}, h("summary", {}, `Figures of ${data.series.length} series`), table(data.series)),
  ];
}
