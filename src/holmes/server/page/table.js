// A table whose columns sort, with a filter.
import { counted, h } from "./dom.js";
import { marked } from "./lines.js";
import { Virtual } from "./virtual.js";

const WIDEST = 48;
const SAMPLE = 500;
const SIZES = { m: 1e-3, "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, "%": 1 };
const TIMES = { y: 31536000, w: 604800, d: 86400, h: 3600, m: 60, s: 1, ms: 1e-3 };

/** What a cell is worth where it is a quantity (12Mi, 250m, 40%, 3d4h, 1/2); else null. */
export function worth(cell, ages) {
  const said = cell.trim().replace(/ \(.*\)$/, "");
  if (ages && /^(\d+(y|w|d|h|ms|m|s))+$/.test(said)) {
    return [...said.matchAll(/(\d+)(ms|[ywdhms])/g)].reduce((sum, [, number, unit]) => sum + number * TIMES[unit], 0);
  }
  const quantity = /^(-?\d+(?:\.\d+)?)(?:\/\d+)?\s?(m|k|K|M|G|T|Ki|Mi|Gi|Ti|%)?$/.exec(said);
  return quantity ? Number(quantity[1]) * SIZES[quantity[2] ?? ""] : null;
}

function order(rows, column, down) {
  // "5m" is five minutes in a column that also has "3h" or "20s", else five thousandths.
  const ages = rows.some((row) => /\d[dhs]$/.test(row[column] ?? ""));
  const keyed = rows.map((row) => ({ row, worth: worth(row[column] ?? "", ages), text: row[column] ?? "" }));
  const compare = (a, b) => {
    if (a.worth !== null && b.worth !== null) return a.worth - b.worth;
    if ((a.worth === null) !== (b.worth === null)) return a.worth === null ? 1 : -1;
    return a.text.localeCompare(b.text, "en", { numeric: true });
  };
  keyed.sort((a, b) => (down ? compare(b, a) : compare(a, b)));
  return keyed.map((each) => each.row);
}

/** A view of a table; `find`: rows with these words are shown first of all, where there are any. */
export function tableView(data, find = "") {
  const { columns, rows } = data;
  const has = (row, words) => row.some((cell) => cell.toLowerCase().includes(words));
  const filter = h("input", { type: "search", placeholder: "Filter", "aria-label": "Filter the rows" });
  if (find && rows.some((row) => has(row, find.toLowerCase()))) filter.value = find;
  const count = h("span", { class: "dim", role: "status" });
  let sorted = { column: -1, down: false };
  let shown = rows;
  const widths = columns.map((name, index) => rows.slice(0, SAMPLE).reduce((most, row) => Math.max(most, (row[index] ?? "").length), name.length + 2));
  const template = widths.map((width) => `${Math.min(width, WIDEST) + 2}ch`).join(" ");
  const laid = (element) => {
    element.style.gridTemplateColumns = template;
    return element;
  };
  const heads = columns.map((name, index) => h("div", { role: "columnheader", "aria-sort": "none" },
    h("button", { type: "button", onclick: () => sort(index) }, name)));
  const header = h("div", { role: "rowgroup", class: "head" }, laid(h("div", { role: "row", class: "cells" }, heads)));
  const list = new Virtual({ height: 24, role: "table", label: data.of || "Table", header, row: (index) =>
    laid(h("div", { role: "row", class: "cells", "aria-rowindex": index + 2 }, columns.map((_, column) =>
      h("div", { role: "cell", title: shown[index][column] ?? "" }, marked(shown[index][column] ?? "", filter.value))))) });

  function sort(column) {
    sorted = { column, down: sorted.column === column && !sorted.down };
    heads.forEach((head, index) => head.setAttribute("aria-sort", index === column ? (sorted.down ? "descending" : "ascending") : "none"));
    draw();
  }

  function draw() {
    const words = filter.value.toLowerCase();
    shown = words ? rows.filter((row) => has(row, words)) : rows;
    if (sorted.column >= 0) shown = order(shown, sorted.column, sorted.down);
    list.element.setAttribute("aria-rowcount", shown.length + 1);
    list.show(shown.length);
    const what = counted(rows.length, "row");
    count.textContent = words ? `${shown.length} of ${what}` : what;
  }

  filter.addEventListener("input", draw);
  requestAnimationFrame(draw);
  return h("div", { class: "view" }, h("div", { class: "bar" }, filter, count), list.element);
}
