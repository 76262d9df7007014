"""One session with an MCP server: opened when a run begins, and again where the server has died."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio
from anyio.abc import TaskGroup

from holmes.tools.function_tool import ToolFailure
from holmes.toolsets.configured.mcp.transports import Transports

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client.session import IncomingMessage

_Result = TypeVar("_Result")

_STEADY = 60.0
"""Seconds after which a server that ends has not failed to start."""

_LONGEST_PAUSE = 30.0
"""Seconds between two starts of a server that does not stay up."""

_WORTH_WAITING = 2.0
"""Seconds that a call waits for a start; where it is longer away, the call fails at once."""

_LOGIN_SECONDS = 300.0
_ENDED_SESSION = "Session terminated"  # the SDK's word for a session that the server forgot


class Connection:
    """A server's session.

    listed   is called with the client each time it is connected, and when its lists change
    """

    def __init__(
        self, transports: Transports, listed: "Callable[[Client], Awaitable[None]]"
    ) -> None:
        self._transports = transports
        self._listed = listed
        self._life: _Life | None = None
        self._starting = anyio.Lock()
        self._group: TaskGroup | None = None
        self._starts = 0
        self._began = -math.inf

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connect, and end the session at the end of the block; raises ToolFailure."""
        async with anyio.create_task_group() as group:
            self._group = group
            try:
                await self.client()
                yield
            finally:
                self._group = None
                if self._life is not None:
                    self._life.ended.set()

    async def client(self) -> "Client":
        """The connected client, connected anew where that is needed; raises ToolFailure."""
        async with self._starting:
            if self._life is None or self._life.client is None or self._life.ended.is_set():
                self._life = await self._started()
            client = self._life.client
        if client is None:
            raise ToolFailure(f"{self._transports.who} is closed")
        return client

    async def request(
        self, ask: "Callable[[Client], Awaitable[_Result]]", *, repeatable: bool = True
    ) -> _Result:
        """What the server answers; ToolFailure where it refuses or is gone.

        Of a server that goes meanwhile a `repeatable` request is asked again, once; so is any that
        did not reach it.
        """
        from mcp import MCPError  # noqa: PLC0415  (1.4 s)

        who = self._transports.who
        for last in (False, True):
            client = await self.client()
            try:
                return await ask(client)
            except MCPError as error:
                forgotten = error.message == _ENDED_SESSION
                if not (forgotten or self._transports.is_closed(error)):
                    raise ToolFailure(f"{who} refused: {_line(error.message)}") from error
                self._drop(client)
                if last or not (repeatable or forgotten):
                    raise ToolFailure(
                        f"{who} ended during the call; whether it did what was asked is not "
                        "known. It is started again at the next call"
                    ) from error
            except (RuntimeError, ValueError, anyio.ClosedResourceError) as error:
                # What the SDK can't read, or what does not have the form that its tool declares.
                raise ToolFailure(f"{who} gave no proper result: {_line(str(error))}") from error
        raise AssertionError(ask)  # the second round ends in one way or the other

    def _drop(self, client: "Client") -> None:
        if self._life is not None and self._life.client is client:
            self._life.ended.set()

    async def _started(self) -> "_Life":
        if self._group is None:
            raise ToolFailure(f"{self._transports.who} is closed")
        await self._hold_back()
        life = _Life(self._transports, self._listed)
        self._group.start_soon(life.run)
        limit = self._transports.settings.startup_seconds
        person = _LOGIN_SECONDS if self._transports.asks_to_log_in else 0.0
        with anyio.move_on_after(limit + person):
            await life.settled.wait()
        if life.client is None:
            life.scope.cancel()
            late = TimeoutError(f"it did not answer within {limit:g} s")
            raise self._transports.failure(life.failure or late)
        return life

    async def _hold_back(self) -> None:
        """Start one that ended at once a second time, and then ever more rarely."""
        now = anyio.current_time()
        starts = 1 if now - self._began > _STEADY else self._starts + 1
        pause = min(2.0 ** (starts - 2), _LONGEST_PAUSE) if starts > 2 else 0.0
        wait = self._began + pause - now
        if wait > _WORTH_WAITING:
            who = self._transports.who
            raise ToolFailure(f"{who} does not stay up; it is started again in {wait:.0f} s")
        await anyio.sleep(max(0.0, wait))
        self._starts, self._began = starts, anyio.current_time()


class _Life:
    """A session from its start to its end, in a task of its own.

    client   while it is connected
    settled  it is connected, or it failed
    ended    nobody wants it any more, or the server has gone
    """

    def __init__(
        self, transports: Transports, listed: "Callable[[Client], Awaitable[None]]"
    ) -> None:
        self.client: Client | None = None
        self.failure: Exception | None = None
        self.settled, self.ended = anyio.Event(), anyio.Event()
        self.scope = anyio.CancelScope()
        self._transports = transports
        self._listed = listed
        self._changed = anyio.Event()

    async def run(self) -> None:
        """Connect, follow the server's changes, and close once it has ended."""
        try:
            with self.scope:
                async with self._transports.client(self.ended.set, self._heard) as client:
                    await self._listed(client)
                    self.client = client
                    self.settled.set()
                    await self._follow(client)
        except Exception as error:  # noqa: BLE001  (whatever the SDK raises is one server's end)
            self.failure = error
        finally:
            self.client = None
            self.ended.set()
            self.settled.set()

    async def _follow(self, client: "Client") -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen, client)
            group.start_soon(self._list_again, client)
            await self.ended.wait()
            group.cancel_scope.cancel()

    async def _listen(self, client: "Client") -> None:
        """Ask servers of 2026 to tell of changes; older ones do so unasked."""
        from mcp import MCPError  # noqa: PLC0415
        from mcp.client.subscriptions import (  # noqa: PLC0415
            ListenNotSupportedError,
            SubscriptionLost,
        )

        tools = client.server_capabilities.tools
        if tools is None or not tools.list_changed:
            return
        try:
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._changed.set()
        except (ListenNotSupportedError, SubscriptionLost, MCPError):
            return

    async def _heard(self, message: "IncomingMessage") -> None:
        if getattr(message, "method", "").endswith("/list_changed"):
            self._changed.set()

    async def _list_again(self, client: "Client") -> None:
        from mcp import MCPError  # noqa: PLC0415

        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            try:
                await self._listed(client)
            except MCPError:
                return  # it has gone; the next call notices


def _line(text: str, most: int = 300) -> str:
    said = " ".join(text.split()) or "it gave no reason"
    return said if len(said) <= most else f"{said[: most - 1]}…"
