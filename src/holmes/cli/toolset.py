"""List the toolsets: which there are, what they can do, and why one can't be used."""

import argparse
from typing import TYPE_CHECKING

from holmes.cli import options
from holmes.cli.printing import say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holmes.tools.base import ToolContext, Toolset

NAME = "toolset"
HELP = "list the toolsets and whether they can be used"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action, `list`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help=HELP, description=__doc__)
    listing.add_argument("--json", action="store_true", help="print JSON")
    options.add_cluster(listing)
    options.add_config(listing)


def run(args: argparse.Namespace) -> int:
    """Check the prerequisites and print; 0 whatever they are."""
    from contextlib import ExitStack  # noqa: PLC0415  (0.1 s that `holmes --help` can do without)

    from holmes import cluster  # noqa: PLC0415
    from holmes.cli.ending import run_to_end  # noqa: PLC0415
    from holmes.config import settings as configuration  # noqa: PLC0415
    from holmes.tools import configured, registry  # noqa: PLC0415
    from holmes.tools.base import ToolContext, Toolset, ToolsetStatus  # noqa: PLC0415
    from holmes.tools.permissions import permissions  # noqa: PLC0415

    config = configuration.load(options.flags(args))
    granted = permissions(config.allow, config.files)
    with ExitStack() as stack:
        sections = stack.enter_context(cluster.opened(config))
        context = ToolContext(permissions=granted, sections=sections)
        loaded = registry.load(config.toolset_files, config.inline_toolsets, context)
        toolsets = run_to_end(_checked(loaded, context))
    named = {item.name for item in toolsets}
    how = "not configured: see docs/toolsets.md"
    not_configured = ToolsetStatus(state="disabled", reason=how)
    toolsets += tuple(
        Toolset(name=name, description=about, tools=(), status=not_configured, source="built-in")
        for name, about in configured.known()
        if name not in named
    )
    if args.json:
        say_json([_as_json(item) for item in toolsets])
    else:
        say("\n".join(_as_text(item) for item in toolsets))
    return 0


async def _checked(loaded: "Sequence[Toolset]", context: "ToolContext") -> "tuple[Toolset, ...]":
    """The toolsets as a run would find them: open, and what is behind them asked."""
    from holmes.tools import registry  # noqa: PLC0415

    async with registry.opened(loaded, context, say) as entered:
        return await registry.check(entered)


def _as_json(item: "Toolset") -> dict[str, object]:
    return {
        "name": item.name,
        "description": item.description,
        "state": item.status.state,
        "reason": item.status.reason,
        "server": item.status.server,
        "source": item.source,
        "tools": [
            {"name": tool.definition.name, "description": tool.definition.description}
            for tool in item.tools
        ],
    }


def _as_text(item: "Toolset") -> str:
    count = "1 tool" if len(item.tools) == 1 else f"{len(item.tools)} tools"
    lines = [f"{item.name}  {item.status.state}  {count}  ({item.source})"]
    said = (item.status.reason, item.status.server, item.description)
    lines += [f"  {part}" for part in said if part]
    if item.tools:
        lines.append("  " + ", ".join(tool.definition.name for tool in item.tools))
    return "\n".join(lines)
