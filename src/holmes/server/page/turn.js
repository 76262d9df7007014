// A turn on the page as it goes on: only what changed is made anew, so that what a person has opened
// or is writing stays.
import * as api from "./api.js";
import { actions, answerView } from "./answer.js";
import { clock, counted, fill, h, say } from "./dom.js";

const LONG = 500;

function question(text) {
  const [first, ...rest] = text.split("\n");
  const more = first.length > LONG || rest.length > 0;
  return [h("h2", {}, first.slice(0, LONG)), more && h("details", {}, h("summary", {}, "The whole question"), h("pre", { tabindex: "0" }, text))];
}

export class TurnView {
  constructor(turn, run, open) {
    Object.assign(this, { turn, run, open, answered: null, last: null, approvals: "", notices: 0 });
    this.status = h("p", { class: "dim" });
    this.notes = h("div");
    this.live = h("div", { class: "live" });
    this.asking = h("div", { "aria-live": "assertive" });
    this.body = h("div");
    this.does = h("div");
    this.element = h("article", { class: "turn" }, question(turn.question), this.status, this.notes, this.asking, this.live, this.body, this.does);
  }

  update(last) {
    const { turn, run } = this;
    const busy = last && run.busy;
    this.status.textContent = this.doing(busy);
    this.note();
    this.approve();
    this.live.textContent = turn.text;
    this.live.hidden = !turn.text;
    if (turn.answer !== this.answered) {
      this.answered = turn.answer;
      fill(this.body, answerView(turn, run, this.open));
      if (last && this.seen) say("The answer is there.");
    }
    const ended = last && !run.busy && !turn.answer ? `${run.state}${run.reason ? `: ${run.reason}` : ""}` : "";
    if (ended) fill(this.body, h("p", { class: "problem" }, ended));
    if (turn.answer && this.last !== (last && !run.busy)) {
      this.last = last && !run.busy;
      fill(this.does, actions(turn, run, { last: this.last, feedback: (useful, comment) => api.feedback(run.id, useful, comment) }));
    }
    this.seen = true;
  }

  doing(busy) {
    const { turn } = this;
    const running = turn.calls.filter((each) => !each.ended);
    if (!busy) return `${turn.at ? clock(turn.at) : ""} · ${counted(turn.calls.length, "call")}`;
    if (turn.approvals.size) return "A command waits for you.";
    if (running.length) return `Running: ${running.map((each) => each.command || each.tool).join("; ").slice(0, 200)}`;
    const thinking = turn.reasoning.trim().slice(-160);
    return turn.text ? "Writing…" : `Model turn ${Math.max(1, turn.requests.length)}… ${thinking}`;
  }

  note() {
    const { notices } = this.turn;
    if (notices.length === this.notices) return;
    this.notices = notices.length;
    fill(this.notes, notices.length > 3
      ? h("details", {}, h("summary", {}, counted(notices.length, "notice")), h("ul", {}, notices.map((each) => h("li", {}, each))))
      : notices.map((each) => h("p", { class: "notice" }, each)));
  }

  approve() {
    const { turn, run } = this;
    const now = [...turn.approvals.keys()].join(" ");
    if (now === this.approvals) return;
    this.approvals = now;
    fill(this.asking, [...turn.approvals.values()].map(({ key, command }) => {
      const problem = h("span", { class: "problem" });
      const decide = (approved) => async () => {
        try {
          await api.approve(run.id, key, approved);
        } catch (error) {
          problem.textContent = error.message;
        }
      };
      return h("section", { class: "approval", "aria-label": "A command waits for you" },
        h("p", {}, "May this command run?"), h("pre", { tabindex: "0" }, command),
        h("div", { class: "bar" }, h("button", { type: "button", class: "yes", onclick: decide(true) }, "Run it"),
          h("button", { type: "button", onclick: decide(false) }, "Refuse"), problem));
    }));
  }
}
