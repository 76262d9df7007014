"""Print the whole output of one result of the last run, or of another session.

Standard output gets what the tool printed and nothing else.
"""

import argparse
import sys

from holmes.cli.printing import say_json, warn
from holmes.cli.session import read

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
    from holmes.render.text import called, safe  # noqa: PLC0415

    session = read(args.session)
    found = {result.number: result for result in session.evidence}
    if args.number not in found:
        numbers = ", ".join(map(str, found)) or "none"
        raise SessionError(
            f"Session {session.id} has no result {args.number}.", hint=f"It has: {numbers}."
        )
    result, output = found[args.number], found[args.number].output
    if args.json:
        from holmes.render.json_document import tool_call  # noqa: PLC0415

        say_json({"session": session.id, **tool_call(result)})
        return 0
    told = (f"[{result.number}] {called(result)}", output.status.replace("_", " "), output.note)
    warn("  ".join(filter(None, told)))
    # A terminal obeys control characters; a file or a pager gets every byte.
    sys.stdout.write(safe(output.text) if sys.stdout.isatty() else output.text)
    if output.text and not output.text.endswith("\n"):
        sys.stdout.write("\n")
    return 0
