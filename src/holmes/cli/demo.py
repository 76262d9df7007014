"""Watch it work without a cluster and without a model server.

A real small model runs on this machine and calls the real kubectl on a recorded, broken cluster
that ships with the package. The first run downloads the model's weights (1.1 GB).
"""

import argparse

from holmes.cli import ask
from holmes.cli.printing import say

NAME = "demo"
HELP = "the whole thing on a packaged broken cluster, with the embedded model"

QUESTION = "what pods are unhealthy and why?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A question of your own, and how the answer is shown."""
    parser.add_argument(
        "question", nargs="*", metavar="QUESTION", default=[], help=f"default: {QUESTION}"
    )
    ask.add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Fetch what is missing, then ask as `holmes ask --model local --snapshot …` would."""
    import asyncio  # noqa: PLC0415  # see cli/main.py

    from holmes.cli.running import run_interruptible  # noqa: PLC0415
    from holmes.config.settings import LOCAL_MODEL, Config  # noqa: PLC0415
    from holmes.demo import CLUSTER  # noqa: PLC0415
    from holmes.embedded import weights  # noqa: PLC0415

    if weights.installed() is None:
        asyncio.run(weights.pull())
    question = " ".join(args.question) or QUESTION
    config = Config(
        model=LOCAL_MODEL,
        snapshot=CLUSTER,
        stream=args.stream is not False,
        transcripts=args.transcripts is not False,
    )
    if not args.json:
        say(f'$ holmes ask "{question}" --model local --snapshot {CLUSTER}')
    return run_interruptible(config, question, ask.make_renderer(question, args))
