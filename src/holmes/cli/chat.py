"""Talk with HolmesGPT: questions one after the other, each seeing what was found before.

Everything is on record as it happens: after a crash, `holmes chat --resume last` goes on.
"""

import argparse
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from holmes.cli import options

if TYPE_CHECKING:
    from holmes.chat.chat import Beginning
    from holmes.chat.front import Front
    from holmes.config.settings import Config

NAME = "chat"
HELP = "talk: questions one after the other, and commands beside them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A first question, a session to go on with, and the settings of `ask`."""
    parser.add_argument("question", nargs="*", metavar="QUESTION", help="the first question")
    parser.add_argument("--resume", metavar="ID", help="go on with a session; `last` is the last")
    parser.add_argument(
        "--plain",
        action="store_true",
        help="line by line, without colours and redrawing: for screen readers",
    )
    options.add_model(parser)
    options.add_cluster(parser)
    options.add_config(parser)
    options.add_allow(parser)
    options.add_limits(parser)
    options.add_redaction(parser)


def run(args: argparse.Namespace) -> int:
    """Talk until the person leaves; 0."""
    from holmes.chat.chat import Beginning  # noqa: PLC0415  # see cli/main.py
    from holmes.config import settings as configuration  # noqa: PLC0415

    if args.resume is not None:
        return _resume(args)
    config = configuration.load(options.flags(args))
    return talk(config, Beginning(question=" ".join(args.question)), plain=args.plain)


def _resume(args: argparse.Namespace) -> int:
    from holmes.chat.chat import Beginning  # noqa: PLC0415  # see cli/main.py
    from holmes.cli import resuming  # noqa: PLC0415
    from holmes.runs import settled  # noqa: PLC0415

    past = settled.standing(resuming.idle(args.resume))
    config = resuming.settings_of(past.session, args, "chat")
    question = " ".join(args.question)
    return talk(config, Beginning(question=question, past=past), plain=args.plain)


def talk_after(args: argparse.Namespace, config: "Config") -> int:
    """`holmes ask -i`: the same with a first question, its files and what was piped."""
    from holmes.chat.chat import Beginning  # noqa: PLC0415  # see cli/main.py
    from holmes.cli.question import assemble  # noqa: PLC0415
    from holmes.core.errors import UsageError  # noqa: PLC0415

    if args.json or args.resume:
        raise UsageError("-i talks with a person.", hint="Leave --json and --resume out.")
    question = assemble(" ".join(args.question), args.files)
    if not sys.stdin.isatty():
        with suppress(OSError):  # what was piped is read; the person is at the terminal
            os.dup2(os.open("/dev/tty", os.O_RDWR), 0)
    return talk(config, Beginning(question=question), plain=False)


def talk(config: "Config", beginning: "Beginning", *, plain: bool) -> int:
    """The conversation, on record; the exit code. Raises HolmesError, UsageError without [chat]."""
    from holmes.chat.chat import Chat  # noqa: PLC0415  # see cli/main.py
    from holmes.cli.ending import INTERRUPTED, Terminated, run_to_end  # noqa: PLC0415
    from holmes.cli.printing import warn  # noqa: PLC0415
    from holmes.cli.question import read_file  # noqa: PLC0415
    from holmes.core.errors import HolmesError  # noqa: PLC0415
    from holmes.redaction.wrappers import Boundary  # noqa: PLC0415

    front = _front(plain=plain)
    boundary = Boundary.of(config)
    if beginning.past is not None:
        path = beginning.past.session.path
        boundary.redactor.placeholders.reserve(path.read_text(encoding="utf-8", errors="replace"))
    chat = Chat(config, front, read_file, boundary, beginning)
    code = 1
    try:
        run_to_end(chat.run())
        code = 0
    except HolmesError as error:
        code = error.exit_code
        raise
    except Terminated as ending:
        code = ending.code
    except KeyboardInterrupt:
        code = INTERRUPTED
        raise
    finally:
        chat.recorder.close(code)
        if chat.recorder.session_id:
            warn(f"Go on with: holmes chat --resume {chat.recorder.session_id}")
    return code


def _front(*, plain: bool) -> "Front":
    from holmes.core.errors import UsageError  # noqa: PLC0415  # see cli/main.py

    dumb = os.environ.get("TERM", "dumb") == "dumb"
    if plain or dumb or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from holmes.chat.plain import PlainFront  # noqa: PLC0415

        return PlainFront()
    try:
        from holmes.chat.terminal import TerminalFront  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("prompt_toolkit"):
            raise
        raise UsageError(
            "`holmes chat` needs prompt_toolkit, which is not installed.",
            hint="pip install 'holmesgpt[chat]', or use --plain.",
        ) from missing
    return TerminalFront()
