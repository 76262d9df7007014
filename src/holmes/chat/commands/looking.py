"""Commands that show something and change nothing."""

import time
from typing import TYPE_CHECKING

from holmes.chat.commands.base import Command, table
from holmes.chat.filling import filling
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.render.text import called, counted, duration, numbered

if TYPE_CHECKING:
    from holmes.chat.chat import Chat

_SESSIONS = 10
_QUESTION = 60


async def _config(chat: "Chat", rest: str) -> None:
    del rest
    config, runtime = chat.config, chat.runtime
    cluster = config.snapshot or config.context or "as kubectl has it"
    rows = [
        ("model", f"{runtime.model.name} at {runtime.model.address}"),
        ("cluster", str(cluster)),
        ("namespace", config.namespace or "all"),
        ("guidance", config.guidance),
        ("limits", f"{config.max_steps} steps, {config.timeout:.0f} s a question"),
        ("may be asked for", ", ".join(config.allow) or "nothing: reading alone"),
        ("names", "masked" if config.redact_names else "as they are"),
        ("session", chat.recorder.session_id or "none yet"),
        ("config file", config.source or "none"),
    ]
    chat.front.show(table(rows))
    await _tools(chat, "")


async def _tools(chat: "Chat", rest: str) -> None:
    del rest
    rows = [
        (
            item.name,
            item.status.state,
            item.status.reason or ", ".join(tool.definition.name for tool in item.tools),
        )
        for item in chat.runtime.toolsets
    ]
    chat.front.show(table(rows))


async def _context(chat: "Chat", rest: str) -> None:
    del rest
    if chat.investigation is not None:
        await chat.investigation.open()
    used = filling(chat.investigation)
    rows = [(what, f"{tokens:>7,}", more) for what, tokens, more in used.parts]
    share = 100 * used.total // used.window
    chat.front.show(
        f"About {used.total:,} of {used.window:,} tokens ({share} %); {used.reserved:,} are kept "
        f"free for a reply, {max(0, used.window - used.reserved - used.total):,} are left.\n"
        f"{table(rows, '  ')}"
    )


async def _last(chat: "Chat", rest: str) -> None:
    del rest
    numbers = chat.exchanges[-1].numbers if chat.exchanges else []
    chat.front.show(_listed([chat.exchanges.found[n] for n in numbers]) or "Nothing was called.")


async def _show(chat: "Chat", rest: str) -> None:
    found = chat.exchanges.found
    if not rest:
        chat.front.show(_listed(list(found.values())) or "There is no result yet.")
        return
    if rest.isdecimal():
        entry = found.get(int(rest))
    else:
        entry = next((e for e in found.values() if rest.lower() in called(e).lower()), None)
    if entry is None:
        _no_such(chat, rest)
    else:
        await chat.front.view(numbered(entry), entry.output.text or entry.output.note)


async def _evidence(chat: "Chat", rest: str) -> None:
    number = rest.strip("[]")
    entry = chat.exchanges.found.get(int(number)) if number.isdecimal() else None
    if entry is None:
        _no_such(chat, rest)
        return
    citing = [
        f"answer {place}"
        for place, each in enumerate(chat.exchanges.answered, start=1)
        if each.answer and entry.number in each.answer.citations
    ]
    output = entry.output
    rows = [
        ("command", called(entry)),
        ("tool", entry.tool),
        ("status", f"{output.status.replace('_', ' ')}, {duration(entry.seconds)}"),
        ("note", output.note),
        ("the model saw", _seen(entry)),
        ("cited by", ", ".join(citing) or "no answer"),
    ]
    said = table([row for row in rows if row[1]])
    chat.front.show(f"[{entry.number}]\n{said}\n\n{output.text}")


def _seen(entry: Evidence) -> str:
    if entry.excerpt == entry.output.text:
        return "all of it"
    return f"{len(entry.excerpt):,} of its {len(entry.output.text):,} characters"


def _no_such(chat: "Chat", wanted: str) -> None:
    numbers = ", ".join(map(str, chat.exchanges.found)) or "none"
    chat.front.show(f'! There is no result "{wanted}". There are: {numbers}.')


async def _why(chat: "Chat", rest: str) -> None:
    del rest
    answered = chat.exchanges.answered
    answer = answered[-1].answer if answered else None
    chat.front.show(why(answer) if answer else "There is no answer yet.")


def why(answer: Answer) -> str:
    """What of an answer results hold, and which."""
    rows = [
        (each.status, each.text, _by(each.evidence), each.calculation or _instead(each.instead))
        for each in answer.specifics
    ]
    stated = [
        f"{each.verdict.upper()}  {each.text} {_by(each.citations)}".rstrip()
        + (f"\n  open: {each.open}" if each.open else "")
        for each in answer.statements
    ]
    quotes = [
        f"  [{quote.evidence}] {line}"
        for each in answer.statements
        for quote in each.quotes
        for line in quote.lines
    ]
    parts = [table(rows), "\n".join([*stated, *quotes]), "\n".join(answer.gaps), answer.reason]
    return "\n\n".join(part for part in parts if part) or (
        "The answer holds nothing that can be looked up."
    )


def _by(numbers: tuple[int, ...]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _instead(value: str) -> str:
    return f"the results say {value}" if value else ""


async def _sessions(chat: "Chat", rest: str) -> None:
    del rest
    from holmes.runs.store import Store  # noqa: PLC0415  # only for this command
    from holmes.runs.transcript import summary  # noqa: PLC0415

    rows = []
    for item in map(summary, Store().newest_first()[:_SESSIONS]):
        if item.header is None:
            continue
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(item.header.at))
        words = " ".join(item.header.question.partition("\n\n--- ")[0].split())
        cut = words if len(words) <= _QUESTION else f"{words[: _QUESTION - 1]}…"
        rows.append((item.path.stem, when, item.state, cut))
    said = table(rows) or "None is recorded."
    chat.front.show(f"{said}\nGo on with one: holmes chat --resume ID")


def _listed(found: list[Evidence]) -> str:
    rows = [
        (
            f"[{each.number}]",
            each.output.status.replace("_", " "),
            duration(each.seconds),
            counted(len(each.output.text.splitlines()), "line"),
            called(each),
        )
        for each in found
    ]
    return table(rows)


COMMANDS = (
    Command(name="config", help="model, cluster, limits, toolsets", run=_config),
    Command(name="tools", help="the toolsets and whether they can be used", run=_tools),
    Command(name="context", help="what fills the model's context window", run=_context),
    Command(name="last", help="the calls of the last question", run=_last),
    Command(
        name="show",
        takes="[N or TEXT]",
        help="all results; or one, to scroll and search",
        run=_show,
    ),
    Command(name="evidence", takes="N", help="one result: how it came, all of it", run=_evidence),
    Command(name="why", help="what of the answer is verified, and by what", run=_why),
    Command(name="sessions", help="recorded conversations to go on with", run=_sessions),
)
