"""Print the whole output of one result of the last run, or of another session.

Standard output gets what the tool printed and nothing else.
"""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holmes.runs.records import Found

NAME = "show"
HELP = "print the whole output behind a citation [N]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The number, and whose."""
    parser.add_argument("number", type=int, metavar="N", help="the number in an answer's [N]")
    parser.add_argument(
        "--session", metavar="ID", default="last", help="of that session instead of the last one"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with how it was called")


def run(args: argparse.Namespace) -> int:
    """Print; SessionError where there is no such result."""
    from holmes.core.errors import SessionError  # noqa: PLC0415  # see cli/main.py
    from holmes.render.text import as_json, safe  # noqa: PLC0415
    from holmes.runs import transcript  # noqa: PLC0415
    from holmes.runs.store import Store  # noqa: PLC0415

    session = transcript.read(Store().find(args.session))
    for problem in session.problems:
        print(f"holmes: session {session.id}: {problem}", file=sys.stderr)
    found = {line.number: line for line in session.evidence}
    if args.number not in found:
        numbers = ", ".join(map(str, found)) or "none"
        raise SessionError(
            f"Session {session.id} has no result {args.number}.", hint=f"It has: {numbers}."
        )
    line = found[args.number]
    if args.json:
        print(as_json(_as_json(line, session.id)))
        return 0
    print(safe(_called(line)), file=sys.stderr)
    text = line.output.text
    # A terminal obeys control characters; a file or a pager gets every byte.
    sys.stdout.write(safe(text) if sys.stdout.isatty() else text)
    if text and not text.endswith("\n"):
        sys.stdout.write("\n")
    return 0


def _called(line: "Found") -> str:
    output = line.output
    parts = [f"[{line.number}] {output.command or line.tool}", output.status.replace("_", " ")]
    return "  ".join([*parts, output.note] if output.note else parts)


def _as_json(line: "Found", session_id: str) -> dict[str, object]:
    return {
        "session": session_id,
        "number": line.number,
        "tool": line.tool,
        "arguments": line.arguments,
        "command": line.output.command,
        "status": line.output.status,
        "exit_code": line.output.exit_code,
        "note": line.output.note,
        "seconds": line.seconds,
        "output": line.output.text,
    }
