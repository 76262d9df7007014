// One investigation as its events tell it. Nothing here touches the page.

function turn(event) {
  return {
    question: event.question ?? "", at: event.at ?? 0, requests: [], calls: [], notices: [],
    approvals: new Map(), text: "", reasoning: "", answer: null, ended: 0,
  };
}

export class Run {
  constructor(id) {
    this.id = id;
    this.turns = [];
    this.state = "queued";
    this.reason = "";
    this.last = 0;
    this.kinds = new Map(); // number of a result: the kind of its data
  }

  get now() {
    if (!this.turns.length) this.turns.push(turn({}));
    return this.turns[this.turns.length - 1];
  }

  get busy() {
    return this.state === "queued" || this.state === "running";
  }

  get calls() {
    return this.turns.flatMap((each) => each.calls);
  }

  call(number) {
    return this.calls.find((each) => each.number === number);
  }

  take({ kind, id, data }) {
    if (id) this.last = id;
    if (kind === "end") {
      this.state = data.state;
      this.reason = data.reason;
      this.now.approvals.clear();
      return;
    }
    if (kind !== "asked") this.now.ended = data.at || this.now.ended;
    this[`on_${kind}`]?.(data);
  }

  on_asked(data) {
    // The first question of a past run has no number: after a lost connection it may come again.
    if (!this.last && this.turns.length) Object.assign(this.turns[0], turn(data));
    else this.turns.push(turn(data));
    this.state = "running";
  }

  on_model_waiting(data) {
    this.now.requests.push({ ...data, began: data.at, ended: 0, tokens: 0 });
  }

  on_model_text(data) {
    if (data.reasoning) this.now.reasoning += data.text;
    else this.now.text += data.text;
  }

  on_model_text_void() {
    this.now.text = "";
  }

  on_model_replied(data) {
    const request = this.now.requests.findLast((each) => each.step === data.step);
    if (!request) return;
    request.ended = data.at;
    // Of a run from its record, the time of the request is that of its transcript.
    request.began = Math.min(request.began, data.at - (data.seconds ?? 0));
    request.tokens = (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0);
    this.now.reasoning = "";
  }

  on_tool_started(data) {
    this.now.calls.push({
      key: data.key, tool: data.tool, arguments: data.arguments, command: data.command,
      began: data.at, ended: 0, number: 0, status: "running", note: "", kind: "",
    });
  }

  on_tool_finished(data) {
    const { evidence, key } = data;
    let call = this.now.calls.findLast((each) => each.key === key && !each.ended);
    if (!call) {
      call = { key, began: data.at - evidence.seconds };
      this.now.calls.push(call);
    }
    Object.assign(call, {
      ended: data.at, number: evidence.number, tool: evidence.tool, arguments: evidence.arguments,
      command: evidence.output.command ?? "", status: evidence.output.status,
      note: evidence.output.note ?? "", kind: evidence.output.data?.kind ?? "", seconds: evidence.seconds,
    });
    if (call.kind) this.kinds.set(call.number, call.kind);
  }

  on_tool_repeated(data) {
    this.now.notices.push(`Result [${data.number}] was asked for again; it was not run again.`);
  }

  on_approval_asked(data) {
    this.now.approvals.set(data.key, data);
  }

  on_approval_given(data) {
    this.now.approvals.delete(data.key);
  }

  on_noticed(data) {
    this.now.notices.push(data.text);
  }

  on_answered(data) {
    this.now.answer = data.answer;
    this.now.text = "";
    this.now.approvals.clear();
  }
}

/** The command, or the call as the model wrote it where nothing ran. */
export function called(call) {
  if (call.command) return call.command;
  const said = Object.entries(call.arguments ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${call.tool}(${said.join(", ")})`;
}

/** What an answer has from one result: values, and statements that cite it. */
export function taught(answer, number) {
  const own = (each) => (each.evidence ?? each.citations ?? []).includes(number);
  const values = (answer?.specifics ?? []).filter(own);
  return {
    values: [...new Set(values.filter((each) => each.status === "verified").map((each) => each.text))],
    against: values.filter((each) => each.status === "contradicted").map((each) => each.text),
    statements: (answer?.statements ?? []).filter(own),
  };
}
