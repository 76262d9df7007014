"""Record a cluster into a folder, or serve such a folder as a read-only cluster."""

import argparse
import re
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from holmes.cli.printing import say, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holmes.snapshot.folder import SnapshotInfo
    from holmes.snapshot.save import Progress

NAME = "snapshot"
HELP = "record a cluster into a folder; serve one as a read-only cluster"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-verbs save and serve."""
    verbs = parser.add_subparsers(dest="snapshot_verb", metavar="VERB", required=True)
    save = verbs.add_parser(
        "save",
        help="record a live cluster into a folder",
        description="Record everything that kubectl may read of a cluster. Secret values are "
        "never written. An interrupted recording goes on when the command is run again.",
    )
    save.add_argument("folder", type=Path, metavar="DIR", help="folder to make")
    save.add_argument("--context", help="kubeconfig context (default: the current one)")
    save.add_argument("--kubeconfig", metavar="FILE", help="kubeconfig file")
    save.add_argument(
        "-n",
        "--namespace",
        action="append",
        default=[],
        metavar="NAME",
        help="record this namespace only; may be repeated (default: all)",
    )
    save.add_argument(
        "--tail",
        type=_lines,
        default=1000,
        metavar="LINES",
        help="lines of each log, the latest ones (default: 1000)",
    )
    save.add_argument("--force", action="store_true", help="record anew over an older snapshot")
    serve = verbs.add_parser(
        "serve",
        help="serve a snapshot as a Kubernetes API on this machine",
        description="Serve a snapshot on 127.0.0.1 until Ctrl-C. Reads answer what the cluster "
        "answered; writes are refused.",
    )
    serve.add_argument("folder", type=Path, metavar="DIR", help="a folder that save made")
    serve.add_argument("--port", type=_port, default=0, help="port (default: a free one)")


def run(args: argparse.Namespace) -> int:
    """Run the chosen sub-verb; the exit code."""
    return _save(args) if args.snapshot_verb == "save" else _serve(args)


def _lines(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of lines, 1 or more')
    return int(text)


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f'"{text}" is not a port, 0 to 65535')
    return int(text)


def _serve(args: argparse.Namespace) -> int:
    from holmes.cli.ending import ENDINGS  # noqa: PLC0415
    from holmes.snapshot.serve import SnapshotServer  # noqa: PLC0415  # see cli/main.py

    stopped = threading.Event()
    for number in (signal.SIGINT, *ENDINGS):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stopped.set())
    with SnapshotServer(args.folder, port=args.port) as server:
        moment = f"{server.snapshot.info.recorded_at:%Y-%m-%d %H:%M} UTC"
        say(
            f'Serving "{server.context}" as it was on {moment}, at {server.url}\n'
            "In another terminal:\n"
            f"  export KUBECONFIG={server.kubeconfig}\n"
            "  kubectl get pods -A\n"
            "Ctrl-C ends it."
        )
        stopped.wait()
        say(f"\n{server.requests} requests, {server.writes} refused writes.")
    return 0


def _save(args: argparse.Namespace) -> int:
    from holmes.cli.ending import INTERRUPTED, Terminated, run_to_end  # noqa: PLC0415
    from holmes.kubernetes.target import KubeTarget  # noqa: PLC0415  # see cli/main.py
    from holmes.snapshot.save import SaveOptions, save  # noqa: PLC0415

    options = SaveOptions(
        folder=args.folder,
        cluster=KubeTarget(context=args.context or "", kubeconfig=args.kubeconfig or ""),
        namespaces=tuple(args.namespace),
        tail=args.tail,
        force=args.force,
    )
    with _progress() as progress:
        try:
            info = run_to_end(save(options, progress))
        except (KeyboardInterrupt, Terminated) as ending:
            say(f"\nInterrupted. Run the same command again to go on with {args.folder}.")
            return ending.code if isinstance(ending, Terminated) else INTERRUPTED
    say(f'Saved "{info.cluster}" ({info.server_version}) to {args.folder}')
    if info.unread:
        say(f"Not recorded: {_summary(info)}")
    say(f"Look at it with: holmes snapshot serve {args.folder}")
    return 0


def _summary(info: "SnapshotInfo") -> str:
    """What could not be read, in one line; snapshot.json has the reasons."""
    names = [
        gap.resource + (f" in {gap.namespace}" if gap.namespace else "") for gap in info.unread
    ]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more + "; the reasons are in snapshot.json."


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar for each thing that is recorded on a terminal, a line anywhere else; on stderr."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: warn(f"{what}: {total}") if done == total else None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, TaskID  # noqa: PLC0415

    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True)) as bars:

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield show
