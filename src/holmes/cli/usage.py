"""Tokens and cost of the runs on record, by month, model and session.

The cost is what the server says, or what the price of the model makes it; it is US dollars.
"""

import argparse
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from holmes.cli.printing import say, say_json, warn

if TYPE_CHECKING:
    from holmes.runs.usage import Total, Used

NAME = "usage"
HELP = "tokens and cost of the runs on record"

_HEADS = ("", "REQUESTS", "IN", "CACHED", "OUT", "THINKING", "COST")
_LONGEST = 44


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which month, and how it is shown."""
    parser.add_argument("--month", metavar="YYYY-MM", help="this month alone")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(args: argparse.Namespace) -> int:
    """Print; UsageError for what is no month."""
    from holmes.core.errors import UsageError  # noqa: PLC0415  # see cli/main.py
    from holmes.runs.store import MAX_SESSIONS, Store  # noqa: PLC0415
    from holmes.runs.usage import used  # noqa: PLC0415

    if args.month and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", args.month):
        raise UsageError(f'--month is "{args.month}".', hint="Give it like 2026-11.")
    store = Store()
    replies = [reply for path in store.newest_first() for reply in used(path)]
    chosen = [reply for reply in replies if args.month in (None, reply.month)]
    if args.json:
        say_json(_document(chosen))
    elif not chosen:
        warn(f'No reply of a model is on record in "{store.folder}" for that time.')
    else:
        _print(chosen)
        since = min(reply.month for reply in replies)
        say(f"\nOf the runs on record, which begin in {since}; the last {MAX_SESSIONS} are kept.")
    return 0


def _grouped(
    replies: "Iterable[Used]", key: "Callable[[Used], str]"
) -> "dict[str, tuple[Used, Total]]":
    """For each value of the key, in the order of replies: the first reply, and the sum."""
    from holmes.runs.usage import total  # noqa: PLC0415

    groups: dict[str, list[Used]] = {}
    for reply in replies:
        groups.setdefault(key(reply), []).append(reply)
    return {name: (each[0], total(r.usage for r in each)) for name, each in groups.items()}


def _print(replies: "list[Used]") -> None:
    from holmes.runs.usage import total  # noqa: PLC0415

    def shown(name: str, sums: "Total") -> tuple[str, ...]:
        return (name, *_cells(sums))

    tables = {
        "MONTH": [
            shown(m, s) for m, (_, s) in sorted(_grouped(replies, lambda r: r.month).items())
        ],
        "MODEL": [shown(m, s) for m, (_, s) in _grouped(replies, lambda r: r.model).items()],
        "SESSION": [
            shown(f"{session}  {_short(first.question)}", sums)
            for session, (first, sums) in _grouped(replies, lambda r: r.session).items()
        ],
        "": [shown("all", total(reply.usage for reply in replies))],
    }
    rows = [row for head, lines in tables.items() for row in ((head, *_HEADS[1:]), *lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    for head, lines in tables.items():
        say("" if not head else "  ".join(_line((head, *_HEADS[1:]), widths)))
        for row in lines:
            say("  ".join(_line(row, widths)))
        if head:
            say("")


def _line(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        row[0].ljust(widths[0]),
        *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
    ]


def _cells(sums: "Total") -> tuple[str, ...]:
    """Numbers as people read them; `+` stands where a part of the requests was not counted."""
    from holmes.render.text import dollars  # noqa: PLC0415

    usage = sums.usage

    def tokens(count: int | None) -> str:
        return "?" if count is None else f"{count:,}{'+' if sums.counted < sums.requests else ''}"

    partly = "+" if sums.priced < sums.requests else ""
    return (
        f"{sums.requests:,}",
        tokens(usage.prompt_tokens),
        tokens(usage.cached_tokens),
        tokens(usage.completion_tokens),
        tokens(usage.reasoning_tokens),
        "?" if usage.cost is None else dollars(usage.cost) + partly,
    )


def _short(question: str) -> str:
    words = " ".join(question.partition("\n\n--- ")[0].split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _document(replies: "list[Used]") -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415  # see cli/main.py

    from holmes.runs.usage import total  # noqa: PLC0415

    def sums(of: "Total") -> dict[str, Any]:
        return {
            "requests": of.requests,
            "counted": of.counted,
            "priced": of.priced,
            **asdict(of.usage),
        }

    def groups(name: str, key: "Callable[[Used], str]") -> list[dict[str, Any]]:
        return [{name: value} | sums(each) for value, (_, each) in _grouped(replies, key).items()]

    return {
        "total": sums(total(reply.usage for reply in replies)),
        "months": groups("month", lambda reply: reply.month),
        "models": groups("model", lambda reply: reply.model),
        "sessions": groups("session", lambda reply: reply.session),
    }
