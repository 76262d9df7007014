// The server's API, and its events: an EventSource can't send a key, so the stream is read here.

const KEY = "holmes-key";
const WAITS = [500, 1000, 2000, 5000];

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function keep(key) {
  sessionStorage.setItem(KEY, key);
}

function headers(more = {}) {
  const key = sessionStorage.getItem(KEY);
  return key ? { ...more, "x-api-key": key } : more;
}

async function sent(path, options = {}) {
  const reply = await fetch(path, { ...options, headers: headers(options.headers), cache: "no-store" });
  if (reply.ok) return reply;
  let detail = `${reply.status} ${reply.statusText}`;
  try {
    detail = (await reply.json()).detail ?? detail;
  } catch { /* no JSON: a proxy between us */ }
  throw new Refused(reply.status, typeof detail === "string" ? detail : JSON.stringify(detail));
}

export async function get(path) {
  return (await sent(path)).json();
}

export async function post(path, body = {}) {
  const options = { method: "POST", body: JSON.stringify(body) };
  return (await sent(path, { ...options, headers: { "content-type": "application/json" } })).json();
}

const base = (id) => `api/investigations/${encodeURIComponent(id)}`;
export const ask = (body) => post("api/investigations", body);
export const runs = (most) => get(`api/investigations?limit=${most}`);
export const info = () => get("api/info");
export const cancel = (id) => post(`${base(id)}/cancel`);
export const feedback = (id, useful, comment) => post(`${base(id)}/feedback`, { useful, comment });
export const approve = (id, key, approved) => post(`${base(id)}/approvals/${encodeURIComponent(key)}`, { approved });

// Whole results, the last read ones: about 32 MB of what was printed.
const kept = new Map();
const MOST = 32e6;
let size = 0;

function weight(entry) {
  return entry.output.text?.length ?? 0;
}

/** A result, whole. */
export async function evidence(id, number) {
  const name = `${id} ${number}`;
  const entry = kept.get(name) ?? (await get(`${base(id)}/evidence/${number}`));
  if (!kept.has(name)) size += weight(entry);
  kept.delete(name);
  kept.set(name, entry);
  for (const [oldest, one] of kept) {
    if (size <= MOST || oldest === name) break;
    kept.delete(oldest);
    size -= weight(one);
  }
  return entry;
}

async function* frames(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split("\n\n");
    rest = pieces.pop();
    yield* pieces;
  }
}

function parsed(frame) {
  const event = { kind: "", id: 0, data: null };
  for (const line of frame.split("\n")) {
    const at = line.indexOf(": ");
    const name = line.slice(0, at);
    if (name === "event") event.kind = line.slice(at + 2);
    else if (name === "id") event.id = Number(line.slice(at + 2));
    else if (name === "data") event.data = JSON.parse(line.slice(at + 2));
  }
  return event;
}

/**
 * Follows a run to its end and over lost connections: `onevent(event)` for each event once, and
 * `onlink(state)` with "open", "lost" or, for good, the error. `signal` ends it.
 */
export async function follow(id, last, { onevent, onlink, signal }) {
  let tries = 0;
  while (!signal.aborted) {
    try {
      const more = last ? { "last-event-id": String(last) } : {};
      const reply = await sent(`${base(id)}/events?light=1`, { headers: more, signal });
      if (reply.status === 204) return;
      onlink("open");
      for await (const frame of frames(reply.body)) {
        const event = parsed(frame);
        if (!event.kind) continue;
        tries = 0;
        last = event.id || last;
        onevent(event);
        if (event.kind === "end") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status < 500) return onlink(error);
    }
    if (signal.aborted) return;
    onlink("lost");
    await new Promise((done) => setTimeout(done, WAITS[Math.min(tries++, WAITS.length - 1)]));
  }
}
