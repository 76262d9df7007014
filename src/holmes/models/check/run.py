"""The check from the first request to the result."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from holmes.core.errors import (
    ContextOverflow,
    FeatureRefused,
    ModelServerError,
    RequestRejected,
    ServerRefused,
    ServerUnreachable,
)
from holmes.core.messages import JsonValue, UserMessage
from holmes.models.base import ModelReply, ModelRequest
from holmes.models.check import tasks
from holmes.models.check.asking import Asker, Timing
from holmes.models.check.identity import Identity
from holmes.models.check.ranking import Trial, best, compare
from holmes.models.check.result import CheckResult, Line, State
from holmes.models.client.server import ClientSettings, ModelServer
from holmes.models.modes.memory import Remembered
from holmes.models.modes.requests import (
    SCHEMA_FORMATS,
    CallFormat,
    SchemaFormat,
    response_format,
)
from holmes.models.profiles.base import Profile, Shortcoming

SMALL_WINDOW = 8192
"""Tokens below which an investigation soon runs out of room."""

_OVERFLOW_WORDS = 40_000

# For a server of an unknown kind, and for what its profile has no better word on.
_ANY_SERVER: Mapping[Shortcoming, str] = {
    "tools_refused": "turn on tool calling, if the server has it",
    "tools_ignored": "turn on tool calling, if the server has it, with a chat template for tools",
    "window_small": "give the model a context window of 16384 tokens or more",
}
_NATIVE = CallFormat()


@dataclass(slots=True)
class Check:
    """One check of one model; `tell` takes the name of each step as it begins.

    find_window  send a prompt of about 40,000 tokens where the server does not tell its window
    """

    settings: ClientSettings
    profiles: tuple[Profile, ...]
    tell: Callable[[str], None]
    find_window: bool = False
    _server: ModelServer = field(init=False)
    _asker: Asker = field(init=False)
    _identity: Identity = field(init=False)
    _address: str = field(init=False)
    _lines: list[Line] = field(init=False, default_factory=list)
    _shortcomings: list[Shortcoming] = field(init=False, default_factory=list)
    _system_role: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        patient = replace(self.settings, max_retries=1, window=None)
        self._server = ModelServer(patient)
        self._asker = Asker(self._server)
        self._identity = Identity(server=self._server, known=self.profiles)
        self._address = self._server.endpoint.base_url

    async def run(self) -> CheckResult:
        """Ask everything; a server that fails on the way ends it with what was found so far."""
        try:
            await self._reach()
            await self._chat()
            await self._stream()
            await self._window()
            form = await self._form()
            trials = await compare(self._asker, form, system_role=self._system_role, tell=self.tell)
            chosen = self._rank(trials)
            if chosen is not None:
                await self._details(chosen)
        except ModelServerError as error:
            return self._result(None, f"Not usable: {error}", error.exit_code)
        finally:
            await self._server.connection.aclose()
        if chosen is None:
            summary = "Not usable: in no way of asking did the model call the right tool."
            return self._result(None, summary, 4)
        weak = chosen.score < len(tasks.RANKING)
        return replace(self._result(chosen.call_format, _summary(chosen), 0), weak=weak)

    def remembered(self, result: CheckResult) -> Remembered | None:
        """What later runs should know, None where nothing works."""
        if result.call_format is None:
            return None
        return Remembered(
            address=self._address,
            model=self.settings.model,
            call_format=result.call_format,
            source="check",
            at=time.time(),
            fingerprint=self._identity.fingerprint,
            weak=result.weak,
        )

    async def _reach(self) -> None:
        self.tell("reachable, its models, the key")
        try:
            names = await self._server.list_models()
        except (ServerUnreachable, ServerRefused) as error:
            reached: State = "no" if isinstance(error, ServerUnreachable) else "yes"
            self._add("reachable", "reachable", reached, "" if reached == "yes" else error.message)
            if isinstance(error, ServerRefused):
                self._add("key", "API key", "no", error.message)
            raise
        except ModelServerError as error:
            self._add("reachable", "reachable", "yes")
            self._add("models", "models listed", "no", error.message)
        else:
            self._add("reachable", "reachable", "yes")
            listed: State = "yes" if self.settings.model in names else "partly" if names else "no"
            missing = "" if listed == "yes" else f'; "{self.settings.model}" is not among them'
            self._add("models", "models listed", listed, f"{_some(names)}{missing}")
        await self._identity.identify()

    async def _chat(self) -> None:
        self.tell("plain chat, system role")
        try:
            reply = await self._asker.ask(ModelRequest(messages=tasks.SYSTEM_ROLE))
        except FeatureRefused as refused:
            if refused.feature != "message_shape":
                raise
            self._system_role = False
            await self._asker.ask(ModelRequest(messages=tasks.SYSTEM_ROLE[1:]))
            system: tuple[State, str] = ("no", "refused; instructions go into the first question")
        else:
            obeyed = tasks.WORD in reply.message.content.lower()
            system = ("yes", "") if obeyed else ("partly", "taken, and the model did not obey it")
        key = "accepted" if self.settings.api_key.strip() else "none given, none wanted"
        self._add("key", "API key", "yes", key)
        self._add("chat", "plain chat", "yes")
        self._add("system_role", "system role", *system)
        if self._asker.thinks:
            self._add("thinking", "thinks first", "yes", "replies need room for its thinking")
        await self._identity.identify()

    async def _stream(self) -> None:
        self.tell("streaming, tokens per second")
        if not self.settings.stream:
            self._add("streaming", "streaming", "skipped", "--no-stream")
            return
        timing = Timing()
        reply = await self._asker.ask(ModelRequest(messages=tasks.COUNTING), timing)
        streamed = self._server.dialect.stream and timing.pieces > 1
        if not streamed:
            self._shortcomings.append("no_stream")
        self._add("streaming", "streaming", "yes" if streamed else "no")
        self._add("speed", "tokens per second", *_speed(reply, timing if streamed else None))

    async def _window(self) -> None:
        self.tell("context window")
        if self._server.window is None:
            await self._server.ask_for_window()
        if self._server.window is None and self.find_window:
            await self._overflow()
        window = self._server.window
        if window is None:
            self._shortcomings.append("window_unknown")
            how = "the server does not tell; --find-window finds out with one long prompt"
            self._add("window", "context window", "unknown", how)
            return
        small = window < SMALL_WINDOW
        if small:
            self._shortcomings.append("window_small")
        state: State = "partly" if small else "yes"
        self._add("window", "context window", state, f"{window} tokens")

    async def _overflow(self) -> None:
        """Learn the window from the error about too long a prompt; the session keeps it."""
        words = UserMessage(content="word " * _OVERFLOW_WORDS)
        try:
            await self._asker.ask(ModelRequest(messages=(words,), max_tokens=1))
        except ContextOverflow as overflow:
            self._server.window = overflow.window
        except RequestRejected:
            return  # refused for another reason: nothing learned

    async def _form(self) -> SchemaFormat | None:
        """The first form of a JSON schema that the server holds a reply to."""
        self.tell("JSON schema")
        said = []
        for form in SCHEMA_FORMATS:
            request = ModelRequest(
                messages=(UserMessage(content=tasks.FORM_QUESTION),),
                response_format=response_format(form, tasks.FORM, name="sea"),
            )
            try:
                reply = await self._asker.ask(request)
            except RequestRejected:
                said.append(f"{form} refused")
                continue
            if _keeps_form(reply.message.content):
                self._add("json_schema", "JSON schema", "yes", f"honoured as {form}")
                return form
            said.append(f"{form} ignored")
        self._shortcomings.append("no_schema")
        self._add("json_schema", "JSON schema", "no", ", ".join(said))
        return None

    def _rank(self, trials: tuple[Trial, ...]) -> Trial | None:
        self._lines += [trial.line for trial in trials]
        if shortcoming := trials[0].shortcoming:
            self._shortcomings.append(shortcoming)
        return best(trials)

    async def _details(self, chosen: Trial) -> None:
        """What else matters, asked in the call format that was chosen."""
        call_format = chosen.call_format
        names = ("one_call", "one tool call"), ("enum", "required, enum"), ("nested", "nested")
        for (key, title), attempt in zip(names, chosen.attempts, strict=False):
            state: State = "yes" if attempt.right else "no"
            self._add(key, title, state, attempt.fault or attempt.refused)
        await self._parallel(call_format)
        await self._round_trip(call_format)
        await self._tool_choice(call_format)
        await self._temptation(call_format)

    async def _parallel(self, call_format: CallFormat) -> None:
        if call_format.mode == "constrained":
            self._add("parallel", "two calls at once", "skipped", "the form holds it to one")
            return
        self.tell("two calls at once")
        attempt = await self._asker.attempt(tasks.PARALLEL, call_format)
        how = attempt.fault or attempt.refused
        self._add("parallel", "two calls at once", "yes" if attempt.right else "no", how)

    async def _round_trip(self, call_format: CallFormat) -> None:
        self.tell("tool result")
        try:
            found = await self._asker.offer(tasks.ROUND_TRIP, tasks.TOOLS, call_format)
        except RequestRejected as refused:
            self._add("round_trip", "tool result", "no", refused.message)
            return
        message = found.reply.message
        if tasks.UNHEALTHY in message.content:
            self._add("round_trip", "tool result", "yes", "answers from it")
        elif any(tasks.UNHEALTHY in str(call.arguments) for call in message.tool_calls):
            self._add("round_trip", "tool result", "yes", "goes on with what it says")
        else:
            how = "calls on" if message.tool_calls else "answers without it"
            self._add("round_trip", "tool result", "partly", how)

    async def _tool_choice(self, call_format: CallFormat) -> None:
        if call_format.mode != "native":
            self._add("tool_choice", "tool_choice", "skipped", "not used in this way of calling")
            return
        self.tell("tool_choice")
        hello = (tasks.SYSTEM, UserMessage(content="Say hello."))
        try:
            found = await self._asker.offer(
                hello, tasks.TOOLS, _NATIVE, max_tokens=96, tool_choice="required"
            )
        except RequestRejected as refused:
            self._add("tool_choice", "tool_choice", "no", refused.message)
            return
        forced = bool(found.reply.message.tool_calls)
        state: State = "yes" if forced else "no"
        self._add("tool_choice", "tool_choice", state, "" if forced else '"required" is ignored')

    async def _temptation(self, call_format: CallFormat) -> None:
        self.tell("a tool that does not exist")
        asked = (tasks.SYSTEM, UserMessage(content=tasks.TEMPTATION))
        try:
            found = await self._asker.offer(asked, tasks.TOOLS, call_format)
        except RequestRejected as refused:
            self._add("unknown_tool", "keeps to its tools", "no", refused.message)
            return
        offered = {tool.name for tool in tasks.TOOLS}
        names = [c.name for c in found.reply.message.tool_calls if c.name not in offered]
        how = f'calls "{names[0]}", which was not offered; holmes tells it so' if names else ""
        self._add("unknown_tool", "keeps to its tools", "no" if names else "yes", how)

    def _add(self, key: str, title: str, state: State, how: str = "") -> None:
        self._lines.append(Line(key=key, title=title, state=state, how=how))

    def _result(self, call_format: CallFormat | None, summary: str, exit_code: int) -> CheckResult:
        profile = self._identity.profile
        names = self._identity.model_names
        advice = [
            (profile.advise(shortcoming, names) if profile else "")
            or _ANY_SERVER.get(shortcoming, "")
            for shortcoming in self._shortcomings
        ]
        return CheckResult(
            address=self._address,
            model=self.settings.model,
            kind=self._identity.kind,
            version=self._identity.version,
            lines=tuple(self._lines),
            call_format=call_format,
            changes=tuple(dict.fromkeys(text for text in advice if text)),
            quirks=profile.quirks if profile else (),
            summary=summary,
            exit_code=exit_code,
        )


def _summary(chosen: Trial) -> str:
    right = f"{chosen.score} of {len(tasks.RANKING)} calls right"
    way = {
        "native": "the server's own tool calls",
        "constrained": "tool calls by the prompt, held to a JSON form where one fails",
        "prompted": "tool calls by the prompt",
    }[chosen.call_format.mode]
    if chosen.in_text and chosen.call_format.mode == "native":
        way = "tool calls read from the model's text"
    weak = chosen.score < len(tasks.RANKING)
    return f"{'Usable, with mistakes' if weak else 'Usable'}: {way}, {right}."


def _keeps_form(content: str) -> bool:
    try:
        value: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == {"mood", "depth"}


def _speed(reply: ModelReply, timing: Timing | None) -> tuple[State, str]:
    """About how fast prompts are read and answers are written."""
    usage = reply.usage
    if timing is None or not timing.first or timing.last <= timing.first:
        return "unknown", ""
    # Without a count, a piece of a stream is about a token.
    written = (usage.completion_tokens or timing.pieces) - 1
    answer = f"about {written / (timing.last - timing.first):.0f} of answer"
    fresh = (usage.prompt_tokens or 0) - (usage.cached_tokens or 0)
    prompt = f"about {fresh / timing.first:.0f} of prompt, " if fresh > 0 else ""
    return "yes", prompt + answer


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown or "none"
