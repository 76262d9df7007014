"""Figures of this HolmesGPT beside those of HolmesGPT 0.45.0 and a bare interpreter.

All of a row's contenders run in turn in the same minutes on the same machine; docs/benchmarks.md
says what each figure means. Nothing here passes or fails: budgets are reported, not enforced.
"""

import argparse
import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import report
from contenders import PEER_PACKAGE, ROOT, install_ours, install_peer
from meter import BenchmarkError

BENCHMARKS = {
    "start": "cold_start",
    "ask": "first_request",
    "steps": "steps",
    "snapshot": "snapshot_api",
    "install": "install",
    "logs": "log_mining",
    "parallel": "side_by_side",
    "triage": "triage_scale",
    "scan": "scan_scale",
    "answer": "whole_answer",
    "prefix": "prefix_cache",
}
"""The module of each; it has `measure(ours, peer, rounds) -> list[Row]`."""


def main() -> int:
    """Install, measure, print; exit code 1 where something could not be measured."""
    args = _parser().parse_args()
    sys.path.append(str(ROOT / "tests"))  # the scripted model server lives there
    try:
        rows = _measure(args.only or list(BENCHMARKS), args.runs, with_peer=args.peer)
    except BenchmarkError as error:
        print(f"This could not be measured: {error}", file=sys.stderr)
        return 1
    where = report.machine()  # at the end: its load is that of the rounds
    peer = f"; peer: {PEER_PACKAGE}" if args.peer else ""
    print(f"{where}; median (least to greatest) of {args.runs}{peer}\n")
    print(report.table(rows))
    if args.json:
        args.json.write_text(json.dumps(report.document(rows, where), indent=1) + "\n")
    return 0


def _measure(names: list[str], rounds: int, *, with_peer: bool) -> list[report.Row]:
    rows: list[report.Row] = []
    with tempfile.TemporaryDirectory(prefix="holmes-bench-") as folder:
        ours = install_ours(Path(folder))
        peer = install_peer(Path(folder)) if with_peer else None
        for name in names:
            print(f"measuring: {name}", file=sys.stderr)
            rows += import_module(BENCHMARKS[name]).measure(ours, peer, rounds)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=tuple(BENCHMARKS), help="this one; may be repeated"
    )
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="rounds (default 7)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--no-peer", dest="peer", action="store_false", help="leave HolmesGPT 0.45.0 out"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
