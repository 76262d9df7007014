"""Opens sections of `mcp_servers` as a run does, and calls their tools."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio

from configured.servers.daemon import listening
from holmes.core.messages import JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.tools import registry
from holmes.tools.base import Mask, Tool, ToolContext, Toolset
from holmes.tools.permissions import Asker, Permissions, nobody

STRANGE = Path(__file__).with_name("strange_server.py")


def strange(folder: Path, **more: object) -> dict[str, object]:
    """The section of a strange server on standard input and output."""
    return {"config": {"command": sys.executable, "args": [str(STRANGE), str(folder)], **more}}


@contextmanager
def over_http(folder: Path, transport: str, port: int) -> Iterator[None]:
    """The strange server on a port of this machine; what it has open is cut off at the end."""
    argv = [sys.executable, str(STRANGE), str(folder), transport, str(port)]
    with listening(argv, port, folder, stop=signal.SIGKILL):
        yield


@asynccontextmanager
async def opened(
    servers: Mapping[str, object],
    state: Path,
    *,
    ask: Asker = nobody,
    progress: Callable[[str], None] | None = None,
    mask: Mask = str,
) -> AsyncIterator[tuple[Toolset, ...]]:
    """The toolsets of these servers, open and checked; `state` is where tokens and logs go."""
    context = ToolContext(
        permissions=Permissions(ask=ask),
        environment={**os.environ, "XDG_STATE_HOME": str(state)},
        progress=progress,
        mask=mask,
    )
    loaded = registry.load((), {"mcp_servers": servers}, context)
    ours = [item for item in loaded if item.name in servers]
    async with registry.opened(ours, context, print) as toolsets:
        yield await registry.check(toolsets)


def tool(toolset: Toolset, name: str) -> Tool:
    return next(each for each in toolset.tools if each.definition.name == name)


async def call(toolset: Toolset, which: str, /, **arguments: JsonValue) -> ToolOutput:
    return await tool(toolset, which).run(arguments)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens elsewhere, half a minute at most."""
    with anyio.fail_after(30):
        while not is_so():  # noqa: ASYNC110  (another process does it)
            await anyio.sleep(0.05)


def names(toolset: Toolset) -> list[str]:
    return [each.definition.name for each in toolset.tools]
