"""Serve HolmesGPT as an MCP server, or log in to one that it uses."""

import argparse

from holmes.cli import options
from holmes.cli.printing import say, warn

NAME = "mcp"
HELP = "serve HolmesGPT to other agents over MCP; log in to an MCP server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-verbs serve and login."""
    verbs = parser.add_subparsers(dest="mcp_verb", metavar="VERB", required=True)
    serve = verbs.add_parser(
        "serve",
        help="serve on standard input and output, or over HTTP",
        description="Serve `ask`, `investigate`, `scan` and the read-only tools to an MCP client: "
        "an editor, or another agent. See docs/mcp-server.md.",
    )
    serve.add_argument(
        "--http",
        metavar="HOST:PORT",
        help="streamable HTTP instead of standard input; beyond this machine HOLMES_SERVER_KEY "
        "has to be set",
    )
    for flag, about in (("--only", "nothing but this"), ("--without", "all but this")):
        serve.add_argument(
            flag,
            metavar="NAME",
            action="append",
            help=f"offer {about}: ask, investigate, scan, a tool, a toolset, or a pattern of such "
            "names; repeatable",
        )
    options.add_model(serve)
    options.add_cluster(serve)
    options.add_config(serve)
    options.add_limits(serve)
    options.add_redact_names(serve.add_argument_group("redaction (secrets are always masked)"))
    login = verbs.add_parser(
        "login",
        help="log in to a server of mcp_servers in the browser",
        description="Log in to an MCP server whose section has `oauth`. The tokens are kept for "
        "later runs, in a file that only you can read.",
    )
    login.add_argument("server", metavar="NAME", help="as mcp_servers has it")
    options.add_config(login)


def run(args: argparse.Namespace) -> int:
    """Run the chosen sub-verb; the exit code."""
    return _serve(args) if args.mcp_verb == "serve" else _login(args)


def _serve(args: argparse.Namespace) -> int:
    from holmes.cli.ending import Terminated, run_to_end  # noqa: PLC0415  # see cli/main.py
    from holmes.config import settings as configuration  # noqa: PLC0415
    from holmes.core.errors import UsageError  # noqa: PLC0415

    try:
        from holmes.mcp_server.offer import Choice  # noqa: PLC0415
        from holmes.mcp_server.serve import Address, serve  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(
            f'holmes mcp serve needs the package "{error.name}".',
            hint="pip install 'holmesgpt[mcp]'",
        ) from error
    config = configuration.load(options.flags(args))
    said = config.mcp_server
    choice = Choice(
        only=tuple(args.only or said.get("only", ())),
        without=tuple(args.without or said.get("without", ())),
    )
    address = Address.read(args.http) if args.http else None
    try:
        run_to_end(serve(config, choice, address, warn))
    except Terminated as ending:
        return ending.code
    return 0


def _login(args: argparse.Namespace) -> int:
    from holmes.cli.approval import ask  # noqa: PLC0415
    from holmes.cli.ending import run_to_end  # noqa: PLC0415
    from holmes.config import settings as configuration  # noqa: PLC0415
    from holmes.core.errors import UsageError  # noqa: PLC0415
    from holmes.tools import registry  # noqa: PLC0415
    from holmes.tools.base import ToolContext, Toolset  # noqa: PLC0415
    from holmes.tools.permissions import Permissions  # noqa: PLC0415

    config = configuration.load(options.flags(args))
    context = ToolContext(permissions=Permissions(ask=ask))
    loaded = registry.load(config.toolset_files, config.inline_toolsets, context)
    meant = [item for item in loaded if item.name == args.server]
    if not meant:
        raise UsageError(f'No section of mcp_servers is named "{args.server}".')

    async def opened() -> Toolset:
        async with registry.opened(meant, context, warn) as (item,):
            return item

    item = run_to_end(opened())
    if item.status.state != "enabled":
        raise UsageError(f"{item.status.reason}.")
    say(f'"{item.name}" can be used: {len(item.tools)} tools.')
    return 0
