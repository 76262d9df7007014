"""The composition root: from settings to a running investigation."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from anyio import get_cancelled_exc_class, to_thread

from holmes import cluster
from holmes.agent.conversation import Limits
from holmes.agent.loop import OWN_TOOLS, Investigation
from holmes.agent.strategies.choice import strategy_for
from holmes.config import settings as configuration
from holmes.config.choices import Guidance
from holmes.config.settings import Config
from holmes.core.answer import Answer
from holmes.core.errors import HolmesError, UsageError
from holmes.core.events import Asked, EventSink, Noticed, Stamp
from holmes.models.base import Model
from holmes.redaction.wrappers import Boundary
from holmes.tools import registry
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.permissions import Asker, CurrentAsker, nobody, permissions

if TYPE_CHECKING:
    from holmes.config.named import NamedModel
    from holmes.models.client.chat_completions import ClientSettings
    from holmes.runs.recorder import Recorder
    from holmes.tools.approval import CallAsker

LOCAL_CONTEXT_WINDOW = 8192
"""Tokens for the embedded model: 8k needs 0.25 GB beside the 1.1 GB of weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """A model and toolsets that are open, behind the redactor: any number of investigations.

    sections   which systems are looked at, by the section of the settings: "kubernetes"
    situation  what a model is told of the time, which goes on, and of the systems that are there
    weak       whether a check found that the model has to be led
    asker      asks the person behind an investigation
    """

    model: Model
    toolsets: tuple[Toolset, ...]
    limits: Limits
    boundary: Boundary
    sections: Mapping[str, Mapping[str, Any]]
    situation: Callable[[], str]
    asker: CurrentAsker
    guidance: Guidance = "auto"
    weak: bool = False

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        config: Config,
        emit: EventSink,
        *,
        client: "ClientSettings | None" = None,
        ask: Asker = nobody,
        boundary: Boundary | None = None,
    ) -> AsyncIterator["Runtime"]:
        """Start what the settings ask for (snapshot API, embedded model), and end it afterwards.

        With `client`, a model server that `server` found or started is used. `ask` puts a question
        to a person, where the settings allow a command beyond reading. Tools and model come behind
        `boundary`, by default a new one: whatever records them records no secret.
        """
        guard = boundary or Boundary.of(config)
        asker = CurrentAsker(ask)
        granted = permissions(config.allow, config.files, asker)
        async with AsyncExitStack() as stack:
            sections = stack.enter_context(cluster.opened(config))
            cluster.require(sections)
            model, weak = await _model(config, stack, emit, client)
            stack.push_async_callback(model.aclose)
            if failure := await cluster.learn(guard.redactor, sections):
                emit(Noticed(text=failure))
            context = ToolContext(
                permissions=granted,
                mask=guard.redactor.secrets,
                sections=sections,
                now=cluster.clock(sections),
                progress=lambda text: guard.masked(emit)(Noticed(text=text)),
            )
            toolsets = await _toolsets(config, context, stack, guard.masked(emit))
            yield cls(
                model=guard.model(model),
                toolsets=guard.toolsets(toolsets),
                limits=Limits(
                    max_steps=config.max_steps, seconds=config.timeout, window=config.window
                ),
                boundary=guard,
                sections=sections,
                situation=lambda: guard.question(cluster.situation(config)),
                asker=asker,
                guidance=config.guidance,
                weak=weak,
            )

    def investigation(
        self,
        emit: EventSink,
        *,
        recorder: "Recorder | None" = None,
        question: str = "",
        ask: "CallAsker | None" = None,
        instructions: str = "",
        more: tuple[Toolset, ...] = (),
    ) -> Investigation:
        """A new one, on record where there is a `recorder`; each `run` of it is one more question.

        `question` is the first one, as it is put on record. `ask` puts questions to a person of its
        own; `instructions` are told to the model behind ours. `more` are toolsets of its own.
        """
        model, weak = self.model, self.weak
        toolsets = tuple(item if item.now is None else item.now() for item in self.toolsets)
        toolsets += self.boundary.toolsets(more)
        situation = "\n\n".join(filter(None, (self.situation(), instructions)))
        if ask is not None:
            from holmes.tools.approval import asking  # noqa: PLC0415  # where many people ask

            toolsets = tuple(asking(item, self.asker, ask) for item in toolsets)
        if recorder is not None:
            situation, weak = recorder.start(situation, weak=weak)
            model, toolsets = recorder.around(question, model, toolsets)
        return Investigation(
            model=model,
            toolsets=toolsets,
            strategy=strategy_for(model.name, self.guidance, weak=weak),
            limits=self.limits,
            emit=emit,
            situation=situation,
        )


@asynccontextmanager
async def tools_opened(config: Config, emit: EventSink) -> AsyncIterator[tuple[Toolset, ...]]:
    """The toolsets that the settings ask for behind a redactor, without any model."""
    guard = Boundary.of(config)
    async with AsyncExitStack() as stack:
        sections = stack.enter_context(cluster.opened(config))
        cluster.require(sections)
        context = ToolContext(
            permissions=permissions(config.allow, config.files),
            mask=guard.redactor.secrets,
            sections=sections,
            now=cluster.clock(sections),
        )
        yield guard.toolsets(await _toolsets(config, context, stack, guard.masked(emit)))


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
    """Open a runtime, ask one question, close it; `recorder`, where there is one, is `emit`, too.

    What is recorded has come through `boundary`, the question included.
    """
    emit = emit if recorder is not None else Stamp().before(emit)
    guard = boundary or Boundary.of(config)
    try:
        async with Runtime.opened(config, emit, client=client, ask=ask, boundary=guard) as runtime:
            # Here, where the names of the cluster are known.
            asked = guard.question(question)
            emit(Asked(question=asked))
            investigation = runtime.investigation(emit, recorder=recorder, question=asked)
            return await investigation.run(asked, recorder.images if recorder else ())
    except HolmesError as error:
        guard.redactor.mask_error(error)
        raise


async def _toolsets(
    config: Config, context: ToolContext, stack: AsyncExitStack, emit: EventSink
) -> tuple[Toolset, ...]:
    """The toolsets, checked and open until `stack` is left."""
    loaded = registry.load(config.toolset_files, config.inline_toolsets, context)

    def say(text: str) -> None:
        emit(Noticed(text=text))

    entered = await stack.enter_async_context(registry.opened(loaded, context, say, OWN_TOOLS))
    toolsets = await registry.check(entered)
    failed: dict[str, list[str]] = {}
    for item in toolsets:
        if item.status.state == "failed":
            failed.setdefault(item.status.reason, []).append(item.name)
    for reason, names in failed.items():
        emit(Noticed(text=f"Not used: {', '.join(names)}: {reason}"))
    if not any(item.tools and item.status.state == "enabled" for item in toolsets):
        reasons = (item.status.reason for item in toolsets if not item.optional)
        why = next(filter(None, reasons), "every toolset is switched off")
        emit(Noticed(text=f"There is nothing to look at but the question: {why}."))
    return toolsets


@asynccontextmanager
async def server(config: Config, emit: EventSink) -> AsyncIterator["ClientSettings"]:
    """How to reach the model that the settings name; the embedded one runs while it is open."""
    async with AsyncExitStack() as stack:
        yield await _client_settings(config, stack, emit)


async def _model(
    config: Config, stack: AsyncExitStack, emit: EventSink, found: "ClientSettings | None"
) -> tuple[Model, bool]:
    """The model, and whether a check found that it has to be led."""
    from holmes.models.client.chat_completions import ChatCompletionsModel  # noqa: PLC0415  # 0.2 s
    from holmes.models.modes.model import AnyToolModel  # noqa: PLC0415

    settings = found or await _client_settings(config, stack, emit)
    if config.is_local_model:  # its address is new each time, and its ways are known
        first: Model = AnyToolModel(ChatCompletionsModel(settings), config.tool_mode)
        weak = False
    else:
        first, weak = _remembered(settings, config)
    if not config.fallbacks:
        return first, weak
    from holmes.models.fallback import FallbackModel  # noqa: PLC0415  # few have one

    others = []
    for each in config.fallbacks:
        if warning := configuration.in_the_clear(each.api_base, each.api_key):
            emit(Noticed(text=warning))
        others.append(_remembered(_settings_of(each, config), config)[0])
    return FallbackModel((first, *others)), weak


def _remembered(settings: "ClientSettings", config: Config) -> tuple[Model, bool]:
    """A model that begins where an earlier run or check ended, and whether one found it weak."""
    from holmes.models.client.chat_completions import ChatCompletionsModel  # noqa: PLC0415
    from holmes.models.modes.memory import ModelMemory  # noqa: PLC0415
    from holmes.models.modes.model import AnyToolModel  # noqa: PLC0415

    client = ChatCompletionsModel(settings)
    memory = ModelMemory(client.address, client.name, listing=client.listing_fingerprint)
    known = memory.recall()
    weak = known is not None and known.weak
    return AnyToolModel(client, config.tool_mode, memory=memory), weak


def _settings_of(named: "NamedModel", config: Config) -> "ClientSettings":
    from holmes.models.client.chat_completions import ClientSettings  # noqa: PLC0415

    return ClientSettings(
        base_url=named.api_base,
        api_key=named.api_key,
        model=named.model,
        stream=config.stream,
        temperature=named.temperature,
        extra_headers=named.headers,
        key_header=named.key_header,
        more=named.more,
        window=named.window,
        documented_window=named.documented_window,
        price=named.price,
    )


async def _client_settings(
    config: Config, stack: AsyncExitStack, emit: EventSink
) -> "ClientSettings":
    if config.is_local_model:
        config = await _embedded(config, stack, emit)
    base, warning = configuration.endpoint(config)
    if warning:
        emit(Noticed(text=warning))
    from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings  # noqa: PLC0415  # only once a server is known

    if config.named is not None:
        return _settings_of(config.named, config)
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

    path = await weights.find()
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
