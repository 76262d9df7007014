"""Print the whole output of one result of the last run, or of another session.

Standard output gets what the tool printed and nothing else.
"""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holmes.core.evidence import Evidence

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
    found = {result.number: result for result in session.evidence}
    if args.number not in found:
        numbers = ", ".join(map(str, found)) or "none"
        raise SessionError(
            f"Session {session.id} has no result {args.number}.", hint=f"It has: {numbers}."
        )
    result = found[args.number]
    if args.json:
        from holmes.render.json_document import called  # noqa: PLC0415

        print(as_json({"session": session.id, **called(result)}))
        return 0
    print(safe(_called(result)), file=sys.stderr)
    text = result.output.text
    # A terminal obeys control characters; a file or a pager gets every byte.
    sys.stdout.write(safe(text) if sys.stdout.isatty() else text)
    if text and not text.endswith("\n"):
        sys.stdout.write("\n")
    return 0


def _called(result: "Evidence") -> str:
    output = result.output
    parts = [f"[{result.number}] {output.command or result.tool}", output.status.replace("_", " ")]
    return "  ".join([*parts, output.note] if output.note else parts)
