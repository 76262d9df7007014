// A document that folds, written like YAML; what is folded is not made before it is opened.
import { counted, h } from "./dom.js";

const AT_ONCE = 200;
const OPEN = 12;

function scalar(value) {
  const kind = value === null ? "null" : typeof value;
  return h("span", { class: `scalar ${kind}` }, typeof value === "string" ? value || '""' : JSON.stringify(value));
}

function children(value) {
  return Array.isArray(value) ? value.map((each) => ["-", each]) : Object.entries(value);
}

function node(key, value, depth) {
  const name = h("span", { class: "key" }, key === "-" ? "- " : `${key}: `);
  if (value === null || typeof value !== "object") return h("div", { class: "leaf" }, name, scalar(value));
  const inner = children(value);
  if (!inner.length) return h("div", { class: "leaf" }, name, Array.isArray(value) ? "[]" : "{}");
  const body = h("div", { class: "inner" });
  let made = 0;
  const more = () => {
    body.querySelector(":scope > button")?.remove();
    body.append(...inner.slice(made, made + AT_ONCE).map(([each, item]) => node(each, item, depth + 1)));
    made += AT_ONCE;
    const left = inner.length - made;
    if (left > 0) body.append(h("button", { type: "button", onclick: more }, `${left.toLocaleString("en")} more`));
  };
  const open = depth < 2 && inner.length <= OPEN;
  const folded = h("details", { open }, h("summary", {}, name, h("span", { class: "dim" }, size(value, inner))), body);
  if (open) more();
  folded.addEventListener("toggle", () => {
    if (folded.open && !made) more();
  });
  return folded;
}

/** What a folded part is: its name where it has one, else how much it holds. */
function size(value, inner) {
  const name = value.metadata?.name ?? value.name;
  const many = Array.isArray(value) ? counted(inner.length, "item") : counted(inner.length, "field");
  return typeof name === "string" ? `${name}, ${many}` : many;
}

/** A view of a JSON document. */
export function treeView(value) {
  const whole = h("div", { class: "tree scroll", tabindex: "0", role: "group", "aria-label": "Document" });
  if (value === null || typeof value !== "object") whole.append(scalar(value));
  else {
    const inner = children(value);
    const shown = inner.slice(0, AT_ONCE);
    whole.append(...shown.map(([key, item]) => node(key, item, inner.length > OPEN ? 1 : 0)));
    if (inner.length > AT_ONCE) whole.append(node(`${inner.length - AT_ONCE} more`, Object.fromEntries(inner.slice(AT_ONCE).map(([key, item], index) => [key === "-" ? index + AT_ONCE : key, item])), 9));
  }
  const fold = (open) => () => whole.querySelectorAll("details").forEach((each) => {
    each.open = open;
  });
  const bar = h("div", { class: "bar" },
    h("button", { type: "button", onclick: fold(true) }, "Open one level"),
    h("button", { type: "button", onclick: fold(false) }, "Fold all"));
  return h("div", { class: "view" }, bar, whole);
}
