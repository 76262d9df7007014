// Elements made of data. Text is always set as text, so nothing that a tool or a model wrote is
// ever read as HTML; the server's policy (Trusted Types) forbids the other way altogether.

// Terminal escapes, and characters that reorder or hide what stands around them.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]|[\u{e0000}-\u{e01ef}]/gu;

/** The text with what would act unseen shown: ␛ for an escape, ‹U+202E› for a bidi control. */
export function visible(text) {
  return String(text).replace(UNSEEN, (one) => {
    const code = one.codePointAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
  });
}

function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.setAttribute("class", value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "value" || name === "checked") element[name] = value;
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value != null) element.setAttribute(name, visible(value));
}

function grow(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child == null || child === false) continue;
    element.append(child instanceof Node ? child : visible(child));
  }
  return element;
}

/** An element: h("a", {class: "x", onclick: f}, "text", child, …). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  return grow(element, children);
}

/** An element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  return grow(element, children);
}

/** Puts these children in the place of all that an element has. */
export function fill(element, ...children) {
  element.replaceChildren();
  return grow(element, children);
}

/** Tells a screen reader. */
export function say(text) {
  document.getElementById("said").textContent = visible(text);
}

/** `1 call`, `2 calls`. */
export function counted(number, singular) {
  return `${number.toLocaleString("en")} ${singular}${number === 1 ? "" : "s"}`;
}

/** `0.31 s`, `4.2 s`, `75 s`. */
export function duration(seconds) {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  return seconds < 20 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** The local time of a moment in seconds since the epoch, with the date unless it is today's. */
export function clock(seconds) {
  const at = new Date(seconds * 1000);
  const time = at.toLocaleTimeString("en-GB");
  const today = at.toDateString() === new Date().toDateString();
  return today ? time : `${at.toLocaleDateString("en-CA")} ${time}`;
}

/** Puts a text on the clipboard; true where that went well. */
export async function copy(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { /* not allowed, or no secure context: the old way below */ }
  }
  const area = h("textarea", { class: "unseen", value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Saves a text as a file. */
export function save(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
