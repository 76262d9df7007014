// The middle of the page: one investigation, followed as it goes on.
import * as api from "./api.js";
import { fill, h, say } from "./dom.js";
import { tabs } from "./evidence.js";
import { beginning, cause } from "./graph.js";
import { plots } from "./plot.js";
import { called, Run } from "./run.js";
import { Timeline } from "./timeline.js";
import { TurnView } from "./turn.js";

export const VIEWS = ["answer", "timeline", "causes", "plots"];
const REDRAW = 500;

export class Investigation {
  /** `open(number, words)`, `view(name)` change the address; `changed()`: the list may be old. */
  constructor(element, id, { open, view, changed, refused }) {
    Object.assign(this, { element, open, view, changed, refused });
    this.run = new Run(id);
    this.began = 0;
    this.turns = [];
    this.timelines = [];
    this.abort = new AbortController();
    this.state = h("span", { class: "pill" });
    this.link = h("span", { class: "problem", role: "status" });
    this.stop = h("button", { type: "button", onclick: () => this.cancel() }, "Stop");
    this.stack = h("div", { class: "stack" });
    this.places = h("div", { class: "stack" });
    this.causes = h("div", { class: "stack" });
    this.plots = h("div", { class: "stack" });
    this.follow();
  }

  show(view) {
    this.shown = view;
    const made = { answer: this.stack, timeline: this.places, causes: this.causes, plots: this.plots };
    const found = VIEWS.map((name) => ({ name: name[0].toUpperCase() + name.slice(1), make: () => made[name] }));
    const { list, panel } = tabs("Views", found, VIEWS.indexOf(view), (index) => {
      if (this.shown === VIEWS[index]) return;
      this.shown = VIEWS[index];
      this.view(this.shown);
      this.draw();
    });
    this.tabs = list;
    fill(this.element, h("div", { class: "bar top" }, list, this.state, this.link, this.stop), panel);
    this.draw();
  }

  /** Chooses a view whose tab was not what was clicked. */
  choose(view) {
    if (view !== this.shown) this.tabs.children[VIEWS.indexOf(view)].click();
  }

  close() {
    this.abort.abort();
  }

  async follow() {
    this.abort.abort();
    this.abort = new AbortController();
    const { run } = this;
    await api.follow(run.id, run.last, {
      signal: this.abort.signal,
      onevent: (event) => {
        run.take(event);
        this.soon();
        if (event.kind === "end" || event.kind === "asked") this.changed();
        if (event.kind === "end") this.ended();
      },
      onlink: (state) => this.linked(state),
    });
  }

  linked(state) {
    if (state instanceof Error) {
      this.refused(state);
      this.link.textContent = state.message;
    } else this.link.textContent = state === "lost" ? "The connection is lost; trying again…" : "";
  }

  soon() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = undefined;
      this.draw();
    });
  }

  draw() {
    if (this.abort.signal.aborted) return; // another run is shown
    const { run } = this;
    this.state.textContent = run.state;
    this.state.className = `pill ${run.state.replace(" ", "-")}`;
    this.stop.hidden = !run.busy;
    run.turns.forEach((turn, index) => {
      if (!this.turns[index]) {
        this.turns[index] = new TurnView(turn, run, this.open);
        this.stack.append(this.turns[index].element);
      }
      this.turns[index].update(index === run.turns.length - 1);
    });
    const title = run.turns[0]?.question.split("\n")[0];
    if (title) document.title = `${title.slice(0, 60)} · Holmes`;
    if (this.shown === "timeline") this.time();
    if (this.shown === "causes") this.graph();
    if (this.shown === "plots") this.plot();
  }

  time() {
    if (this.drawn && Date.now() - this.drawn < REDRAW && this.run.busy) {
      this.later ??= setTimeout(() => {
        this.later = undefined;
        this.soon();
      }, REDRAW);
      return;
    }
    this.drawn = Date.now();
    const { run } = this;
    run.turns.forEach((turn, index) => {
      const last = index === run.turns.length - 1;
      const known = this.timelines[index];
      if (known?.done) return known.view.list.soon();
      const view = known?.view ?? new Timeline((number) => this.open(number));
      if (!known) this.places.append(h("section", {}, h("h2", {}, turn.question.split("\n")[0].slice(0, 200)), view.element));
      this.timelines[index] = { view, done: !(last && run.busy) };
      view.show(turn, last && run.busy);
    });
  }

  /** The results with such data, whole. */
  async whole(kind) {
    const numbers = [...this.run.kinds].filter(([, each]) => each === kind).map(([number]) => number);
    return Promise.all(numbers.map((number) => api.evidence(this.run.id, number)));
  }

  async findings() {
    const entries = await this.whole("findings");
    const known = new Map(); // the last look at an object counts
    for (const entry of entries) {
      for (const each of entry.output.data.findings) known.set(`${each.check} ${each.kind} ${each.namespace} ${each.name}`, { finding: each, number: entry.number });
    }
    const found = [...known.values()];
    this.began = beginning(found.map((each) => each.finding));
    return found;
  }

  graph() {
    this.section("findings", this.causes, "Causes", async () => {
      const found = await this.findings();
      if (!found.length) return h("p", { class: "dim" }, "No result holds findings of checks.");
      return found.map(({ finding, number }) => cause(finding, number, (words) => this.open(number, words)));
    });
  }

  plot() {
    this.section("time_series", this.plots, "Plots", async () => {
      const [entries] = await Promise.all([this.whole("time_series"), this.findings()]);
      if (!entries.length) return h("p", { class: "dim" }, "No result holds time series.");
      return entries.map((entry) => h("section", {},
        h("h3", {}, h("button", { type: "button", class: "cite", onclick: () => this.open(entry.number) }, `[${entry.number}]`), " ", h("code", {}, called({ ...entry, command: entry.output.command }))),
        plots(entry.output.data, this.began)));
    });
  }

  /** Makes a part anew where a result came that it shows. */
  async section(kind, element, title, make) {
    const now = [...this.run.kinds].filter(([, each]) => each === kind || each === "findings").join(" ");
    if (element.dataset.shows === now) return;
    element.dataset.shows = now;
    try {
      fill(element, h("h2", { class: "unseen" }, title), await make());
    } catch (error) {
      fill(element, h("p", { class: "problem" }, error.message));
    }
  }

  async ended() {
    say(`The investigation ended: ${this.run.state}.`);
    if ([...this.run.kinds.values()].includes("findings")) await this.findings().catch(() => {});
  }

  async cancel() {
    try {
      await api.cancel(this.run.id);
    } catch (error) {
      this.link.textContent = error.message;
    }
  }

  /** Asks the next question in this investigation. */
  async ask(text) {
    await api.ask({ question: text, follow_up: this.run.id });
    this.run.state = "queued";
    this.follow();
  }
}
