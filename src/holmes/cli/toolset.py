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
_NOT_CONFIGURED = "not configured: see docs/toolsets.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action, `list`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help=HELP, description=__doc__)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.add_argument("--tools", action="store_true", help="print each one's tools, too")
    options.add_cluster(listing)
    options.add_config(listing)


def run(args: argparse.Namespace) -> int:
    """Check the prerequisites, ask the servers, print; 1 where a toolset has failed."""
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
    status = ToolsetStatus(state="disabled", reason=_NOT_CONFIGURED)
    others = tuple(
        Toolset(name=name, description=about, tools=(), status=status, source="built-in")
        for name, about in configured.unused(toolsets)
    )
    if args.json:
        say_json([_as_json(item) for item in (*toolsets, *others)])
    else:
        _print(toolsets, others, with_tools=args.tools)
    return 1 if any(item.status.state == "failed" for item in toolsets) else 0


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
        "tokens": _tokens(item),
        "tools": [
            {"name": tool.definition.name, "description": tool.definition.description}
            for tool in item.tools
        ],
    }


def _print(toolsets: "Sequence[Toolset]", others: "Sequence[Toolset]", *, with_tools: bool) -> None:
    """A line each: those that can be used, those that have failed, those that are off."""
    width = max(len(_line(item.name)) for item in toolsets)
    say(f"{'TOOLSET':{width}}  {'STATE':8}  TOOLS  TOKENS  WHAT IT READS, OR WHY NOT")
    counts = []
    for state in ("enabled", "failed", "disabled"):
        items = [item for item in toolsets if item.status.state == state]
        names = ": " + ", ".join(item.name for item in items) if state == "failed" else ""
        counts += [f"{len(items)} {state}{names}"] if items else []
        for item in items:
            count = f"{len(item.tools):5}  {_tokens(item):6,}" if state == "enabled" else " " * 13
            say(f"{_line(item.name):{width}}  {state:8}  {count}  {_said(item)}")
            if with_tools:
                say(f"  from: {_line(item.source)}")
                for tool in item.tools:
                    say(f"  {tool.definition.name}: {_line(tool.definition.description)}")
    say(f"\n{'; '.join(counts)}.")
    if others:
        say(f"\nNot configured ({_NOT_CONFIGURED.partition(': ')[2]}):")
        width = max(len(item.name) for item in others)
        for item in others:
            say(f"{item.name:{width}}  {item.description}")


def _said(item: "Toolset") -> str:
    """What answers behind it, or why nothing does and which file says that it should."""
    state, own = item.status.state, item.source != "built-in"
    where = f" ({item.source})" if state == "failed" and own else ""
    return _line((item.status.reason or item.status.server or item.description) + where)


def _line(text: str) -> str:
    return " ".join(text.split())


def _tokens(item: "Toolset") -> int:
    """About what the definitions take of a model's window."""
    from holmes.agent.budget import ContextBudget  # noqa: PLC0415

    return ContextBudget().tokens((), [tool.definition for tool in item.tools])
