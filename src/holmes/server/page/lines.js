// Text and logs, line by line, with search.
import { counted, h } from "./dom.js";
import { Virtual } from "./virtual.js";

const LONGEST = 5000;

/** A view of lines (`{text, time?, source?}`); `find` is searched for at once. */
export function linesView(lines, find = "") {
  const low = [];
  let shown = null; // places of the lines that are shown, or null for all
  let hits = [];
  let at = -1;
  const digits = String(lines.length).length;
  const list = new Virtual({ height: 20, label: "Lines", row: (index) => row(shown ? shown[index] : index) });
  const search = h("input", { type: "search", placeholder: "Search", "aria-label": "Search the lines", value: find });
  const only = h("input", { type: "checkbox" });
  const count = h("span", { class: "dim", role: "status" });

  function row(place) {
    const line = lines[place];
    const text = line.text.length > LONGEST ? `${line.text.slice(0, LONGEST)} … ${counted(line.text.length - LONGEST, "more character")}` : line.text;
    const here = hits[at] === place ? "line here" : "line";
    return h("div", { class: here, role: "listitem" },
      h("span", { class: "number" }, String(place + 1).padStart(digits)),
      line.time && h("span", { class: "time" }, line.time),
      line.source && h("span", { class: "source" }, line.source),
      h("span", {}, marked(text, search.value)));
  }

  function look({ move = true } = {}) {
    const wanted = search.value.toLowerCase();
    hits = [];
    if (wanted) {
      for (let place = 0; place < lines.length; place += 1) {
        low[place] ??= `${lines[place].source ?? ""} ${lines[place].text}`.toLowerCase();
        if (low[place].includes(wanted)) hits.push(place);
      }
    }
    shown = only.checked && wanted ? hits : null;
    at = hits.length && move ? 0 : -1;
    draw();
  }

  function draw() {
    list.show(shown ? shown.length : lines.length);
    if (at >= 0) list.reveal(shown ? at : hits[at]);
    const found = hits.length ? `${at + 1} of ${counted(hits.length, "matching line")}` : "nothing found";
    count.textContent = search.value ? found : counted(lines.length, "line");
  }

  function step(by) {
    if (!hits.length) return;
    at = (at + by + hits.length) % hits.length;
    draw();
  }

  search.addEventListener("input", () => look());
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
  });
  only.addEventListener("change", () => look());
  const bar = h("div", { class: "bar" }, search,
    h("button", { type: "button", "aria-label": "Match before", onclick: () => step(-1) }, "↑"),
    h("button", { type: "button", "aria-label": "Next match", onclick: () => step(1) }, "↓"),
    h("label", {}, only, " only matching"), count);
  requestAnimationFrame(() => look());
  return h("div", { class: "view" }, bar, list.element);
}

/** The text with each place of the words marked. */
export function marked(text, words) {
  if (!words) return text;
  const low = text.toLowerCase();
  const wanted = words.toLowerCase();
  const made = [];
  let from = 0;
  // Where lower case is longer than what was written (İ), places do not fit: no marks.
  if (low.length !== text.length) return text;
  for (let at = low.indexOf(wanted); at >= 0 && made.length < 200; at = low.indexOf(wanted, from)) {
    made.push(text.slice(from, at), h("mark", {}, text.slice(at, at + wanted.length)));
    from = at + wanted.length;
  }
  return [...made, text.slice(from)];
}
