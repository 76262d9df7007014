"""The rows as Markdown: the tables of docs/compatibility.md and the short one of the README."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from compat.rows import CAUSES, EXCHANGES, FOLDER, Asked, Ran, Replayed, Row, State, load

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "compatibility.md"
README = ROOT / "README.md"

_MARKS: Mapping[State, str] = {
    "yes": "yes",
    "partly": "part",
    "no": "no",
    "unknown": "?",
    "skipped": "-",
}


def write(page: Path = PAGE, readme: Path = README, folder: Path = FOLDER) -> None:
    """Put the tables into both files, between their marks."""
    rows = load(folder)
    for path in (page, readme):
        text = path.read_text(encoding="utf-8")
        path.write_text(rendered(text, rows), encoding="utf-8")


def rendered(text: str, rows: Sequence[Row]) -> str:
    """The text with each `<!-- rows: NAME -->` block as it should be."""

    def block(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- rows: {name} -->\n{BLOCKS[name](rows)}\n<!-- end -->"

    return re.sub(r"<!-- rows: (\w+) -->\n[\s\S]*?<!-- end -->", block, text)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(_cell(c) for c in line)} |" for line in cells)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _named(row: Row) -> str:
    return f"{row.server}, {row.setup}" if row.setup else row.server


def _ran(rows: Sequence[Row]) -> list[tuple[Row, Ran]]:
    return [(row, row.ran) for row in rows if row.ran is not None]


def _replayed(rows: Sequence[Row]) -> list[tuple[Row, Replayed]]:
    return [(row, row.replayed) for row in rows if row.replayed is not None]


def _incident(ask: Asked) -> str:
    if ask.exit_code:
        return f"no answer (exit {ask.exit_code})"
    strangers = f", {ask.strangers} pods that don't exist" if ask.strangers else ""
    return f"{ask.causes} of {CAUSES} causes{strangers}"


def _capabilities(rows: Sequence[Row]) -> str:
    head = ("server", "set-up", "version", "date", "auto ends on", *EXCHANGES.values())
    lines = (
        (
            *(row.server, row.setup, ran.version, ran.date, _mode(ran)),
            *(_mark(ran, key) for key in EXCHANGES),
        )
        for row, ran in _ran(rows)
    )
    return _table(head, lines)


def _mark(ran: Ran, key: str) -> str:
    seen = ran.exchanges.get(key)
    return _MARKS[seen.state] if seen else ""


def _mode(ran: Ran) -> str:
    if not ran.loop.fault:
        return ran.loop.mode
    return f"{ran.loop.mode}, then no answer" if ran.loop.called else f"{ran.loop.mode}, failed"


def _runs(rows: Sequence[Row]) -> str:
    head = (
        *("server", "set-up", "recognised as", "weights", "check chose", "`holmes ask`"),
        *("requests", "tool calls", "check, s", "ask, s", "load"),
    )
    lines = (
        (
            *(row.server, row.setup, ran.recognised, ran.weights, ran.chosen, _incident(ran.ask)),
            *(str(ran.ask.requests), str(ran.ask.calls)),
            *(f"{ran.check_seconds:.0f}", f"{ran.ask_seconds:.0f}", f"{ran.load:.1f}"),
        )
        for row, ran in _ran(rows)
    )
    return _table(head, lines)


def _details(rows: Sequence[Row]) -> str:
    """What is not a plain yes, in the words of the check, and what people noted."""
    parts = []
    for row, ran in _ran(rows):
        notes = [
            f"- {EXCHANGES[key]}: {_MARKS[seen.state]}; {_cell(seen.how)}"
            for key, seen in ran.exchanges.items()
            if key in EXCHANGES and seen.how and seen.state != "yes"
        ]
        notes += [f"- in one loop: {_cell(ran.loop.fault)}"] if ran.loop.fault else []
        notes += [f"- `holmes ask`: {_cell(ran.ask.reason)}"] if ran.ask.reason else []
        notes += [f"- {_cell(remark)}" for remark in row.remarks]
        lines = [f"### {_named(row)}", "", ran.summary, "", *notes]
        parts.append("\n".join(lines).rstrip())
    return "\n\n".join(parts)


def _played(rows: Sequence[Row]) -> str:
    head = ("server", "known from", "replayed by", "why not run")
    lines = (
        (_named(row), item.known_from, ", ".join(f"`{test}`" for test in item.tests), item.why)
        for row, item in _replayed(rows)
    )
    return _table(head, lines)


def _short(rows: Sequence[Row]) -> str:
    head = ("server", "version", "date", "how tools were called", "`holmes ask` on three incidents")
    lines = [
        (_named(row), ran.version, ran.date, ran.loop.mode, _incident(ran.ask))
        for row, ran in _ran(rows)
    ]
    names = "; ".join(_named(row) for row, _ in _replayed(rows))
    return f"{_table(head, lines)}\n\nReplayed, not run: {names}."


BLOCKS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "capabilities": _capabilities,
    "runs": _runs,
    "details": _details,
    "replayed": _played,
    "short": _short,
}
