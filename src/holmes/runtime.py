"""The composition root: from settings to a running investigation."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import get_cancelled_exc_class, to_thread

from holmes.agent.loop import Investigation, Limits
from holmes.config import settings as configuration
from holmes.config.settings import Config
from holmes.core.answer import Answer
from holmes.core.errors import HolmesError, UsageError
from holmes.core.events import Asked, EventSink, Noticed, Stamp
from holmes.kubernetes.kubectl import kubectl_status, require_chosen
from holmes.kubernetes.target import KubeTarget
from holmes.models.base import Model
from holmes.redaction.cluster_names import learn
from holmes.redaction.wrappers import Boundary
from holmes.tools import registry
from holmes.tools.base import Toolset
from holmes.tools.permissions import (
    Asker,
    Permissions,
    nobody,
    permissions,
)

if TYPE_CHECKING:
    from holmes.models.client.chat_completions import ClientSettings
    from holmes.runs.recorder import Recorder

LOCAL_CONTEXT_WINDOW = 8192
"""Tokens for the embedded model: 8k needs 0.25 GB beside the 1.1 GB of weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What an investigation is made of; usable while `build` is open."""

    model: Model
    toolsets: tuple[Toolset, ...]
    kube: KubeTarget
    limits: Limits
    boundary: Boundary


@asynccontextmanager
async def build(
    config: Config,
    emit: EventSink,
    *,
    client: "ClientSettings | None" = None,
    ask: Asker = nobody,
    boundary: Boundary | None = None,
) -> AsyncIterator[Parts]:
    """Start what the settings ask for (snapshot API, embedded model), and end it afterwards.

    With `client`, a model server that `server` found or started is used. `ask` puts a question to
    a person, where the settings allow a command beyond reading. Tools and model come behind
    `boundary`, by default a new one: whatever records them records no secret.
    """
    guard = boundary or Boundary.of(config)
    granted = permissions(config.allow, config.files, ask, guard.redactor.secrets)
    async with AsyncExitStack() as stack:
        kube = cluster(config, stack)
        require_chosen(kube)
        model = await _model(config, stack, emit, client)
        stack.push_async_callback(model.aclose)
        if guard.redactor.masks_names and (failure := await learn(guard.redactor, kube)):
            emit(Noticed(text=failure))
        yield Parts(
            model=guard.model(model),
            toolsets=guard.toolsets(await _toolsets(config, kube, granted, guard.masked(emit))),
            kube=kube,
            limits=Limits(max_steps=config.max_steps, seconds=config.timeout, window=config.window),
            boundary=guard,
        )


async def investigate(
    config: Config,
    question: str,
    emit: EventSink,
    *,
    client: "ClientSettings | None" = None,
    recorder: "Recorder | None" = None,
    ask: Asker = nobody,
    boundary: Boundary | None = None,
) -> Answer:
    """Build, ask, take down; on record where there is a `recorder`, which then is `emit`, too.

    What is recorded has come through `boundary`, the question included.
    """
    emit = emit if recorder is not None else Stamp().before(emit)
    guard = boundary or Boundary.of(config)
    try:
        async with build(config, emit, client=client, ask=ask, boundary=guard) as parts:
            # Here, where the names of the cluster are known.
            asked = guard.question(question)
            emit(Asked(question=asked))
            model, toolsets = parts.model, parts.toolsets
            if recorder is not None:
                model, toolsets = recorder.around(asked, model, toolsets)
            investigation = Investigation(
                model=model,
                toolsets=toolsets,
                kube=parts.kube,
                limits=parts.limits,
                emit=emit,
            )
            return await investigation.run(asked)
    except HolmesError as error:
        guard.redactor.mask_error(error)
        raise


def cluster(config: Config, stack: ExitStack | AsyncExitStack) -> KubeTarget:
    """Which cluster the settings mean; a recorded one is served until `stack` is left."""
    if config.snapshot is None:
        return config.kube
    stack.enter_context(serving(config.snapshot))
    return KubeTarget(namespace=config.kube.namespace)


@contextmanager
def serving(snapshot: Path) -> Iterator[None]:
    """Every kubectl of this process reads the recorded cluster while the block runs."""
    from holmes.snapshot.serve import SnapshotServer  # noqa: PLC0415  # only for --snapshot

    with SnapshotServer(snapshot) as api:
        # In the environment rather than in each command: the file is gone with this run, and a
        # command without its path can be run again wherever the snapshot is served.
        before = os.environ.get("KUBECONFIG")
        os.environ["KUBECONFIG"] = str(api.kubeconfig)
        try:
            yield
        finally:
            _set_kubeconfig(before)


def _set_kubeconfig(value: str | None) -> None:
    if value is None:
        os.environ.pop("KUBECONFIG", None)
    else:
        os.environ["KUBECONFIG"] = value


async def _toolsets(
    config: Config, kube: KubeTarget, granted: Permissions, emit: EventSink
) -> tuple[Toolset, ...]:
    toolsets = await registry.check(
        registry.load(config.toolset_files, {"toolsets": config.toolsets}, kube, granted)
    )
    failed: dict[str, list[str]] = {}
    for item in toolsets:
        if item.status.state == "failed":
            failed.setdefault(item.status.reason, []).append(item.name)
    for reason, names in failed.items():
        emit(Noticed(text=f"Not used: {', '.join(names)}: {reason}"))
    if not any(item.tools and item.status.state == "enabled" for item in toolsets):
        why = kubectl_status(kube).reason or "every toolset is switched off"
        emit(Noticed(text=f"There is nothing to look at but the question: {why}."))
    return toolsets


@asynccontextmanager
async def server(config: Config, emit: EventSink) -> AsyncIterator["ClientSettings"]:
    """How to reach the model that the settings name; the embedded one runs while it is open."""
    async with AsyncExitStack() as stack:
        yield await _client_settings(config, stack, emit)


async def _model(
    config: Config, stack: AsyncExitStack, emit: EventSink, found: "ClientSettings | None"
) -> Model:
    from holmes.models.client.chat_completions import ChatCompletionsModel  # noqa: PLC0415  # 0.2 s
    from holmes.models.modes.memory import Memory, Recollection  # noqa: PLC0415
    from holmes.models.modes.model import AnyToolModel  # noqa: PLC0415

    client = ChatCompletionsModel(found or await _client_settings(config, stack, emit))
    if config.is_local_model:  # its address is new each time, and its ways are known
        return AnyToolModel(client, config.tool_mode)
    memory = Recollection(Memory(), client.address, client.name, client.listing_fingerprint)
    return AnyToolModel(client, config.tool_mode, memory=memory)


async def _client_settings(
    config: Config, stack: AsyncExitStack, emit: EventSink
) -> "ClientSettings":
    if config.is_local_model:
        config = await _embedded(config, stack, emit)
    base, warning = configuration.endpoint(config)
    if warning:
        emit(Noticed(text=warning))
    from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings  # noqa: PLC0415  # only once a server is known

    settings = ClientSettings(
        base_url=base, api_key=config.api_key, model=config.model_name, stream=config.stream
    )
    if not settings.model:
        lister = ChatCompletionsModel(settings)
        try:
            listed = await lister.list_models()
            address = lister.address  # with the scheme and the path that were left out
            settings = replace(settings, model=_only(listed, address))
        finally:
            await lister.aclose()
        only = f'"{settings.model}", the only one at {address}'
        emit(Noticed(text=f"No --model given: using {only}."))
    return settings


def _only(models: tuple[str, ...], base: str) -> str:
    if len(models) == 1:
        return models[0]
    if not models:
        raise UsageError(
            f"No model named, and {base} lists none.",
            hint="Check that a model server is there (--api-base), or give --model NAME.",
        )
    listed = ", ".join(models[:20])
    raise UsageError(f"No model named; {base} has {len(models)}: {listed}.", hint="Give --model.")


async def _embedded(config: Config, stack: AsyncExitStack, emit: EventSink) -> Config:
    from holmes.embedded import server, weights  # noqa: PLC0415  # only for --model local

    path = weights.installed()
    if path is None:
        raise UsageError(
            "The embedded model's weights are not on this machine.",
            hint="Run `holmes model pull` once (1.1 GB).",
        )
    emit(Noticed(text=f"Starting the embedded model, {server.MODEL_NAME}."))
    embedded = server.LocalServer(path, context_window=config.window or LOCAL_CONTEXT_WINDOW)
    try:
        await to_thread.run_sync(stack.enter_context, embedded, abandon_on_cancel=True)
    except get_cancelled_exc_class():
        # The thread waits until the weights are loaded, and this process for the thread.
        embedded.abort()
        raise
    return replace(config, api_base=embedded.base_url, model=server.MODEL_NAME)
