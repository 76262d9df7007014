"""Whether the server is well, what it is, and what can be asked of it."""

import time
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from holmes import __version__
from holmes.server.desk import Desk
from holmes.server.http import Endpoint, reply
from holmes.tools.base import Toolset


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """It answers."""

    status: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """It takes questions."""

    status: str
    models: list[str]


class ModelName(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the models: a JSON array in a string, as the peer's clients read it."""

    model_name: str


class ToolsetsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How many toolsets there are."""

    total: int
    enabled: int
    failed: int
    disabled: int


class ToolsetInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One toolset of the default model and cluster."""

    name: str
    enabled: bool
    status: str
    tool_count: int
    error: str | None = None


class Info(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server is; `toolsets` and `config_path` with ?detail=full."""

    version: str
    uptime_seconds: float
    auth_enabled: bool
    models: list[str]
    clusters: list[str]
    toolsets_summary: ToolsetsSummary
    runbooks_count: int
    running: int
    waiting: int
    toolsets: list[ToolsetInfo] | None = None
    config_path: str | None = None


def endpoints(desk: Desk) -> list[Endpoint]:
    """The paths that any watcher, and the peer's clients, ask first."""
    own = _Status(desk)
    detail = {"detail": "full: toolsets and the config file, too"}
    return [
        Endpoint(method="GET", path="/healthz", handler=own.healthz, reply=Health,
                 says="It is up."),
        Endpoint(method="GET", path="/readyz", handler=own.readyz, reply=Ready,
                 says="It takes questions; 503 where it does not."),
        Endpoint(method="GET", path="/api/model", handler=own.model, reply=ModelName,
                 says="The models that can be named."),
        Endpoint(method="GET", path="/api/info", handler=own.info, reply=Info, query=detail,
                 says="What this server is."),
    ]  # fmt: skip


class _Status:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._began = time.monotonic()

    @property
    def _models(self) -> list[str]:
        return list(self._desk.runtimes.targets.models)

    async def healthz(self, _: Request) -> Response:
        return reply(Health(status="healthy"))

    async def readyz(self, _: Request) -> Response:
        ready = bool(self._desk.runtimes.opened) and not self._desk.stopping
        status = "ready" if ready else "not ready"
        return reply(Ready(status=status, models=self._models), 200 if ready else 503)

    async def model(self, _: Request) -> Response:
        return reply(ModelName(model_name=msgspec.json.encode(self._models).decode()))

    async def info(self, request: Request) -> Response:
        desk = self._desk
        first = next(iter(desk.runtimes.opened.values()), None)
        toolsets = first.toolsets if first else ()
        full = request.query_params.get("detail") == "full"
        config = next(iter(desk.runtimes.targets.models.values()))
        whole = Info(
            version=__version__,
            uptime_seconds=round(time.monotonic() - self._began, 1),
            auth_enabled=bool(desk.settings.keys),
            models=self._models,
            clusters=list(desk.runtimes.targets.clusters),
            toolsets_summary=_summary(toolsets),
            runbooks_count=0,
            running=sum(run.state == "running" for run in desk.busy),
            waiting=sum(run.state == "queued" for run in desk.busy),
            config_path=(config.source or None) if full else None,
            toolsets=[_told(item) for item in toolsets] if full else None,
        )
        return reply(whole)


def _summary(toolsets: Sequence[Toolset]) -> ToolsetsSummary:
    states = [item.status.state for item in toolsets]
    return ToolsetsSummary(
        total=len(states),
        enabled=states.count("enabled"),
        failed=states.count("failed"),
        disabled=states.count("disabled"),
    )


def _told(item: Toolset) -> ToolsetInfo:
    return ToolsetInfo(
        name=item.name,
        enabled=item.status.state == "enabled",
        status=item.status.state,
        error=item.status.reason or None,
        tool_count=len(item.tools),
    )
