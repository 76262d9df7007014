// An answer's markdown as elements: headings, lists, tables, code, emphasis, citations. HTML in it
// stays text; a link shows where it leads, and images are links.
import { h } from "./dom.js";

const FENCE = /^\s*(`{3,}|~{3,})\s*([\w+-]*)/;
const ITEM = /^(\s*)([-*+•]|\d{1,3}[.)])\s+(.*)$/;
const RULE = /^\s*\|?\s*:?-{2,}[-:|\s]*$/;
const INLINE = new RegExp(
  [
    "(`+)([^`]|[^`][\\s\\S]*?[^`])\\1(?!`)", // 1, 2: code
    "(?<![\\w\\]])\\[(\\d{1,3}(?:\\s*,\\s*\\d{1,3})*)\\](?!\\()", // 3: citations
    "!?\\[([^\\]\\n]*)\\]\\(([^()\\s]*)\\)", // 4, 5: a link
    "\\*\\*(?=\\S)([\\s\\S]+?)\\*\\*", // 6: strong
    "(?<![\\w*])\\*(?=[^\\s*])([^*\\n]+?)\\*(?![\\w*])", // 7: emphasis
    "(?<=\\S) \\(\\?\\)", // the mark behind what no result holds
  ].join("|"),
  "g",
);

/** The elements of a markdown text; `cite(number)` makes the element of a citation. */
export function markdown(text, cite) {
  return blocks(text.split("\n"), cite);
}

function blocks(lines, cite) {
  const made = [];
  let at = 0;
  while (at < lines.length) {
    const [element, next] = block(lines, at, cite);
    if (element) made.push(element);
    at = next;
  }
  return made;
}

function block(lines, at, cite) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at, fence);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return [h(`h${Math.min(6, heading[1].length + 2)}`, {}, inline(heading[2], cite)), at + 1];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return [h("hr"), at + 1];
  if (line.includes("|") && RULE.test(lines[at + 1] ?? "") && lines[at + 1].includes("-")) return table(lines, at, cite);
  if (/^\s*>/.test(line)) return quote(lines, at, cite);
  if (ITEM.test(line)) return list(lines, at, cite);
  return paragraph(lines, at, cite);
}

function code(lines, at, [, fence]) {
  let end = at + 1;
  while (end < lines.length && !lines[end].trimStart().startsWith(fence)) end += 1;
  return [h("pre", { tabindex: "0" }, h("code", {}, lines.slice(at + 1, end).join("\n"))), end + 1];
}

function quote(lines, at, cite) {
  let end = at;
  while (end < lines.length && /^\s*>/.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(/^\s*> ?/, ""));
  return [h("blockquote", {}, blocks(inner, cite)), end];
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function table(lines, at, cite) {
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const head = h("tr", {}, cells(lines[at]).map((cell) => h("th", { scope: "col" }, inline(cell, cite))));
  const rows = lines.slice(at + 2, end).map((line) => h("tr", {}, cells(line).map((cell) => h("td", {}, inline(cell, cite)))));
  return [h("div", { class: "scroll", tabindex: "0" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))), end];
}

function list(lines, at, cite) {
  const [, indent, sign] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(sign);
  const items = [];
  let end = at;
  while (end < lines.length) {
    const item = ITEM.exec(lines[end]);
    if (!item || item[1].length !== indent.length || /\d/.test(item[2]) !== ordered) break;
    const inner = [item[3]];
    end += 1;
    while (end < lines.length && belongs(lines, end, indent.length)) {
      inner.push(lines[end].slice(Math.min(indent.length + 2, lines[end].search(/\S|$/))));
      end += 1;
    }
    items.push(h("li", {}, tight(blocks(inner, cite))));
  }
  const start = ordered ? { start: parseInt(sign, 10) } : {};
  return [h(ordered ? "ol" : "ul", start, items), end];
}

function belongs(lines, at, indent) {
  if (lines[at].trim()) return lines[at].search(/\S/) > indent || !/^\s*([-*+•#>]|\d{1,3}[.)]|```)/.test(lines[at]) && lines[at - 1].trim() !== "";
  return (lines[at + 1] ?? "").search(/\S/) > indent;
}

/** A list item's only paragraph without the paragraph's margins. */
function tight(elements) {
  return elements[0]?.tagName === "P" ? [...elements[0].childNodes, ...elements.slice(1)] : elements;
}

function paragraph(lines, at, cite) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !FENCE.test(lines[end]) && !ITEM.test(lines[end]) && !/^(#{1,6}\s|\s*>)/.test(lines[end])) end += 1;
  const said = lines.slice(at, end).map((line) => line.trim()).join("\n");
  return [h("p", { class: said.startsWith("(?) ") ? "doubts" : "" }, inline(said, cite)), end];
}

/** Emphasis, code, links and citations of one line. */
export function inline(text, cite) {
  const made = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) made.push(text.slice(at, match.index));
    made.push(piece(match, cite));
    at = match.index + match[0].length;
  }
  made.push(text.slice(at));
  return made;
}

function piece(match, cite) {
  const [whole, , code, cited, label, url, strong, emphasis] = match;
  if (code !== undefined) return h("code", {}, code);
  if (cited !== undefined) return cited.split(",").map((each) => cite(Number(each)));
  if (url !== undefined) return link(label, url);
  if (strong !== undefined) return h("strong", {}, inline(strong, cite));
  if (emphasis !== undefined) return h("em", {}, inline(emphasis, cite));
  return [" ", h("span", { class: "mark", title: "No result holds this" }, whole.trim())];
}

function link(label, url) {
  if (!/^https?:\/\/[^\s]+$/i.test(url)) return `${label} (${url})`;
  const a = h("a", { href: url, rel: "noopener noreferrer nofollow", target: "_blank" }, label || url);
  return label && label !== url ? [a, h("span", { class: "dim" }, ` (${url})`)] : a;
}

/**
 * Marks each value of an answer where it stands in these elements, by whether a result holds it.
 * `specifics` are in the order of the text; `open(number)` shows a result.
 */
export function markValues(root, specifics, open) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("button, .doubts")) nodes.push(walker.currentNode);
  }
  let from = 0;
  let offset = 0;
  for (const specific of specifics) {
    const place = find(nodes, specific.text, from, offset);
    if (!place) continue;
    [from, offset] = place;
    const rest = nodes[from].splitText(offset);
    const after = rest.splitText(specific.text.length);
    rest.replaceWith(value(specific, open));
    nodes.splice(from + 1, 0, after);
    [from, offset] = [from + 1, 0];
  }
}

function find(nodes, text, from, offset) {
  for (let at = from; at < nodes.length; at += 1) {
    const said = nodes[at].data;
    let place = said.indexOf(text, at === from ? offset : 0);
    while (place >= 0) {
      const before = said[place - 1] ?? " ";
      const behind = said[place + text.length] ?? " ";
      if (!(/\w/.test(before) && /^\w/.test(text)) && !(/\w/.test(behind) && /\w$/.test(text))) return [at, place];
      place = said.indexOf(text, place + 1);
    }
  }
  return null;
}

const SAID = {
  verified: "a result holds it", computed: "worked out from results",
  unverified: "no result holds it", contradicted: "results say otherwise",
};

/** What is known of a value, in words. */
export function status(specific) {
  const where = (specific.evidence ?? []).map((number) => `[${number}]`).join(", ");
  const more = specific.calculation || (specific.instead && `it is ${specific.instead}`) || "";
  return [SAID[specific.status], where, more].filter(Boolean).join(": ");
}

function value(specific, open) {
  const number = specific.evidence?.[0];
  const attributes = { class: `value ${specific.status}`, title: status(specific) };
  if (!number) return h("span", attributes, specific.text);
  const find = specific.status === "contradicted" ? specific.instead : specific.text;
  return h("span", { ...attributes, onclick: () => open(number, find ?? "") }, specific.text);
}
