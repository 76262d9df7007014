"""How an MCP server is reached: a program's standard input and output, or HTTP."""

import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import anyio

from holmes import __version__
from holmes.config.state import state_folder
from holmes.tools.base import ToolContext
from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpServer
from holmes.toolsets.configured.mcp.oauth import authentication
from holmes.toolsets.configured.mcp.settings import McpSettings

if TYPE_CHECKING:
    import httpx2
    from mcp import Client, MCPError
    from mcp.client import Transport
    from mcp.client.session import MessageHandlerFnT

_LONGEST_LOG = 1_000_000
_LARGEST_EVENT = 20_000_000  # the SDK's own 1 MB would refuse a long log
_SECONDS, _READ_SECONDS = 30.0, 300.0  # to connect and send; between two events of a stream

# The SDK reports what it catches to its logger; without a handler Python prints that on stderr.
logging.getLogger("mcp").addHandler(logging.NullHandler())


class Transports:
    """The ways to one server, and what is said of it where none works.

    who  the server in messages
    """

    def __init__(self, name: str, settings: McpSettings, context: ToolContext) -> None:
        self.who = f'the MCP server "{name}"'
        self.settings = settings
        self._name = name
        self._context = context
        self._refused: deque[int] = deque(maxlen=1)
        self._log_began = 0

    @property
    def asks_to_log_in(self) -> bool:
        """Whether connecting may wait for a person in a browser."""
        oauth = self.settings.oauth
        return oauth is not None and oauth.grant == "authorization_code"

    @asynccontextmanager
    async def client(
        self, died: Callable[[], None], heard: "MessageHandlerFnT"
    ) -> "AsyncIterator[Client]":
        """A client that is connected in this block; `died` is called where the server ends."""
        from mcp import Client, MCPError  # noqa: PLC0415  (1.4 s)
        from mcp_types import Implementation  # noqa: PLC0415

        async with AsyncExitStack() as stack:

            async def connected(transport: "Transport") -> Client:
                # No callback for sampling, elicitation or roots: none of them is offered.
                client = Client(
                    transport,
                    message_handler=heard,
                    client_info=Implementation(name="holmesgpt", version=__version__),
                )
                return await stack.enter_async_context(client)

            kind = self.settings.transport
            if kind == "stdio":
                yield await connected(_watched(self._program(stack), died))
                return
            if kind != "sse":
                try:
                    found = await connected(self._streamable())
                except (MCPError, ExceptionGroup):
                    # As the protocol says: a server that takes no POST there may have an event
                    # stream (the transport of 2024).
                    if kind or not self._refused or self._refused[0] not in {400, 404, 405}:
                        raise
                else:
                    yield found
                    return
            yield await connected(self._events())

    def is_closed(self, error: "MCPError") -> bool:
        """Whether an error means that the server is gone."""
        from mcp_types import CONNECTION_CLOSED  # noqa: PLC0415

        return error.code == CONNECTION_CLOSED

    def failure(self, error: BaseException) -> ToolFailure:
        """Why it can't be used, in one line."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, ToolFailure):
            return error
        if self.settings.oauth is not None and type(error).__name__.startswith("OAuth"):
            said = " ".join(str(error).split())
            return ToolFailure(f"{self.who}: the login failed: {said[:300]}")
        if self.settings.transport == "stdio":
            return ToolFailure(f"{self.who} {self._program_failure(error)}")
        if isinstance(error, TimeoutError):
            return ToolFailure(f"{self.who}: {error}")
        if not self._refused:
            return self._server().unreachable(error)
        [status] = self._refused
        check = "its headers or its oauth" if status in {401, 403} else "its url and mode"
        return self._server().answered(status, f"check {check}")

    @property
    def _log(self) -> Path:
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in self._name)
        return state_folder("mcp", self._context.environment) / f"{safe}.log"

    @asynccontextmanager
    async def _program(self, stack: AsyncExitStack) -> AsyncIterator[Any]:
        from mcp import StdioServerParameters, stdio_client  # noqa: PLC0415
        from mcp.client.stdio import DEFAULT_INHERITED_ENV_VARS  # noqa: PLC0415

        said, ours = self.settings, self._context.environment
        inherited = {name: ours[name] for name in DEFAULT_INHERITED_ENV_VARS if name in ours}
        parameters = StdioServerParameters(
            command=said.command,
            args=said.args,
            env=inherited | said.env,
            cwd=said.cwd,
            encoding_error_handler="replace",
        )
        log = stack.enter_context(_opened(self._log))
        self._log_began = self._log.stat().st_size
        async with (
            stdio_client(parameters, errlog=log) as streams,
            anyio.create_task_group() as group,
        ):
            group.start_soon(_kept_short, log)
            yield streams
            group.cancel_scope.cancel()

    def _program_failure(self, error: BaseException) -> str:
        command = self.settings.command
        if isinstance(error, FileNotFoundError):
            return f'can\'t be started: the program "{command}" was not found'
        if isinstance(error, OSError) and error.strerror:
            return f'can\'t be started: "{command}": {error.strerror}'
        how = str(error) if isinstance(error, TimeoutError) else "it ended before it answered"
        written = self._log.read_bytes()[self._log_began :].decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(written) if line.strip()), "")
        words = f"; its last words: {last[:200]}" if last else ", and said nothing"
        return f"did not start: {how}{words} ({self._log})"

    def _server(self) -> HttpServer:
        said = self.settings
        return HttpServer(
            product=self.who,
            base=said.url,
            headers=said.sent_headers,
            verify=said.verify_ssl,
            ca=said.ca,
            seconds=_READ_SECONDS,
        )

    def _http(self) -> "httpx2.AsyncClient":
        import httpx2  # noqa: PLC0415

        async def look(response: httpx2.Response) -> None:
            if response.status_code >= 400:
                self._refused.append(response.status_code)

        self._refused.clear()
        client = self._server().new_client(authentication(self._name, self.settings, self._context))
        client.timeout = httpx2.Timeout(_SECONDS, read=_READ_SECONDS)
        client.event_hooks = {"response": [look]}
        return client

    @asynccontextmanager
    async def _streamable(self) -> AsyncIterator[Any]:
        from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

        async with (
            self._http() as client,
            streamable_http_client(
                self.settings.url, http_client=client, max_sse_event_size=_LARGEST_EVENT
            ) as streams,
        ):
            yield streams

    @asynccontextmanager
    async def _events(self) -> AsyncIterator[Any]:
        from mcp.client.sse import sse_client  # noqa: PLC0415

        def factory(*_: object, **__: object) -> "httpx2.AsyncClient":
            return self._http()

        async with sse_client(self.settings.sse_url, httpx_client_factory=factory) as streams:
            yield streams


@asynccontextmanager
async def _watched(transport: Any, died: Callable[[], None]) -> AsyncIterator[Any]:  # noqa: ANN401
    """The streams of a transport; the end of what comes from it is told."""
    async with transport as (incoming, outgoing):
        send, receive = anyio.create_memory_object_stream[Any](0)

        async def pass_on() -> None:
            async with send:
                async for message in incoming:
                    await send.send(message)
            died()

        async with receive, anyio.create_task_group() as group:
            group.start_soon(pass_on)
            yield receive, outgoing
            group.cancel_scope.cancel()


async def _kept_short(log: TextIO) -> None:
    """Begin the file anew whenever it has grown long: a server may write without end."""
    while True:
        await anyio.sleep(1)
        if os.fstat(log.fileno()).st_size > _LONGEST_LOG:
            os.ftruncate(log.fileno(), 0)


def _opened(log: Path) -> TextIO:
    """The file that takes a server's standard error; one that has grown long begins anew."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    grown = log.exists() and log.stat().st_size > _LONGEST_LOG
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if grown else 0)
    return os.fdopen(os.open(log, flags, 0o600), "w")
