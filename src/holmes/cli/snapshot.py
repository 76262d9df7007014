"""Record a cluster into a folder, or serve such a folder as a read-only cluster."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from holmes.snapshot.folder import SnapshotInfo

NAME = "snapshot"
HELP = "record a cluster into a folder; serve one as a read-only cluster"

_STAGES = {
    "discovery": "API groups",
    "namespaces": "namespaces",
    "lists": "kinds",
    "logs": "logs",
}


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
    save.add_argument("--kubeconfig", type=Path, metavar="FILE", help="kubeconfig file")
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
        type=_positive,
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


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of lines, 1 or more')
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f'"{text}" is not a port, 0 to 65535')
    return int(text)


def _serve(args: argparse.Namespace) -> int:
    from holmes.snapshot.serve import SnapshotServer  # noqa: PLC0415  # see cli/main.py

    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with SnapshotServer(args.folder, port=args.port) as server:
        info = server.snapshot.info
        moment = f"{info.recorded_at:%Y-%m-%d %H:%M} UTC"
        print(f'Serving "{server.context}" as it was on {moment}, at {server.url}')
        print("In another terminal:")
        print(f"  export KUBECONFIG={server.kubeconfig}")
        print("  kubectl get pods -A")
        print("Ctrl-C ends it.", flush=True)
        stopped.wait()
        print(f"\n{server.requests} requests, {server.writes} refused writes.")
    return 0


def _save(args: argparse.Namespace) -> int:
    from holmes.cli.ending import (  # noqa: PLC0415  # see cli/main.py
        INTERRUPTED,
        TERMINATED,
        Terminated,
        run_to_end,
    )
    from holmes.snapshot.reader import Access  # noqa: PLC0415
    from holmes.snapshot.save import SaveOptions, save  # noqa: PLC0415

    options = SaveOptions(
        folder=args.folder,
        access=Access(context=args.context, kubeconfig=args.kubeconfig),
        namespaces=tuple(args.namespace),
        tail=args.tail,
        force=args.force,
    )
    with _Progress() as progress:
        try:
            info = run_to_end(save(options, progress.report))
        except (KeyboardInterrupt, Terminated) as ending:
            print(f"\nInterrupted. Run the same command again to go on with {args.folder}.")
            return TERMINATED if isinstance(ending, Terminated) else INTERRUPTED
    print(f'Saved "{info.cluster}" ({info.server_version}) to {args.folder}')
    if info.unread:
        print(f"Not recorded: {_summary(info)}")
    print(f"Look at it with: holmes snapshot serve {args.folder}")
    return 0


def _summary(info: "SnapshotInfo") -> str:
    """What could not be read, in one line; snapshot.json has the reasons."""
    names = [
        gap.resource + (f" in {gap.namespace}" if gap.namespace else "") for gap in info.unread
    ]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more + "; the reasons are in snapshot.json."


class _Progress:
    """A bar a stage on a terminal, a line a stage anywhere else; on stderr."""

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import Progress  # noqa: PLC0415

            self._bars = Progress(console=Console(stderr=True))
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def report(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of a stage are over."""
        if self._bars is None:
            if done == total:
                print(f"{_STAGES[stage]}: {total}", file=sys.stderr)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(_STAGES[stage], total=total)
        self._bars.update(self._tasks[stage], completed=done)
