"""The runtimes of a server, one for each model and cluster: opened when first asked, then kept."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from holmes.config.settings import Config
from holmes.core.errors import HolmesError
from holmes.core.events import Event, Noticed
from holmes.models.client.chat_completions import ClientSettings
from holmes.runtime import Runtime, server
from holmes.server.settings import ServerSettings, Targets, places
from holmes.server.waiting_line import WaitingLine


@dataclass(eq=False)
class _Kept:
    """One that is open, or that is being opened, or that could not be."""

    ready: anyio.Event = field(default_factory=anyio.Event)
    runtime: Runtime | None = None
    failure: HolmesError | None = None


class Runtimes:
    """Each runtime lives in a task of its own: what it enters is left where it was entered."""

    def __init__(
        self,
        targets: Targets,
        settings: ServerSettings,
        group: TaskGroup,
        say: Callable[[str], None],
    ) -> None:
        self.targets = targets
        lines: dict[str, WaitingLine] = {}  # one for each model server, whatever its models
        self.lines = {
            name: lines.setdefault(
                config.address or config.model, WaitingLine(places(config, settings))
            )
            for name, config in targets.models.items()
        }
        self._group = group
        self._say = say
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._clients: dict[str, ClientSettings] = {}
        self._owners: dict[str, tuple[str, str]] = {}
        self._starting = anyio.Lock()
        self._stop = anyio.Event()

    async def get(self, model: str, cluster: str) -> Runtime:
        """The runtime for two known names; HolmesError where it can't be opened."""
        kept = self._kept.get((model, cluster))
        if kept is None:
            kept = self._kept[model, cluster] = _Kept()
            config = self.targets.config(model, cluster)
            self._group.start_soon(self._keep, kept, config, (model, cluster))
        await kept.ready.wait()
        if kept.failure is not None:
            raise kept.failure
        if kept.runtime is None:
            raise AssertionError((model, cluster))
        return kept.runtime

    @property
    def opened(self) -> dict[tuple[str, str], Runtime]:
        """Those that are open, by model and cluster."""
        return {names: kept.runtime for names, kept in self._kept.items() if kept.runtime}

    def close(self) -> None:
        """Let all of them end."""
        self._stop.set()

    async def _keep(self, kept: _Kept, config: Config, names: tuple[str, str]) -> None:
        try:
            async with AsyncExitStack() as stack:
                client = await self._client(names, config, stack)
                opening = Runtime.opened(config, self._emit, client=client)
                kept.runtime = await stack.enter_async_context(opening)
                kept.ready.set()
                await self._stop.wait()
        except HolmesError as error:
            kept.failure = error
        finally:
            kept.runtime = None
            del self._kept[names]  # the next one who asks tries again
            if self._owners.get(names[0]) == names:
                del self._owners[names[0]], self._clients[names[0]]
            kept.ready.set()

    async def _client(
        self, names: tuple[str, str], config: Config, stack: AsyncExitStack
    ) -> ClientSettings:
        """How to reach the model: an embedded one is started once, for all clusters."""
        model = names[0]
        async with self._starting:
            if model not in self._clients:
                found = await stack.enter_async_context(server(config, self._emit))
                self._clients[model], self._owners[model] = found, names
        return self._clients[model]

    def _emit(self, event: Event) -> None:
        if isinstance(event, Noticed):
            self._say(event.text)
