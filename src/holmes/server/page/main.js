// Start, address, keyboard, the list of runs, and the place to ask.
import * as api from "./api.js";
import { clock, fill, h, say } from "./dom.js";
import { Evidence } from "./evidence.js";
import { Investigation, VIEWS } from "./investigation.js";

const $ = (id) => document.getElementById(id);
const LISTED = 200;
const THEMES = ["system", "light", "dark"];
const SHORTCUTS = [
  ["/", "write a question"], ["n", "new investigation"], ["1 2 3 4", "answer, timeline, causes, plots"],
  ["j  k", "next run, run before"], ["[  ]", "result before, next result"], ["Esc", "close the evidence"], ["?", "this list"],
];

let current = null;
let shown = null; // the id that is shown, "" for none
let listed = [];
const middle = h("div", { class: "middle" });
const evidence = new Evidence($("evidence"), {
  close: () => go({ number: 0 }),
  go: (number) => go({ number }),
  began: () => current?.began ?? 0,
});

// --- the address: #/runs/ID/VIEW/evidence/N

function address() {
  const [, , id = "", view = "", , number = ""] = decodeURIComponent(location.hash).split("/");
  return { id, view: VIEWS.includes(view) ? view : "answer", number: Number(number) || 0 };
}

function hash({ id, view, number }) {
  if (!id) return "#/";
  return `#/runs/${encodeURIComponent(id)}${view !== "answer" || number ? `/${view}` : ""}${number ? `/evidence/${number}` : ""}`;
}

let wanted = ""; // words to look for in the result that is opened next

function go(change) {
  wanted = change.words ?? "";
  const next = hash({ ...address(), ...change });
  if (next === location.hash) route();
  else location.hash = next;
}

function route() {
  const { id, view, number } = address();
  if (shown !== id) begin(id, view);
  current?.choose(view);
  if (current && number) evidence.show(current.run, number, wanted);
  else evidence.hide();
  wanted = "";
  document.body.classList.toggle("reading", Boolean(current && number));
  drawList();
}

function begin(id, view) {
  current?.close();
  current = null;
  shown = id;
  document.title = "Holmes";
  if (id) {
    current = new Investigation(middle, id, {
      open: (number, words) => go({ number, words }),
      view: (name) => go({ view: name }),
      changed: refresh,
      refused: denied,
    });
    current.show(view);
  } else fill(middle, h("h2", {}, "What is wrong?"), h("p", { class: "dim" }, "Holmes looks with read-only tools, and answers with what they showed."));
  menu(false);
  choices.hidden = Boolean(id);
}

// --- asking

const text = h("textarea", { id: "question", rows: 2, "aria-label": "Question", placeholder: "Ask, or go on asking" });
const choices = h("span", { class: "choices" });
const trouble = h("span", { class: "problem", role: "alert" });
const send = h("button", { type: "submit", class: "yes" }, "Ask");

function choice(name, values) {
  if (values.length < 2) return null;
  return h("label", {}, `${name} `, h("select", { name }, values.map((each) => h("option", { value: each }, each))));
}

async function ask(event) {
  event.preventDefault();
  const question = text.value.trim();
  if (!question || send.disabled) return;
  send.disabled = true;
  trouble.textContent = "";
  try {
    if (current) await current.ask(question);
    else {
      const chosen = [...choices.querySelectorAll("select")].map((each) => [each.name, each.value]);
      const { id } = await api.ask({ question, ...Object.fromEntries(chosen) });
      go({ id, view: "answer", number: 0 });
    }
    text.value = "";
    refresh();
  } catch (error) {
    trouble.textContent = error.message;
    denied(error);
  }
  send.disabled = false;
}

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) ask(event);
});

// --- the list of runs

const filter = h("input", { type: "search", placeholder: "Find a run", "aria-label": "Find a run", oninput: () => drawList() });
const list = h("ul");

async function refresh() {
  try {
    listed = (await api.runs(LISTED)).investigations;
    drawList();
  } catch (error) {
    denied(error);
  }
}

function drawList() {
  const words = filter.value.toLowerCase();
  const { id } = address();
  const now = JSON.stringify([listed, words, id]);
  if (list.dataset.shows === now) return;
  list.dataset.shows = now;
  fill(list, listed.filter((each) => each.question.toLowerCase().includes(words)).map((each) => h("li", {},
    h("a", { href: hash({ id: each.id, view: "answer" }), "aria-current": each.id === id ? "page" : null },
      h("span", { class: "asked" }, each.question.split("\n")[0] || each.id),
      h("span", { class: `pill ${each.state.replace(" ", "-")}` }, each.state),
      h("span", { class: "dim" }, each.began ? clock(each.began) : "")))));
}

function neighbour(by) {
  const at = listed.findIndex((each) => each.id === address().id);
  const next = listed[Math.max(0, at + by)];
  if (next) go({ id: next.id, view: "answer", number: 0 });
}

// --- the key, where the server wants one

function denied(error) {
  if (error.status !== 401 || document.querySelector("#key")) return;
  const field = h("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const form = h("form", { class: "door", onsubmit: (event) => {
    event.preventDefault();
    api.keep(field.value);
    location.reload();
  } }, h("label", { for: "key" }, "This server wants a key"), field, h("button", { type: "submit" }, "Use it"));
  $("main").prepend(form);
  field.focus();
}

// --- keyboard, theme, menu

function menu(open) {
  document.body.classList.toggle("menu", open);
  $("menu").setAttribute("aria-expanded", open);
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = `Theme: ${name}`;
  localStorage.setItem("holmes-theme", name);
}

function shortcuts() {
  const dialog = $("keys");
  fill(dialog, h("h2", { id: "keys-title" }, "Keyboard"), h("dl", {}, SHORTCUTS.map(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])),
    h("button", { type: "button", onclick: () => dialog.close() }, "Close"));
  dialog.showModal();
}

const DOES = {
  "/": () => text.focus(), n: () => go({ id: "", number: 0 }), j: () => neighbour(1), k: () => neighbour(-1),
  "[": () => address().number > 1 && go({ number: address().number - 1 }),
  "]": () => address().number && current?.run.call(address().number + 1) && go({ number: address().number + 1 }),
  "?": shortcuts, Escape: () => address().number && go({ number: 0 }),
  ...Object.fromEntries(VIEWS.map((view, index) => [String(index + 1), () => current && go({ view })])),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const writing = event.target.closest("input, textarea, select");
  if (writing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!Object.hasOwn(DOES, event.key)) return;
  event.preventDefault();
  DOES[event.key]();
}

// --- start

async function start() {
  try {
    const { version, models, clusters } = await api.info();
    $("server").textContent = version;
    fill(choices, choice("model", models), choice("cluster", clusters));
  } catch (error) {
    denied(error);
    return;
  }
  refresh();
}

theme(localStorage.getItem("holmes-theme") ?? "system");
fill($("main"), middle, h("form", { id: "ask", onsubmit: ask }, text, h("div", { class: "bar" }, choices, send, trouble)));
fill($("runs"), h("a", { class: "new", href: "#/" }, "New investigation"), filter, list);
$("theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
$("menu").addEventListener("click", () => menu(!document.body.classList.contains("menu")));
$("help").addEventListener("click", shortcuts);
addEventListener("keydown", pressed);
addEventListener("hashchange", route);
setInterval(() => document.visibilityState === "visible" && refresh(), 5000);
route();
start();
say("");
