"""Ask a question about a live system, a recorded one, or the text that you give with it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holmes.cli import options

if TYPE_CHECKING:
    from holmes.render.base import Renderer

NAME = "ask"
HELP = "ask a question; the answer comes from what read-only tools return"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The question, where it goes, and how the answer is shown."""
    parser.add_argument(
        "question", nargs="*", metavar="QUESTION", help="in your own words, quoted or not"
    )
    parser.add_argument(
        "-f",
        "--file",
        dest="files",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="text file that goes with the question, repeatable; piped input does too",
    )
    parser.add_argument(
        "-i",
        "--interactive",
        action="store_true",
        help="go on talking after the answer, as `holmes chat` does",
    )
    parser.add_argument(
        "--resume",
        metavar="ID",
        help="go on with a recorded run that was interrupted, instead of a question; `last` is the "
        "last one",
    )
    options.add_model(parser)
    options.add_cluster(parser)
    options.add_config(parser)
    options.add_allow(parser)
    options.add_limits(parser)
    options.add_redaction(parser)
    add_output(parser)


def add_output(parser: argparse.ArgumentParser) -> None:
    """How the answer is shown."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="one JSON document on standard output")
    group.add_argument(
        "--no-stream",
        dest="stream",
        action="store_false",
        default=None,
        help="ask for whole replies",
    )
    group.add_argument(
        "--no-transcript",
        dest="transcripts",
        action="store_false",
        default=None,
        help="keep no record of this run",
    )
    group.add_argument(
        "-v", "--verbose", action="count", default=0, help="show what the tools printed, too"
    )


def run(args: argparse.Namespace) -> int:
    """Ask, and return 0 where there is an answer, 4 where there is none."""
    from holmes.cli.question import assemble  # noqa: PLC0415
    from holmes.cli.running import run_interruptible  # noqa: PLC0415
    from holmes.config import settings as configuration  # noqa: PLC0415  # see cli/main.py
    from holmes.redaction.wrappers import Boundary  # noqa: PLC0415

    if args.resume is not None:
        from holmes.cli.resuming import resume  # noqa: PLC0415

        return resume(args)
    settings = configuration.load(options.flags(args))
    if args.interactive:
        from holmes.cli.chat import talk_after  # noqa: PLC0415

        return talk_after(args, settings)
    question = assemble(" ".join(args.question), args.files)
    boundary = Boundary.of(settings)
    question = boundary.question(question)
    renderer = make_renderer(question, args)
    return run_interruptible(settings, question, renderer, boundary=boundary)


def make_renderer(question: str, args: argparse.Namespace, *, earlier: float = 0.0) -> "Renderer":
    """JSON where it was asked for, a live screen on a terminal, plain text in a pipe."""
    verbose = bool(args.verbose)
    if args.json:
        from holmes.render.json_document import JsonRenderer  # noqa: PLC0415

        return JsonRenderer(question, verbose=verbose, earlier=earlier)
    if sys.stdout.isatty():
        from holmes.render.terminal import TerminalRenderer  # noqa: PLC0415

        return TerminalRenderer(verbose=verbose, earlier=earlier)
    from holmes.render.plain import PlainRenderer  # noqa: PLC0415

    return PlainRenderer(verbose=verbose)
