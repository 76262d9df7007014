"""List what changed in metrics around a time, heaviest first, without any model.

Needs a `prometheus/metrics` section in the config file (docs/toolsets/prometheus.md). The exit code
is 0 where nothing changed that matters, 1 where something did, 2 where that can't be told.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from holmes.cli import options
from holmes.cli.printing import say, say_json, warn
from holmes.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holmes.config.settings import Config
    from holmes.core.tool_output import ToolOutput

NAME = "metrics"
HELP = "list what changed in metrics around a time, without any model"

_TOOL = "metric_changes"
_EXIT_CODES = {"ok": 1, "no_data": 0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where and when."""
    options.add_cluster(parser)
    options.add_config(parser)
    place = parser.add_argument_group("place and time")
    place.add_argument("--workload", metavar="NAME", help="a workload of the namespace, or a job")
    place.add_argument("--alert", metavar="NAME", help="a firing alert: its namespace and start")
    place.add_argument(
        "--start",
        metavar="TIME",
        help="RFC 3339, Unix seconds, or before now: -2h (default -30m); write --start=-2h",
    )
    place.add_argument("--instance", metavar="NAME", help="which one, where several are configured")
    parser.add_argument("--json", action="store_true", help="print the series as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the changes; the exit code. Raises UsageError where they can't be told."""
    from holmes.cli.ending import run_to_end  # noqa: PLC0415  # see cli/main.py
    from holmes.config.settings import load  # noqa: PLC0415

    config = load(options.flags(args))
    keys = ("namespace", "workload", "alert", "start", "instance")
    asked = {key: value for key in keys if (value := getattr(args, key))}
    output = run_to_end(_changes(config, asked))
    if output.status not in _EXIT_CODES:
        raise UsageError(f"{output.note}.")
    if args.json:
        from holmes.core import codec  # noqa: PLC0415

        say_json(codec.encode(output))
    else:
        _print(output)
    return _EXIT_CODES[output.status]


def _print(output: "ToolOutput") -> None:
    from holmes.render.text import safe  # noqa: PLC0415

    say(safe(output.text or output.note))
    if output.text and output.note:
        warn(safe(output.note))
    if sys.stdout.isatty() and output.data is not None:
        from rich.console import Console  # noqa: PLC0415

        from holmes.render.plot import plot  # noqa: PLC0415

        console = Console(highlight=False)
        for line in plot(output.data, console.width):
            console.print(line)


async def _changes(config: "Config", asked: "Mapping[str, str]") -> "ToolOutput":
    """Call the tool as a run would, behind the same mask."""
    from contextlib import AsyncExitStack  # noqa: PLC0415

    from holmes import cluster  # noqa: PLC0415
    from holmes.redaction.wrappers import Boundary  # noqa: PLC0415
    from holmes.tools import registry  # noqa: PLC0415
    from holmes.tools.base import ToolContext  # noqa: PLC0415

    guard = Boundary.of(config)
    async with AsyncExitStack() as stack:
        sections = stack.enter_context(cluster.opened(config))
        context = ToolContext(mask=guard.redactor.secrets, sections=sections)
        loaded = [
            item
            for item in registry.load(config.toolset_files, config.inline_toolsets, context)
            if any(tool.definition.name == _TOOL for tool in item.tools)
        ]
        opened = await stack.enter_async_context(registry.opened(loaded, context, warn))
        for item in guard.toolsets(opened):
            if item.status.state != "enabled":
                raise UsageError(f"{item.name}: {item.status.reason}.")
            for tool in item.tools:
                if tool.definition.name == _TOOL:
                    return await tool.run(dict(asked))
    raise UsageError(
        "No metrics are configured.",
        hint="Put `toolsets: {prometheus/metrics: {config: {prometheus_url: …}}}` into the config.",
    )
