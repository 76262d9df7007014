// A question with its answer: what is stated, by which results, and how well they carry it.
import { counted, copy, fill, h, say } from "./dom.js";
import { inline, markdown, markValues, status } from "./markdown.js";
import { called } from "./run.js";

const FACTS = ["cause", "pods", "impact", "changed", "next"];
const KINDS = ["verified", "computed", "unverified", "contradicted"];

/** A button that shows a result. */
export function citation(number, open, exists = () => true) {
  if (!exists(number)) return h("span", {}, `[${number}]`);
  return h("button", { type: "button", class: "cite", "aria-label": `Result ${number}`, onclick: () => open(number) }, `[${number}]`);
}

function quotes(statement, cite) {
  const found = statement.quotes ?? [];
  if (!found.length) return null;
  return h("details", {}, h("summary", {}, "The lines that decide"),
    found.map((each) => h("div", { class: "quote" }, cite(each.evidence, each.lines[0]), h("pre", { tabindex: "0" }, each.lines.join("\n")))));
}

function stated(statement, cite) {
  const facts = FACTS.filter((name) => statement[name]).map((name) => [h("dt", {}, name), h("dd", {}, statement[name])]);
  return h("section", { class: `stated ${statement.verdict}` },
    h("h3", {}, verdict(statement), " ", statement.object),
    h("p", {}, statement.problem || statement.text, (statement.citations ?? []).map((each) => [" ", cite(each)])),
    h("dl", {}, facts), statement.open && h("p", { class: "dim" }, `What would decide it: ${statement.open}`), quotes(statement, cite));
}

function verdict(statement) {
  return h("span", { class: `pill ${statement.verdict}` }, statement.verdict);
}

/** The results behind a statement that its own words do not name. */
function uncited(statement) {
  return (statement.citations ?? []).filter((number) => !statement.text.includes(`[${number}]`));
}

function judged(statements, cite) {
  if (!statements.length) return null;
  return h("section", {}, h("h3", {}, "Statements"), h("ul", { class: "statements" }, statements.map((each) =>
    h("li", {}, verdict(each), " ", inline(each.text, cite), uncited(each).map((number) => [" ", cite(number)]),
      each.open && h("span", { class: "dim" }, ` What would decide it: ${each.open}`), quotes(each, cite)))));
}

function values(specifics, cite) {
  if (!specifics.length) return null;
  const counts = KINDS.map((kind) => [kind, specifics.filter((each) => each.status === kind).length]).filter(([, count]) => count);
  const order = specifics.toSorted((a, b) => KINDS.indexOf(b.status) - KINDS.indexOf(a.status));
  return h("details", { class: "values" },
    h("summary", {}, "Values: ", counts.map(([kind, count], index) => [index ? ", " : "", h("span", { class: `value ${kind}` }, `${count} ${kind}`)])),
    h("ul", {}, order.map((each) => h("li", {}, h("span", { class: `value ${each.status}` }, each.text), " ",
      h("span", { class: "dim" }, status({ ...each, evidence: [] })), " ", (each.evidence ?? []).map((number) => [cite(number, each.text), " "])))));
}

/** The whole turn as markdown: question, answer, the calls that it cites. */
export function asMarkdown(turn, run) {
  const { answer } = turn;
  const cited = (answer.citations ?? []).map((number) => run.call(number)).filter(Boolean);
  const listed = cited.map((call) => `- [${call.number}] \`${called(call)}\``);
  const reason = answer.reason ? [`_${answer.reason}_`] : [];
  return [`# ${turn.question.split("\n")[0]}`, answer.text || "", ...reason, ...(listed.length ? [`## Results\n\n${listed.join("\n")}`] : [])].filter(Boolean).join("\n\n") + "\n";
}

/** The body of an answer; `open(number, words)` shows a result. */
export function answerView(turn, run, open) {
  const { answer } = turn;
  const exists = (number) => Boolean(run.call(number));
  const cite = (number, words = "") => citation(number, () => open(number, words), exists);
  const statements = answer.statements ?? [];
  const code = statements.filter((each) => each.object);
  const said = h("div", { class: "said" });
  if (code.length) {
    fill(said, code.map((each) => stated(each, cite)), markdown(answer.more ?? "", cite));
    if (answer.explanation) said.append(h("h3", {}, "In the model’s words"), ...markdown(answer.explanation, cite));
  } else fill(said, markdown(answer.text ?? "", cite));
  markValues(said, answer.specifics ?? [], open);
  return h("div", { class: "answer" }, said,
    answer.reason && h("p", { class: "problem" }, answer.reason),
    judged(statements.filter((each) => !each.object), cite),
    values(answer.specifics ?? [], cite),
    answer.gaps?.length > 0 && h("details", {}, h("summary", {}, counted(answer.gaps.length, "gap")), h("ul", {}, answer.gaps.map((each) => h("li", {}, each)))));
}

/** What can be done with an answer. */
export function actions(turn, run, { last, feedback }) {
  const said = async (text, what) => say((await copy(text)) ? `${what} copied.` : "The browser did not allow it.");
  const link = () => `${location.origin}${location.pathname}#/runs/${run.id}`;
  const comment = h("input", { type: "text", maxlength: 10000, placeholder: "Comment", "aria-label": "Comment on the answer" });
  const told = h("span", { class: "dim", role: "status" });
  const give = (useful) => async () => {
    try {
      await feedback(useful, comment.value);
      told.textContent = "Put on record. Thank you.";
    } catch (error) {
      told.textContent = error.message;
    }
  };
  return h("div", { class: "bar" },
    h("button", { type: "button", onclick: () => said(asMarkdown(turn, run), "Answer") }, "Copy as markdown"),
    h("button", { type: "button", onclick: () => said(link(), "Link") }, "Copy link"),
    // A person's opinion is put on record of the last answer.
    last && [h("button", { type: "button", onclick: give(true) }, "Useful"), h("button", { type: "button", onclick: give(false) }, "Not useful"), comment, told]);
}
