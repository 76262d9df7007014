"""/save: the conversation as markdown, as JSON, or as a report of the incident."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from holmes.agent.question import words_of
from holmes.chat.commands.base import Command
from holmes.chat.exchanges import Exchange, Exchanges
from holmes.core import codec
from holmes.core.evidence import Evidence
from holmes.core.tool_output import LogLines
from holmes.files import write_atomically
from holmes.render.text import called, numbered
from holmes.tools.times import seconds_of

if TYPE_CHECKING:
    from holmes.chat.chat import Chat

_MOST_LINES = 40


async def _save(chat: "Chat", rest: str) -> None:
    kind, _, name = rest.rpartition(" ")
    if not name or kind not in {"", "incident"}:
        chat.front.show("! /save FILE.md, /save FILE.json, or /save incident FILE.md")
        return
    cluster = chat.config.context or str(chat.config.snapshot or "")
    if kind:
        text = incident(chat.exchanges, cluster)
    elif name.endswith(".json"):
        text = as_json(chat.exchanges)
    else:
        text = markdown(chat.exchanges)
    chat.front.show(_written(Path(name), text))


def _written(path: Path, text: str) -> str:
    path = path.expanduser()
    if path.exists():
        return f'! "{path}" is there already; give another name.'
    try:
        write_atomically(path, text)
    except OSError as error:
        return f'! "{path}" can\'t be written: {error.strerror or error}.'
    return f'Saved: "{path}"'


def markdown(exchanges: Exchanges) -> str:
    """Questions, answers, and what each answer rests on."""
    parts: list[str] = []
    for each in exchanges.answered:
        parts += [f"## {words_of(each.question)}", f"*{_when(each.began)}*", *_answer(each)]
        cited = [exchanges.found[n] for n in _cited(each) if n in exchanges.found]
        parts += ["\n".join(f"- `{numbered(entry)}`" for entry in cited)]
    return "\n\n".join(filter(None, parts)) + "\n"


def as_json(exchanges: Exchanges) -> str:
    """Everything, with the whole outputs."""
    document = {
        "exchanges": [
            {
                "question": each.question,
                "began": each.began,
                "ended": each.ended,
                "results": each.numbers,
                "answer": codec.encode(each.answer),
            }
            for each in exchanges.answered
        ],
        "evidence": [codec.encode(entry) for entry in exchanges.found.values()],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def incident(exchanges: Exchanges, cluster: str) -> str:
    """What was found, why, and when: what the systems logged and what was done to find it."""
    answered = exchanges.answered
    title = words_of(answered[0].question) if answered else "Nothing was asked"
    causes = [
        f"- **{each.verdict}**: {each.text} {''.join(f'[{n}]' for n in each.citations)}".rstrip()
        for exchange in answered
        if exchange.answer
        for each in exchange.answer.statements
    ]
    moments = sorted((*_done(exchanges), *_logged(exchanges)), key=lambda it: seconds_of(it[0]))
    shown = [f"- {_stamp(at)} {what}" for at, what in moments]
    cited = sorted({n for each in answered for n in _cited(each)})
    entries = [exchanges.found[n] for n in cited if n in exchanges.found]
    parts = [
        f"# Incident: {title}",
        f"Cluster: {cluster}" if cluster else "",
        "## Causes" if causes else "",
        "\n".join(dict.fromkeys(causes)),
        "## Timeline",
        "\n".join(shown),
        "## Findings",
        *(part for each in answered for part in (f"### {words_of(each.question)}", *_answer(each))),
        "## Evidence",
        *(_shown(entry) for entry in entries),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _answer(each: Exchange) -> Iterator[str]:
    if each.answer is not None:
        yield each.answer.text
        yield each.answer.reason
        yield "\n".join(each.answer.gaps)


def _cited(each: Exchange) -> tuple[int, ...]:
    return each.answer.citations if each.answer else ()


def _logged(exchanges: Exchanges) -> Iterator[tuple[str, str]]:
    """Lines that an answer quotes, where the log says when they were written."""
    quoted = {
        line.strip()
        for each in exchanges.answered
        if each.answer
        for statement in each.answer.statements
        for quote in statement.quotes
        for line in quote.lines
    }
    for entry in exchanges.found.values():
        if isinstance(entry.output.data, LogLines):
            for line in entry.output.data.lines:
                if line.time and any(line.text.strip() in q for q in quoted if line.text.strip()):
                    yield line.time, f"{line.source}: {line.text.strip()} [{entry.number}]"


def _done(exchanges: Exchanges) -> Iterator[tuple[str, str]]:
    for each in exchanges.answered:
        yield _utc(each.began), f'asked: "{words_of(each.question)}"'
        for number in each.numbers:
            if number in exchanges.found:
                yield _utc(each.began), f"looked [{number}]: `{called(exchanges.found[number])}`"
        yield _utc(each.ended), "answered"


def _shown(entry: Evidence) -> str:
    lines = entry.output.text.splitlines()
    fence = "```" if "```" not in entry.output.text else "~~~~"
    more = f"\n… {len(lines) - _MOST_LINES} more lines" if len(lines) > _MOST_LINES else ""
    kept = "\n".join(lines[:_MOST_LINES])
    return f"**[{entry.number}]** `{called(entry)}`\n\n{fence}\n{kept}{more}\n{fence}"


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _stamp(moment: str) -> str:
    return moment[:19].replace("T", " ") + " UTC" if moment.endswith("Z") else moment


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


COMMANDS = (
    Command(
        name="save",
        takes="[incident] FILE",
        help="the conversation as .md or .json; a report with a timeline",
        run=_save,
    ),
)
