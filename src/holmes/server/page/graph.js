// The causal graph: what changed, then the cause, then what suffers from it, left to right; and the
// same as a list, for keyboards and screen readers.
import { clock, counted, h, svg } from "./dom.js";

const WIDE = 260;
const HIGH = 64;
const SMALLEST = 640; // pixels, below which a graph scrolls rather than shrinks
const GAP = { x: 80, y: 18 };

const path = (ref) => `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ""}${ref.name}`;
const seconds = (time) => (time ? Date.parse(time) / 1000 || 0 : 0);

/** When the incident began: the earliest of its findings, the critical ones before others. */
export function beginning(findings) {
  for (const wanted of [(each) => each.severity === "critical", () => true]) {
    const times = findings.filter(wanted).flatMap((each) => [seconds(each.since), seconds(each.impact?.since)]).filter(Boolean);
    if (times.length) return Math.min(...times);
  }
  return 0;
}

/** Nodes in columns and edges between them, of one finding. */
export function drawn(finding) {
  const nodes = [];
  const edges = [];
  const known = new Map();
  const node = (key, column, kind, name, said) => {
    if (!known.has(key)) known.set(key, nodes.push({ column, kind, name, said }) - 1);
    return known.get(key);
  };
  const changes = finding.changed ?? [];
  const first = changes.length ? 1 : 0;
  const root = node(path(finding), first, finding.severity, path(finding), finding.cause);
  changes.forEach((each, index) => edges.push([node(`change ${index}`, 0, "change", path(each.ref), `${each.said}, ${clock(seconds(each.at))}`), root, "before"]));
  for (const each of finding.links ?? []) {
    const on = known.get(path(each.on)) ?? root;
    const subject = node(path(each.subject), nodes[on].column + 1, "symptom", path(each.subject), each.cause);
    // An object may hang on itself, or back on its cause: drawn, that says nothing, and has no end.
    if (nodes[subject].column > nodes[on].column) edges.push([on, subject, each.relation]);
  }
  if (!finding.links?.length) {
    let from = root;
    (finding.chain ?? []).slice(1).forEach((step, index) => {
      const to = node(`step ${index}`, nodes[from].column + 1, "symptom", "", step);
      edges.push([from, to, "leads to"]);
      from = to;
    });
  }
  return { nodes, edges };
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function picture({ nodes, edges }) {
  const heights = [];
  for (const each of nodes) {
    each.row = heights[each.column] ?? 0;
    heights[each.column] = each.row + 1;
  }
  const rows = Math.max(...heights.filter(Boolean));
  const x = (each) => each.column * (WIDE + GAP.x) + 4;
  const y = (each) => (each.row + (rows - heights[each.column]) / 2) * (HIGH + GAP.y) + 4;
  const lines = edges.map(([from, to, relation]) => {
    const [a, b] = [nodes[from], nodes[to]];
    const [x1, y1, x2, y2] = [x(a) + WIDE, y(a) + HIGH / 2, x(b) - 6, y(b) + HIGH / 2];
    const middle = (x1 + x2) / 2;
    return [
      svg("path", { class: "edge", d: `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`, "marker-end": "url(#arrow)" }),
      svg("text", { class: "relation", x: x2 - 8, y: y2 > y1 ? y2 + 17 : y2 - 8, "text-anchor": "end" }, relation),
    ];
  });
  const boxes = nodes.map((each) => svg("g", { class: `node ${each.kind}` },
    svg("title", {}, `${each.name} ${each.said}`),
    svg("rect", { x: x(each), y: y(each), width: WIDE, height: HIGH, rx: 6 }),
    // A drawing within the drawing: what is wider than the box is cut at its edge.
    svg("svg", { x: x(each) + 10, y: y(each), width: WIDE - 16, height: HIGH },
      each.name && svg("text", { class: "object", y: 20 }, cut(each.name, 31)),
      wrapped(each.said).map((line, index) => svg("text", { y: (each.name ? 38 : 26) + 16 * index }, line)))));
  const width = Math.max(...nodes.map((each) => x(each))) + WIDE + 8;
  const height = rows * (HIGH + GAP.y) + 8;
  const arrow = svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { d: "M0,0 L8,4 L0,8 z" }));
  const whole = svg("svg", { class: "graph", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, svg("defs", {}, arrow), lines, boxes);
  whole.style.minWidth = `${Math.min(width, SMALLEST)}px`;
  return whole;
}

function wrapped(text) {
  const at = text.length > 36 ? text.lastIndexOf(" ", 36) : -1;
  return at > 0 ? [text.slice(0, at), cut(text.slice(at + 1), 36)] : [cut(text, 36)];
}

const PLAIN = { before: "before it" };

function told({ nodes, edges }, at = null) {
  const root = at ?? nodes.findIndex((each) => each.kind !== "change");
  const here = nodes[root];
  const below = edges.filter(([from]) => from === root);
  const before = at === null ? edges.filter(([, to]) => to === root) : [];
  return h("li", {}, here.name && h("strong", {}, here.name), here.name && ": ", here.said,
    before.length > 0 && h("ul", {}, before.map(([from, , relation]) => h("li", {}, `${PLAIN[relation] ?? relation}: ${nodes[from].name}: ${nodes[from].said}`))),
    below.length > 0 && h("ul", {}, below.map(([, to]) => told({ nodes, edges }, to))));
}

function impact(finding) {
  const { impact: hurt } = finding;
  if (!hurt) return null;
  const suffer = ["services", "ingresses", "callers"].flatMap((name) => hurt[name] ?? []).map(path);
  const ready = hurt.old ? `${counted(hurt.old, "old pod")} still serving` : hurt.wanted ? `${hurt.ready ?? 0} of ${hurt.wanted} pods ready` : "";
  const who = suffer.length ? `suffering: ${suffer.join(", ")}` : "no Service or caller is seen to fail";
  return h("p", { class: "dim" }, [ready, who].filter(Boolean).join("; "));
}

/** One finding with its graph; `open(search)` shows the result that it stands in. */
export function cause(finding, number, open) {
  const graph = drawn(finding);
  const since = seconds(finding.since);
  return h("section", { class: `finding ${finding.severity}` },
    h("h3", {}, h("span", { class: "pill" }, finding.severity), " ", path(finding)),
    h("p", {}, finding.cause, since > 0 && h("span", { class: "dim" }, ` (since ${clock(since)})`)),
    impact(finding),
    graph.nodes.length > 1 && h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `Graph of ${path(finding)}` }, picture(graph)),
    h("details", {}, h("summary", {}, "As a list, with its evidence"), h("ul", {}, told(graph)),
      h("ul", { class: "lines" }, (finding.evidence ?? []).map((line) => h("li", {}, h("code", {}, line))))),
    h("p", {}, h("button", { type: "button", class: "cite", onclick: () => open(finding.name) }, `[${number}]`), " ",
      h("code", { class: "dim" }, finding.next_call.command)));
}
