// A turn as a timeline: bars over time (the model above, calls in lanes), and below them a row for
// each, with what the answer has from it.
import { counted, duration, fill, h } from "./dom.js";
import { called, taught } from "./run.js";
import { Virtual } from "./virtual.js";

const MOST_VALUES = 5;

/** Each call with its lane: the first one that is free when it begins. */
export function lanes(calls, now) {
  const free = [];
  return calls.toSorted((a, b) => a.began - b.began).map((call) => {
    let lane = free.findIndex((until) => until <= call.began);
    if (lane < 0) lane = free.length;
    free[lane] = call.ended || now;
    return { call, lane };
  });
}

/** What the answer has from a call, in a line. */
export function lesson(answer, call) {
  if (!call.ended) return "running";
  const { values, against, statements } = taught(answer, call.number);
  const parts = statements.map((each) => `${each.verdict}: ${each.object || each.text}`);
  if (values.length) {
    const more = values.length > MOST_VALUES ? ` and ${values.length - MOST_VALUES} more` : "";
    parts.push(`shows ${values.slice(0, MOST_VALUES).join(", ")}${more}`);
  }
  if (against.length) parts.push(`contradicts ${against.join(", ")}`);
  if (call.note) parts.push(call.note);
  if (!parts.length) return answer ? "nothing in the answer stands on it" : "";
  return parts.join("; ");
}

function steps(turn) {
  const requests = turn.requests.map((request) => ({ at: request.began, request }));
  return [...requests, ...turn.calls.map((call) => ({ at: call.began, call }))].sort((a, b) => a.at - b.at);
}

export class Timeline {
  /** `open(number)` shows a result. */
  constructor(open) {
    this.open = open;
    this.steps = [];
    this.bars = h("div", { class: "bars", "aria-hidden": "true" });
    this.list = new Virtual({ height: 46, label: "Steps", row: (index) => this.row(this.steps[index]) });
    this.sum = h("p", { class: "dim" });
    this.element = h("div", { class: "timeline" }, this.sum, this.bars, this.list.element);
  }

  show(turn, busy) {
    this.turn = turn;
    this.busy = busy;
    this.now = busy ? Date.now() / 1000 : turn.ended;
    this.steps = steps(turn);
    const tokens = turn.requests.reduce((sum, each) => sum + each.tokens, 0);
    const seconds = Math.max(0, this.now - (this.steps[0]?.at ?? this.now));
    this.sum.textContent = `${counted(turn.requests.length, "model turn")}, ${counted(turn.calls.length, "call")}, ${duration(seconds)}, ${counted(tokens, "token")}`;
    this.draw();
    this.list.element.style.height = `${Math.min(this.steps.length * 46 + 2, 480)}px`;
    this.list.show(this.steps.length);
  }

  draw() {
    const begin = this.steps[0]?.at ?? 0;
    const whole = Math.max(0.001, this.now - begin);
    const placed = lanes(this.turn.calls, this.now);
    const thin = placed.length > 200;
    const high = thin ? 8 : 16;
    const bar = (kind, from, to, lane, title, click) => {
      const made = h("div", { class: `bar-of ${kind}`, title, onclick: click });
      made.style.left = `${((from - begin) / whole) * 100}%`;
      made.style.width = `${Math.max(0.15, (((to || this.now) - from) / whole) * 100)}%`;
      made.style.top = `${lane * (high + 2)}px`;
      made.style.height = `${high}px`;
      return made;
    };
    const model = this.turn.requests.map((each) => bar("model", each.began, each.ended, 0, `Model turn ${each.step}`));
    const calls = placed.map(({ call, lane }) => bar(call.status, call.began, call.ended, lane + 1,
      `[${call.number || "…"}] ${called(call)}`, () => call.number && this.open(call.number)));
    const deepest = placed.reduce((most, each) => Math.max(most, each.lane + 1), 0);
    const inner = h("div", { class: "inner" }, model, calls);
    inner.style.height = `${(deepest + 1) * (high + 2)}px`;
    fill(this.bars, inner);
  }

  row({ request, call }) {
    if (request) {
      const asked = this.turn.calls.filter((each) => each.began >= request.began && each.began < (this.next(request)?.began ?? Infinity)).length;
      const next = asked ? `asked for ${counted(asked, "call")}` : request.ended ? "wrote" : "thinking";
      return h("div", { class: "step model", role: "listitem" },
        h("span", { class: "what" }, `Model turn ${request.step}: ${next}`),
        h("span", { class: "long" }, request.ended ? duration(request.ended - request.began) : "…"),
        h("span", { class: "lesson dim" }, `${request.model}, ${counted(request.tokens, "token")}`));
    }
    const name = [`[${call.number || "…"}] `, h("code", {}, called(call))];
    return h("div", { class: `step ${call.status}`, role: "listitem" },
      h("span", { class: "what" }, call.number ? h("button", { type: "button", class: "plain", onclick: () => this.open(call.number) }, name) : name),
      h("span", { class: "long" }, call.status !== "ok" && h("span", { class: `pill ${call.status}` }, call.status.replace("_", " ")), " ",
        call.ended ? duration(call.seconds) : "…"),
      h("span", { class: "lesson dim", title: lesson(this.turn.answer, call) }, lesson(this.turn.answer, call)));
  }

  next(request) {
    return this.turn.requests[this.turn.requests.indexOf(request) + 1];
  }
}
