"""A server from its settings to its end."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import uvicorn
from anyio import to_thread

from holmes.config.settings import Config, why
from holmes.core.errors import HolmesError, UsageError
from holmes.redaction.wrappers import Boundary
from holmes.server.app import application
from holmes.server.desk import Desk
from holmes.server.log import Log
from holmes.server.runtimes import Runtimes
from holmes.server.settings import ServerSettings, Targets

if TYPE_CHECKING:
    from holmes.server.tracing import Tracing

CONNECTIONS = 1024
"""At once; the others are told to come again."""

TRACES_GO_TO = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_LAST_WORDS = 5
"""Seconds for the last bytes of replies, once nothing runs any more."""


class _Uvicorn(uvicorn.Server):
    """Without signal handlers of its own: runs come to their end before connections do."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(config: Config, settings: ServerSettings, targets: Targets) -> None:
    """Serve until a signal comes, then let what runs finish or put it on record."""
    settings.check()
    keys = [key for each in targets.models.values() for key in each.keys]
    log = Log(Boundary.of(config, keys).redactor)
    failures: list[HolmesError] = []
    with _listening(settings) as listener:
        async with anyio.create_task_group() as group:
            runtimes = Runtimes(targets, settings, group, log.say)
            desk = Desk(runtimes, settings, group, log.unforeseen)
            tracing = _tracing()
            desk.watchers += [tracing] if tracing else []
            server = _Uvicorn(_uvicorn_settings(settings, desk, log))
            stop = _signalled(desk.hurry)
            group.start_soon(_end, stop, desk, server)
            group.start_soon(_open_first, runtimes, targets, failures, stop)
            log.say(f"Listening on {_address(settings, listener)}")
            for line in targets.unusable:
                log.say(line)
            await server.serve(sockets=[listener])
            runtimes.close()
            if tracing is not None:
                await to_thread.run_sync(tracing.close)
    if failures:
        raise failures[0]


async def _open_first(
    runtimes: Runtimes, targets: Targets, failures: list[HolmesError], stop: anyio.Event
) -> None:
    """Open the default model and cluster; where that fails, there is nothing to serve."""
    try:
        await runtimes.get(next(iter(targets.models)), next(iter(targets.clusters)))
    except HolmesError as error:
        failures.append(error)
        stop.set()


def _tracing() -> "Tracing | None":
    """Where somebody is there to take traces."""
    if not any(os.environ.get(name) for name in TRACES_GO_TO):
        return None
    try:
        from holmes.server.tracing import Tracing  # noqa: PLC0415  # only where they are wanted
    except ModuleNotFoundError as error:
        raise UsageError(
            f'Traces need the package "{error.name}".', hint="pip install 'holmesgpt[otel]'"
        ) from error
    return Tracing()


def _uvicorn_settings(settings: ServerSettings, desk: Desk, log: Log) -> uvicorn.Config:
    return uvicorn.Config(
        application(desk, log),
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.private_key,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=_LAST_WORDS,
    )


async def _end(stop: anyio.Event, desk: Desk, server: uvicorn.Server) -> None:
    await stop.wait()
    await desk.stop()
    server.should_exit = True


def _signalled(again: Callable[[], None]) -> anyio.Event:
    """Is set by the first signal; a second one calls `again`."""
    came = anyio.Event()
    loop = asyncio.get_running_loop()

    def take() -> None:
        if came.is_set():
            again()
        came.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, take)
    return came


@contextmanager
def _listening(settings: ServerSettings) -> Iterator[socket.socket]:
    """The socket; UsageError where it can't be had."""
    if settings.certificate is not None:
        try:
            ssl.create_default_context().load_cert_chain(settings.certificate, settings.private_key)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f'TLS: "{settings.certificate}" and "{settings.private_key}" can\'t be used: '
                f"{why(error)}."
            ) from error
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(CONNECTIONS)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"{settings.host}:{settings.port} can't be listened on: {why(error)}.",
            hint="Give --host and --port.",
        ) from error
    try:
        yield listener
    finally:
        listener.close()


def _address(settings: ServerSettings, listener: socket.socket) -> str:
    scheme = "https" if settings.certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}"
