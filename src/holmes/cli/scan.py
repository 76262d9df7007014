"""List what is wrong in a cluster, and why, without any model.

Every object is read once, selectors are joined to pods, exit codes and decisive log lines are
read; nothing is changed. The exit code is 0 where nothing is wrong, 1 where something is.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holmes.cli import options

if TYPE_CHECKING:
    from holmes.config import Config
    from holmes.triage.collect import Report

NAME = "scan"
HELP = "list what is wrong and why, without any model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which cluster, and how it is printed."""
    options.add_cluster(parser)
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="instead of ~/.holmes/config.yaml"
    )
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    parser.add_argument("-v", "--verbose", action="store_true", help="print all evidence")


def run(args: argparse.Namespace) -> int:
    """Print the findings; 0 for none, 1 for some, UsageError where the cluster can't be read."""
    import json  # noqa: PLC0415  # see cli/main.py

    from holmes.config import load  # noqa: PLC0415
    from holmes.triage.report import FULL, render, to_json  # noqa: PLC0415

    report = _scan(load(options.flags(args)))
    if args.json:
        print(json.dumps(to_json(report), indent=2, ensure_ascii=False))
    elif sys.stdout.isatty():
        _print_table(report, verbose=args.verbose)
    else:
        print(render(report, FULL if args.verbose else None))
    return 1 if report.problems else 0


def _scan(config: "Config") -> "Report":
    import asyncio  # noqa: PLC0415
    from dataclasses import replace  # noqa: PLC0415

    from holmes.triage.collect import scan  # noqa: PLC0415

    if config.snapshot is None:
        return asyncio.run(scan(config.kube))
    from holmes.snapshot.serve import SnapshotServer  # noqa: PLC0415

    with SnapshotServer(config.snapshot) as server:
        target = replace(config.kube, kubeconfig=str(server.kubeconfig), context="")
        return asyncio.run(scan(target))


def _print_table(report: "Report", *, verbose: bool) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from holmes.triage.report import looked_at  # noqa: PLC0415

    colors = {"critical": "bold red", "warning": "yellow", "info": "dim"}
    console = Console()
    table = Table(box=None, pad_edge=False, show_edge=False, expand=False)
    for heading in ("", "WHAT", "CAUSE"):
        table.add_column(heading, overflow="fold")
    for finding in report.findings:
        # Log lines hold brackets, which rich would read as markup.
        cause = Text(finding.cause)
        for line in finding.evidence if verbose else finding.evidence[:1]:
            cause.append(f"\n{line}", style="dim")
        for step in finding.chain[1:]:
            cause.append(f"\n→ {step}")
        cause.append(f"\n{finding.next_call.command}", style="cyan")
        table.add_row(
            Text(finding.severity, style=colors[finding.severity]),
            Text(f"{finding.kind}\n{finding.subject.path}"),
            cause,
        )
    if report.findings:
        console.print(table)
    else:
        console.print(Text("Nothing is wrong.", style="green"))
    console.print(Text(looked_at(report), style="dim"))
