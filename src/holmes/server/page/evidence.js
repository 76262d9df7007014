// One result, whole, beside the answer: in the form that its data has, as it was printed, and as
// the model saw it.
import * as api from "./api.js";
import { copy, counted, duration, fill, h, save, say } from "./dom.js";
import { cause } from "./graph.js";
import { linesView } from "./lines.js";
import { plots } from "./plot.js";
import { called } from "./run.js";
import { tableView } from "./table.js";
import { treeView } from "./tree.js";

const FORMS = { table: "Table", json: "Document", log_lines: "Log", time_series: "Plots", findings: "Findings" };

function form(entry, { find, began, open }) {
  const { data } = entry.output;
  switch (data?.kind) {
    case "table": return tableView({ columns: [], rows: [], ...data }, find);
    case "json": return treeView(data.value);
    case "log_lines": return linesView(data.lines, find);
    case "time_series": return h("div", { class: "view scroll", tabindex: "0" }, plots(data, began));
    case "findings": return h("div", { class: "view scroll", tabindex: "0" },
      data.findings.map((each) => cause(each, entry.number, (words) => open(entry.number, words))));
    default: return null;
  }
}

const split = (text) => text.split(/\r?\n/).map((line) => ({ text: line }));

function views(entry, wanted) {
  const made = [];
  const { text = "", data } = entry.output;
  if (data) made.push({ name: FORMS[data.kind] ?? data.kind, make: () => form(entry, wanted) });
  made.push({ name: "As printed", make: () => linesView(split(text), wanted.find) });
  if (entry.excerpt && entry.excerpt !== text) {
    made.push({ name: "What the model saw", make: () => linesView(split(entry.excerpt), wanted.find) });
  }
  return made;
}

/** Which view shows the words that are looked for: a document's folds and plots would hide them. */
function first(entry, found, find) {
  const hides = ["json", "time_series", "findings"].includes(entry.output.data?.kind);
  return find && hides ? found.findIndex((each) => each.name === "As printed") : 0;
}

/** Tabs with their panels; `chosen` is open first. */
export function tabs(label, found, chosen = 0, onchoose = () => {}) {
  const panel = h("div", { class: "panel", role: "tabpanel", "aria-label": label });
  const buttons = found.map((each, index) => h("button", { type: "button", role: "tab", onclick: () => choose(index), onkeydown: move }, each.name));
  function choose(index) {
    buttons.forEach((button, place) => {
      button.setAttribute("aria-selected", place === index);
      button.tabIndex = place === index ? 0 : -1;
    });
    fill(panel, found[index].make());
    onchoose(index);
  }
  function move(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = (buttons.indexOf(event.target) + by + buttons.length) % buttons.length;
    buttons[next].focus();
    choose(next);
  }
  choose(chosen);
  return { list: h("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons), panel };
}

export class Evidence {
  /** `close()` and `go(number)` change the address; `began()` is when the incident did. */
  constructor(element, { close, go, began }) {
    Object.assign(this, { element, close, go, began, shown: "" });
  }

  hide() {
    const inside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    this.shown = "";
    fill(this.element);
    if (inside && this.from?.isConnected) this.from.focus();
  }

  async show(run, number, find = "") {
    const name = `${run.id} ${number} ${find}`;
    if (this.shown === name) return;
    this.shown = name;
    if (!this.element.contains(document.activeElement)) this.from = document.activeElement;
    this.element.hidden = false;
    fill(this.element, this.head(run, number, "…"), h("p", { class: "dim" }, "Loading…"));
    try {
      const entry = await api.evidence(run.id, number);
      if (this.shown === name) this.draw(run, entry, find);
    } catch (error) {
      if (this.shown === name) fill(this.element, this.head(run, number, ""), h("p", { class: "problem" }, error.message));
    }
  }

  step(run, number) {
    if (run.call(number)) this.go(number);
    else say("There is no such result.");
  }

  head(run, number, command) {
    const step = (by, sign, label) => h("button", { type: "button", "aria-label": label, onclick: () => this.step(run, number + by) }, sign);
    return h("div", { class: "head" },
      h("h2", { tabindex: "-1" }, `[${number}] `, h("code", {}, command)),
      step(-1, "‹", "Result before"), step(1, "›", "Next result"),
      h("button", { type: "button", "aria-label": "Close the evidence", onclick: this.close }, "×"));
  }

  draw(run, entry, find) {
    const { output } = entry;
    const command = called({ ...entry, command: output.command });
    const text = output.text ?? "";
    const open = (number, words) => this.show(run, number, words);
    const found = views(entry, { find, began: this.began(), open });
    const { list, panel } = tabs(`Result ${entry.number}`, found, first(entry, found, find));
    const copied = (what, said) => async () => say((await copy(what)) ? `${said} copied.` : "The browser did not allow it.");
    fill(this.element, this.head(run, entry.number, command),
      h("p", { class: "facts" }, h("span", { class: `pill ${output.status}` }, output.status.replace("_", " ")), " ",
        duration(entry.seconds), ", ", counted(text.length, "character"), output.note && `. ${output.note}`),
      h("div", { class: "bar" }, list,
        h("button", { type: "button", onclick: copied(command, "Command") }, "Copy command"),
        h("button", { type: "button", onclick: copied(text, "Text") }, "Copy text"),
        h("button", { type: "button", onclick: () => save(text, `evidence-${entry.number}.txt`) }, "Save")),
      panel);
    this.element.querySelector("h2").focus();
  }
}
