"""One HTML file with every figure and transcript; nothing in it is loaded from elsewhere.

Transcripts hold what clusters and models wrote. Every text is escaped, and the page's own policy
forbids scripts, so that a log line can't become part of the page.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from holmes.evals.results import Result, read, settings_of
from holmes.evals.summary import groups_of, label, summarize
from holmes.files import write_atomically

REPORT = "report.html"

_MOST_CHARS = 20_000
"""Of one tool result in the page; results.jsonl has the whole."""

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem;
  color: #1c2024; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .7rem;
  border-bottom: 1px solid #d8dce0; text-align: left; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
details { border-bottom: 1px solid #d8dce0; padding: .35rem 0; } summary { cursor: pointer; }
pre { background: #f4f6f8; padding: .6rem; overflow: auto; max-height: 28rem; white-space: pre-wrap;
  overflow-wrap: anywhere; } .yes { color: #0a6b2d; } .no { color: #b3261e; font-weight: 600; }
.dim { color: #5b646d; } h3 { margin: .8rem 0 .2rem; font-size: 1rem; }
@media (prefers-color-scheme: dark) { body { color: #e6e8ea; background: #16181a; }
  pre { background: #22262a; } .yes { color: #6ddc8b; } .no { color: #ff8a80; }
  .dim { color: #9aa4ad; } td, th, details { border-color: #33393f; } }
"""


def write(folder: Path) -> Path:
    """Make the report of a folder's results anew, and return its path."""
    return write_atomically(folder / REPORT, page(settings_of(folder), read(folder)))


def page(settings: dict[str, Any], results: Sequence[Result]) -> str:
    """The whole document."""
    ordered = sorted(results, key=lambda r: (r.score.passed, r.case, r.repeat))
    title = escape(f"holmes eval: {label(settings)}")
    told = "".join(
        f"<tr><th>{escape(str(key))}</th><td>{escape(str(value))}</td></tr>"
        for key, value in settings.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"{_figures(results)}<details><summary>Settings</summary><table>{told}</table></details>"
        f"<h2>Questions</h2>{''.join(_case(result) for result in ordered)}</body></html>\n"
    )


def _figures(results: Sequence[Result]) -> str:
    head = (
        *("", "questions", "runs", "pass@1 (95 %)", "all of k (95 %)", "object", "cause"),
        "cause in own words",
        *("no false alarm", "invented", "calls", "prompt tokens", "cached", "completion"),
        *("seconds", "judge"),
    )
    rows = []
    for name, group in groups_of(results).items():
        figures = summarize(group)
        tokens = (figures.prompt_tokens, figures.cached_tokens, figures.completion_tokens)
        cells = [
            *(str(figures.questions), str(figures.runs), str(figures.first), str(figures.every)),
            *(str(figures.object), str(figures.cause), str(figures.own_words)),
            *(str(figures.calm), str(figures.invented)),
            f"{figures.calls:.0f}",
            *("-" if value is None else f"{value:,.0f}" for value in tokens),
            f"{figures.seconds:.0f}",
            "-" if figures.mark is None else f"{figures.mark:.1f} of 5",
        ]
        numbers = "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
        rows.append(f"<tr><th>{escape(name)}</th>{numbers}</tr>")
    titles = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return (
        f"<table><tr>{titles}</tr>{''.join(rows)}</table>"
        '<p class="dim">Shares with Wilson\'s 95 % interval over questions; calls, tokens and '
        "seconds are medians of a run.</p>"
    )


def _case(result: Result) -> str:
    mark = (
        '<span class="yes">pass</span>' if result.score.passed else '<span class="no">fail</span>'
    )
    seconds = result.document.get("seconds", {}).get("total", 0)
    head = (
        f"{mark} <b>{escape(result.case)}</b> #{result.repeat} "
        f'<span class="dim">{escape(result.set)}, {len(result.tool_calls)} calls, '
        f"{escape(str(seconds))} s</span> {escape(result.question)}"
    )
    body = [
        f"<h3>Score</h3><p>{escape(verdict(result))}</p>",
        f"<h3>A right answer</h3><p>{escape(result.truth)}</p>",
        f"<h3>Answer</h3>{_pre(str(result.document.get('answer') or ''))}",
    ]
    reason = result.error or result.document.get("reason")
    if reason:
        body.append(f"<p>{escape(str(reason))}</p>")
    if result.judge:
        told = f"{result.judge.get('mark')} of 5: {result.judge.get('why', '')}"
        body.append(f"<h3>Judge</h3><p>{escape(told)}</p>")
    body += [_call(call) for call in result.tool_calls]
    if len(result.said) > 1:
        body.append("<h3>What the model wrote on the way</h3>")
        body += [_pre(text) for text in result.said[:-1]]
    notices = result.document.get("notices") or []
    body += [f'<p class="dim">{escape(str(notice))}</p>' for notice in notices]
    return f"<details><summary>{head}</summary>{''.join(body)}</details>"


def _call(call: dict[str, Any]) -> str:
    shown = call.get("command") or f"{call.get('tool')} {call.get('arguments')}"
    head = f"[{call.get('number')}] {shown} ({call.get('status')}, {call.get('seconds')} s)"
    note = call.get("note")
    told = f"<p>{escape(str(note))}</p>" if note else ""
    return f"<h3>{escape(head)}</h3>{told}{_pre(str(call.get('output') or ''))}"


def _pre(text: str) -> str:
    cut = text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}\n… whole in results.jsonl"
    return f"<pre>{escape(cut)}</pre>"


def verdict(result: Result) -> str:
    """The score in words."""
    score = result.score
    parts = []
    if score.object is not None:
        parts.append(f"object {'named' if score.object else 'not named'}")
    if score.cause is not None:
        parts.append(f"cause {'told' if score.cause else 'not told'}")
    if result.expect.verdict == "healthy" and not score.passed and not score.false_alarm:
        parts.append("does not say that nothing is wrong")
    if score.false_alarm:
        parts.append(f'false alarm: "{score.false_alarm}"')
    if score.forbidden:
        parts.append(f'says what is not so: "{score.forbidden}"')
    if score.sprawl:
        parts.append(f"goes on about {', '.join(score.sprawl)}")
    if score.invented:
        parts.append(f"invented: {', '.join(score.invented)}")
    if score.marked:
        parts.append(f"{score.marked} marked as unverified")
    if not result.answer:
        parts.append("no answer")
    return "; ".join(parts) or "nothing to say against it"
