"""Look at what is on record: every run, with all that it asked and found.

ID is a session's id, a beginning of it that no other has, or `last`.
"""

import argparse
import time
from typing import TYPE_CHECKING

from holmes.cli.printing import say, say_json, warn

if TYPE_CHECKING:
    from holmes.runs.transcript import Summary, Transcript

NAME = "session"
HELP = "list, show and replay recorded runs"

_QUESTION_WIDTH = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three actions: `list`, `show`, `replay`."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    listing = actions.add_parser("list", help="the recorded runs, the last one first")
    listing.add_argument("--json", action="store_true", help="print JSON")
    showing = actions.add_parser("show", help="everything on record, readable")
    showing.add_argument("id", nargs="?", default="last", metavar="ID", help="default: last")
    showing.add_argument("--json", action="store_true", help="print the lines as a JSON array")
    replaying = actions.add_parser("replay", help="what was shown, shown again; nothing is run")
    replaying.add_argument("id", nargs="?", default="last", metavar="ID", help="default: last")
    replaying.add_argument("--json", action="store_true", help="as `holmes ask --json` prints it")
    replaying.add_argument(
        "-v", "--verbose", action="count", default=0, help="what the tools printed, too"
    )


def run(args: argparse.Namespace) -> int:
    """Print; SessionError where there is no such session."""
    actions = {"list": _list, "show": _show, "replay": _replay}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from holmes.runs.store import Store  # noqa: PLC0415  # see cli/main.py
    from holmes.runs.transcript import summary  # noqa: PLC0415

    store = Store()
    sessions = [summary(path) for path in store.newest_first()]
    if args.json:
        say_json([_as_json(item) for item in sessions])
    elif sessions:
        rows = [("ID", "WHEN", "STATE", "EXIT", "MODEL", "QUESTION"), *map(_row, sessions)]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            say("  ".join([*cells, row[-1]]).rstrip())
    else:
        warn(f'There is no session in "{store.folder}".')
    return 0


def _row(item: "Summary") -> tuple[str, str, str, str, str, str]:
    code = "" if item.code is None else str(item.code)
    if item.header is None:
        return item.path.stem, "", "not readable", code, "", ""
    # The words alone: what came with them by -f or a pipe has no place in a list.
    question = " ".join(item.header.question.partition("\n\n--- ")[0].split())
    if len(question) > _QUESTION_WIDTH:
        question = f"{question[: _QUESTION_WIDTH - 1]}…"
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(item.header.at))
    return item.path.stem, when, item.state, code, item.header.model, question


def _as_json(item: "Summary") -> dict[str, object]:
    header = item.header
    return {
        "id": item.path.stem,
        "path": str(item.path),
        "began": header.at if header else None,
        "question": header.question if header else None,
        "state": item.state,
        "model": header.model if header else None,
        "address": header.address if header else None,
        "exit_code": item.code,
    }


def read(wanted: str) -> "Transcript":
    """The session, with what was not readable of it told on standard error; SessionError."""
    from holmes.runs import transcript  # noqa: PLC0415
    from holmes.runs.store import Store  # noqa: PLC0415

    session = transcript.read(Store().find(wanted))
    for problem in session.problems:
        warn(f"holmes: session {session.id}: {problem}")
    return session


def _show(args: argparse.Namespace) -> int:
    from holmes.core import codec  # noqa: PLC0415  # see cli/main.py
    from holmes.runs.text import readable  # noqa: PLC0415

    session = read(args.id)
    if args.json:
        say_json([codec.encode(line) for line in session.lines])
        return 0
    for part in readable(session):
        say(part)
    return 0


def _replay(args: argparse.Namespace) -> int:
    from holmes.cli.ask import make_renderer  # noqa: PLC0415

    session = read(args.id)
    renderer = make_renderer(session.header.question, args, earlier=session.seconds)
    try:
        for event in session.events:
            renderer(event)
        if session.answer is None:
            reason = session.failure or "The run was interrupted before it had an answer."
            renderer.failed(reason)
            warn(f"holmes: {reason}")
    finally:
        renderer.close()
    return 0
