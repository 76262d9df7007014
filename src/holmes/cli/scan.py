"""List what is wrong in a cluster, and why, without any model.

Every object is read once, selectors are joined to pods, exit codes and decisive log lines are
read; nothing is changed. The exit code is 0 where nothing is wrong, 1 where something is, 2 where
that can't be told.
"""

import argparse
import math
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holmes.cli import options
from holmes.cli.printing import say, say_json, warn
from holmes.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
    from typing import NoReturn

    from holmes.config.settings import Config
    from holmes.kubernetes.target import KubeTarget
    from holmes.triage.collect import Report, Verdict
    from holmes.triage.own_checks import OwnCheck
    from holmes.triage.watch import Look

NAME = "scan"
HELP = "list what is wrong and why, without any model"

_EXIT_CODES: "Mapping[Verdict, int]" = {"well": 0, "problems": 1, "unknown": UsageError.exit_code}

WATCH_SECONDS = 30.0
"""Between two looks, where --watch does not say."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which cluster, and how it is printed."""
    options.add_cluster(parser)
    options.add_config_file(parser)
    parser.add_argument(
        "--checks",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="folder with checks of your own, beside ~/.holmes/checks, repeatable",
    )
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        type=float,
        nargs="?",
        const=WATCH_SECONDS,
        help=f"look again and again ({WATCH_SECONDS:.0f} s between two looks) and print what "
        "changes; --json prints one line a change",
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print findings as JSON")
    shown.add_argument(
        "--graph",
        choices=("text", "mermaid", "svg"),
        help="draw each root cause with its symptoms below it",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="print all evidence")


def run(args: argparse.Namespace) -> int:
    """Print the findings; the exit code. Raises UsageError where nothing could be read."""
    from holmes.cli.ending import run_to_end  # noqa: PLC0415  # see cli/main.py
    from holmes.config.settings import load  # noqa: PLC0415
    from holmes.triage import own_checks  # noqa: PLC0415

    if args.watch is not None and not 1 <= args.watch < math.inf:
        raise UsageError(f"--watch is {args.watch:g}.", hint="Give seconds, 1 or more.")
    own = own_checks.load(own_checks.folders(args.checks))
    config = load(options.flags(args))
    with _looking_at(config) as target:
        scanned = _scanner(config, target, own)
        if args.watch is not None:
            run_to_end(_watch(args, scanned))
        with _waiting(args):
            report = run_to_end(scanned())
    _print(report, args)
    return _EXIT_CODES[report.verdict]


def _print(report: "Report", args: argparse.Namespace) -> None:
    from holmes.triage.drawing import draw  # noqa: PLC0415
    from holmes.triage.report import FULL, looked_at, render, to_json  # noqa: PLC0415

    if args.json:
        say_json(to_json(report))
    elif args.graph:
        say(draw(report.findings, args.graph))
        warn(looked_at(report))
    elif sys.stdout.isatty():
        _print_on_screen(report, verbose=args.verbose)
    else:
        say(render(report, FULL if args.verbose else None, tree=True))


@contextmanager
def _looking_at(config: "Config") -> "Iterator[KubeTarget]":
    """The cluster to look at; a recorded one is served while this is open."""
    from holmes.cluster import chosen  # noqa: PLC0415

    if config.snapshot is None:
        yield chosen(config)
        return
    from dataclasses import replace  # noqa: PLC0415

    from holmes.snapshot.serve import SnapshotServer  # noqa: PLC0415

    with SnapshotServer(config.snapshot) as server:
        yield replace(chosen(config), kubeconfig=str(server.kubeconfig), context="")


@contextmanager
def _waiting(args: argparse.Namespace) -> "Iterator[None]":
    """Say on a screen what takes so long; a large cluster takes many seconds."""
    if args.json or not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield
        return
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status("looking at the cluster"):
        yield


def _scanner(
    config: "Config", target: "KubeTarget", own: "Sequence[OwnCheck]"
) -> "Callable[[], Coroutine[None, None, Report]]":
    """A look at the cluster, what it quotes masked; the same secret is the same in each look."""
    from dataclasses import replace  # noqa: PLC0415

    from holmes.core.tool_output import Findings  # noqa: PLC0415
    from holmes.redaction.wrappers import Boundary  # noqa: PLC0415
    from holmes.tools.masking import masked_data  # noqa: PLC0415
    from holmes.triage.collect import scan  # noqa: PLC0415

    mask = Boundary.of(config).redactor.secrets

    async def scanned() -> "Report":
        report = await scan(target, own)
        masked: Any = masked_data(Findings(findings=report.findings), mask)
        return replace(report, findings=masked.findings)

    return scanned


async def _watch(
    args: argparse.Namespace, scanned: "Callable[[], Coroutine[None, None, Report]]"
) -> "NoReturn":
    """Print the first report and then each change, until it is interrupted."""
    from holmes.triage.watch import watch  # noqa: PLC0415

    first = True
    async for look in watch(scanned, args.watch):
        if look.report and first and not args.json:
            _print(look.report, args)
        elif args.json:
            _print_changes_json(look)
        else:
            _print_changes(look, args.watch)
        first = False
        sys.stdout.flush()
    raise AssertionError("unreachable")  # it looks until it is interrupted


def _print_changes(look: "Look", seconds: float) -> None:
    import time  # noqa: PLC0415

    now = time.strftime("%H:%M:%S")
    if look.failure:
        warn(f"{now} ! {look.failure} Looking again in {seconds:.0f} s.")
    signs = {"new": "+", "changed": "~", "gone": "-"}
    for change in look.changes:
        said = "no longer found: " if change.kind == "gone" else ""
        say(f"{now} {signs[change.kind]} {said}{change.finding.summary}")


def _print_changes_json(look: "Look") -> None:
    import datetime as dt  # noqa: PLC0415

    from holmes.triage.report import finding_json  # noqa: PLC0415

    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    for change in look.changes:
        line = {"time": now, "change": change.kind, "finding": finding_json(change.finding)}
        say_json(line, indent=None)
    if look.failure:
        say_json({"time": now, "change": "failed", "reason": look.failure}, indent=None)


def _print_on_screen(report: "Report", *, verbose: bool) -> None:
    """A block a finding; the command in one piece at any width, so that it can be copied."""
    from rich.console import Console  # noqa: PLC0415
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from holmes.core.finding import YOURS  # noqa: PLC0415
    from holmes.render.text import safe  # noqa: PLC0415
    from holmes.triage.report import (  # noqa: PLC0415
        FULL,
        conclusion,
        context_lines,
        looked_at,
        symptom_lines,
    )

    colors = {"critical": "bold red", "warning": "yellow", "info": "dim"}
    console = Console(highlight=False)
    for finding in report.findings:
        # Log lines hold brackets, which rich would read as markup.
        heading = Text(finding.severity, style=colors[finding.severity])
        console.print(heading.append(f"  {finding.kind} {finding.subject.path}", style="bold"))
        lines = [Text(safe(finding.cause))]
        shown = finding.evidence[: None if verbose else 1]
        lines += [Text(safe(line), style="dim") for line in shown]
        told = (*symptom_lines(finding, FULL.step), *context_lines(finding))
        lines += [Text(safe(each)) for each in told]
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2)))
        console.print(Text(f"  {finding.next_call.command}", style="cyan"), soft_wrap=True)
        if finding.fix:
            fix = Text(f"  {safe(finding.fix)}", style="cyan").append(YOURS, style="dim")
            console.print(fix, soft_wrap=True)
        console.print()
    if report.verdict == "unknown":
        console.print(Text(safe(conclusion(report)), style="bold yellow"))
    elif not report.findings:
        console.print(Text(conclusion(report), style="green"))
    console.print(Text(safe(looked_at(report)), style="dim"))
