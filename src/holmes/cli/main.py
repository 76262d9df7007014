"""`holmes`: picks the verb, runs it, turns every failure into one line and an exit code."""

import argparse
import os
import sys
from collections.abc import Sequence
from types import ModuleType, TracebackType

from holmes.cli import ask, demo, model, scan, session, show, snapshot, toolset, version
from holmes.cli import eval as evaluate
from holmes.errors import HolmesError

# Each verb is a module with NAME, HELP, add_arguments(parser) and run(args) -> exit code; what a
# verb needs beyond argparse it imports inside run, so that `holmes --help` stays a blink.
VERBS: tuple[ModuleType, ...] = (
    *(ask, show, session),
    *(scan, demo, evaluate, model, snapshot, toolset, version),
)

EXIT_CODES = """\
exit codes:
  0    answered (for `scan`: nothing found)
  1    `scan` found problems; `eval` is below --min-score or worse than before
  2    usage or configuration
  3    the model server: unreachable, refused or broken
  4    no usable answer; what was found so far is printed
  130  interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the process's exit code."""
    sys.excepthook = _unforeseen
    parser = build_parser()
    args = parser.parse_args(arguments)
    try:
        return int(args.run(args))
    except HolmesError as error:
        if getattr(args, "debug", False):
            from holmes.cli import failure  # noqa: PLC0415  # only where something failed

            failure.show(error, args)
        else:
            print(f"holmes: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("holmes: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is left to say, and stdout must not be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _unforeseen(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    from holmes.cli import failure  # noqa: PLC0415  # only where something failed

    failure.hook(kind, error, trace)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, one subparser a verb."""
    parser = argparse.ArgumentParser(
        prog="holmes",
        description="Ask what is wrong with a live system; the answer cites what the tools showed.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
        sub.add_argument("--debug", action="store_true", help="show tracebacks")
        sub.set_defaults(run=verb.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
