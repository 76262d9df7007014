"""`holmes`: picks the verb, runs it, turns every failure into one line and an exit code."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType, TracebackType

from holmes import __version__
from holmes.cli import (
    ask,
    chat,
    demo,
    mcp,
    metrics,
    model,
    scan,
    serve,
    session,
    show,
    snapshot,
    toolset,
    usage,
    version,
)
from holmes.cli import eval as evaluate
from holmes.cli.parser import USAGE, Parser, all_of
from holmes.cli.printing import warn
from holmes.core.errors import HolmesError

# Each verb is a module with NAME, HELP, add_arguments(parser) and run(args) -> exit code; what a
# verb needs beyond argparse it imports inside run, so that `holmes --help` stays a blink.
VERBS: tuple[ModuleType, ...] = (
    *(
        ask,
        chat,
        serve,
        show,
        session,
        scan,
        metrics,
        demo,
        evaluate,
        mcp,
        model,
        snapshot,
        toolset,
        usage,
    ),
    version,
)

EXIT_CODES = """\
exit codes:
  0    answered (for `scan` and `metrics`: nothing found)
  1    `scan` or `metrics` found something; `eval` is below --min-score or worse than before
  2    usage or configuration; `scan` could not read what decides
  3    the model server: unreachable, refused or broken
  4    no usable answer; what was found so far is printed
  130  interrupted (143: by SIGTERM, 129: by SIGHUP)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the process's exit code."""
    sys.excepthook = _unforeseen
    _mend_streams()
    given = sys.argv[1:] if arguments is None else list(arguments)
    args, unknown = build_parser().parse_known_args(given or _offered())
    if unknown:
        args.parser.not_known(unknown)
    try:
        code = int(args.run(args))
        sys.stdout.flush()
    except HolmesError as error:
        if getattr(args, "debug", False):
            from holmes.cli import failure  # noqa: PLC0415  # only where something failed

            failure.show(error, args)
        else:
            warn(f"holmes: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        warn("holmes: interrupted")
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is left to say, and stdout must not be flushed.
        _leave_stdout()
        return 0
    except OSError as error:
        if not _is_about_stdout():
            raise
        _leave_stdout()
        warn(f"holmes: The output can't be written: {error.strerror}.")
        return USAGE
    return code


def _offered() -> list[str]:
    """`holmes` alone: on a terminal the person is asked whether to talk."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return []
    print(f"{build_parser().format_help()}\nTalk with it now (holmes chat)? [Y/n] ", end="")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() in {"", "y", "yes"}:
        return ["chat"]
    raise SystemExit(0)


def _mend_streams() -> None:
    """Replace streams that the caller closed, and let no character end a command."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            # A locale without UTF-8 has no arrows and no names in other scripts.
            stream.reconfigure(errors="replace")


def _is_about_stdout() -> bool:
    """Whether standard output takes nothing any more: a full disk, a terminal that hung up."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _leave_stdout() -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unforeseen(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    """A bug's traceback may hold what a server or a tool said."""
    from holmes.cli import failure  # noqa: PLC0415  # only where something failed

    failure.show(error)


def build_parser() -> Parser:
    """The whole command line, one subparser a verb."""
    parser = Parser(
        prog="holmes",
        description="Ask what is wrong with a live system; the answer cites what the tools showed.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__, help=version.HELP)
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.NAME,
            help=verb.HELP,
            description=verb.__doc__,
            epilog=EXIT_CODES if verb is ask else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(sub)
        for level in all_of(sub):
            # No default: that of `holmes session list` would undo `holmes session --debug`.
            level.add_argument(
                "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
            )
            level.set_defaults(run=verb.run, parser=level)
    return parser


if __name__ == "__main__":
    sys.exit(main())
