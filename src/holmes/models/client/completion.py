"""One request to its end: asks, and decides after each failure whether to ask again."""

from dataclasses import replace

import anyio

from holmes.core.errors import ModelServerError
from holmes.core.messages import AssistantMessage, ToolMessage, Usage
from holmes.models.base import (
    ModelReply,
    ModelRequest,
    Notice,
    ProgressSink,
    Restarted,
    TextDelta,
)
from holmes.models.client import failures, refusals
from holmes.models.client.connection import ErrorReplied, TransportFailure
from holmes.models.client.dialect import adapt
from holmes.models.client.error_reply import ErrorReply
from holmes.models.client.reply_reader import ReplyReader
from holmes.models.client.retry import Retries, RetryPolicy
from holmes.models.client.server import ModelServer
from holmes.models.client.stream import ReplyBuilder
from holmes.models.client.wire import call_ids, new_call_ids, request_body


class Completion:
    """One call of `complete`: asks, and decides after each failure whether to ask again."""

    def __init__(self, server: ModelServer, request: ModelRequest, progress: ProgressSink) -> None:
        settings = server.settings
        self._server = server
        self._request = _as_text(request) if _loses(server, request) else request
        self._progress = progress
        self._retries = Retries(
            RetryPolicy(
                max_retries=settings.max_retries,
                first_wait=settings.first_wait,
                loading_patience=settings.loading_patience,
            )
        )
        self._home = server.endpoint
        self._in_one_piece = False
        self._shown = False

    async def run(self) -> ModelReply:
        """Ask until there is a reply or no sense in asking again."""
        while True:
            try:
                reply = await self._ask()
            except ErrorReplied as error:
                if generated := _failed_generation(error.reply):
                    return self._written_call(generated)
                await self._after_error(error)
            except TransportFailure as error:
                await self._after_failure(error)
            else:
                if reply is not None and not self._is_suspiciously_empty(reply):
                    return self._accept(reply)
                self._ask_in_one_piece("The server sent an empty reply")

    @property
    def _streams(self) -> bool:
        return not self._in_one_piece and self._server.dialect.streams(self._request)

    async def _ask(self) -> ModelReply | None:
        """One request; None for an empty body."""
        streams = self._streams
        body = request_body(
            self._request,
            model=self._server.settings.model,
            dialect=self._server.dialect,
            temperature=self._server.settings.temperature,
            stream=streams,
            more=self._server.settings.more,
        )
        builder = ReplyBuilder(
            new_call_ids(self._request.messages), tuple(call_ids(self._request.messages))
        )
        patience = self._server.settings.first_byte_timeout
        url = self._server.endpoint.chat_url
        async with self._server.connection.post(url, body, patience=patience) as incoming:
            if not 200 <= incoming.status < 300:
                raise await incoming.error(self._server.settings.connect_timeout)
            reader = ReplyReader(
                incoming=incoming,
                builder=builder,
                show=self._show,
                first_byte_timeout=patience,
                idle_timeout=self._server.settings.idle_timeout,
            )
            if await reader.read():
                if reader.looped:
                    self._notice("The model began to repeat itself; its reply was cut there.")
                self._server.system_fingerprint = builder.system_fingerprint
                return builder.finish()
        if not streams:
            raise TransportFailure(failures.unexpected(self._server.label, ""), "none")
        return None

    def _show(self, delta: TextDelta | Restarted) -> None:
        self._shown = isinstance(delta, TextDelta)
        self._progress(delta)

    def _notice(self, text: str) -> None:
        self._progress(Notice(text=self._server.label.hide(text)))

    def _begin_anew(self) -> None:
        if self._shown:
            self._shown = False
            self._progress(Restarted())

    def _is_suspiciously_empty(self, reply: ModelReply) -> bool:
        """Whether a stream lost what the server has to say (seen: llama-cpp-python, Ollama)."""
        message = reply.message
        said = message.content.strip() or message.reasoning or message.tool_calls
        return self._streams and not said and reply.stop_reason not in {"length", "content_filter"}

    def _ask_in_one_piece(self, why: str) -> None:
        self._in_one_piece = True
        self._begin_anew()
        self._notice(f"{why}: asking again without streaming.")

    def _accept(self, reply: ModelReply) -> ModelReply:
        message = reply.message
        if self._in_one_piece and (message.content or message.tool_calls):
            # Streaming failed and this did not: spare the next request the detour.
            self._server.dialect = self._server.dialect.without_stream(self._request)
        return reply

    def _written_call(self, generated: str) -> ModelReply:
        """Groq's 400 `tool_use_failed` holds what the model wrote: a reply for text syntaxes."""
        self._notice("The server could not read the model's tool call; reading it here.")
        self._show(TextDelta(text=generated))
        return ModelReply(
            message=AssistantMessage(content=generated),
            stop_reason="stop",
            usage=Usage(),
            model=self._server.settings.model,
        )

    async def _after_error(self, error: ErrorReplied) -> None:
        """Adapt or wait, so that asking again makes sense; else raise."""
        reply = error.reply
        topic = refusals.topic(
            reply,
            with_tools=bool(self._request.tools),
            constrained=self._request.response_format is not None,
            with_images=any(getattr(each, "images", ()) for each in self._request.messages),
        )
        if topic == "path" and self._try_other_path():
            return
        if topic not in {"overflow", "key", "model", "passing", "images"} and self._adapt(reply):
            return
        if topic == "passing":
            loading = refusals.is_loading(reply)
            wait_for = self._retries.while_loading if loading else self._retries.after_error
            wait = wait_for(reply.retry_after)
            if wait is not None:
                said = f": {reply.quoted}" if reply.quoted else ""
                await self._wait(wait, f"The server answered {reply.status or 'an error'}{said}")
                return
        raise await self._refusal(reply, topic) from error

    async def _after_failure(self, error: TransportFailure) -> None:
        """Wait, so that asking again makes sense; else raise."""
        if error.remedy == "restart":
            wait = self._retries.after_broken_stream()
        elif error.remedy == "connect_again":
            wait = self._retries.after_refused_connection()
        elif error.remedy == "ask_again":
            wait = self._retries.after_error("")
        else:
            wait = None
        if wait is None:
            raise error.failure from error.__cause__
        await self._wait(wait, error.failure.message.rstrip("."))
        if self._retries.broken_streams >= 2 and self._streams:
            # FastChat with pydantic 2 breaks every stream and answers well in one piece.
            self._ask_in_one_piece("The stream broke twice")

    async def _wait(self, seconds: float, why: str) -> None:
        self._begin_anew()
        self._notice(f"{why}. Asking again in {seconds:.1f} s.")
        await anyio.sleep(seconds)

    def _adapt(self, reply: ErrorReply) -> bool:
        found = adapt(self._server.dialect, reply, self._request)
        if found is None:
            return False
        self._server.dialect, sentence = found
        self._begin_anew()
        self._notice(sentence)
        return True

    def _try_other_path(self) -> bool:
        """Move to the other reading of the base URL, once; back home when that fails as well."""
        endpoint = self._server.endpoint
        if endpoint is self._home and endpoint.alternative:
            self._server.move_to(endpoint.other_form())
            self._notice(f"No such path at {endpoint.base_url}; trying {endpoint.alternative}.")
            return True
        self._server.move_to(self._home)
        return False

    async def _refusal(self, reply: ErrorReply, topic: refusals.Topic) -> ModelServerError:
        if topic == "overflow" and (window := refusals.context_window(reply)):
            self._server.window = window
        if topic == "passing" and self._has_tool_messages() and refusals.is_bare_500(reply):
            topic = "message_shape"  # FastChat's only answer to tool messages, retried by now
        names: tuple[str, ...] = ()
        if topic == "model":
            try:
                names = await self._server.list_models()
            except ModelServerError:
                names = ()  # the refusal itself is what matters
        return failures.refusal(self._server.label, reply, topic, names)

    def _has_tool_messages(self) -> bool:
        return any(True for _ in call_ids(self._request.messages))


def _loses(server: ModelServer, request: ModelRequest) -> bool:
    results = any(isinstance(message, ToolMessage) for message in request.messages)
    return results and server.loses_results()


def _as_text(request: ModelRequest) -> ModelRequest:
    """Calls and results as plain text; the tools stay what they are."""
    from holmes.models.modes.requests import flatten  # noqa: PLC0415  # knows the syntaxes of calls

    return replace(request, messages=flatten(request.messages))


def _failed_generation(reply: ErrorReply) -> str:
    holder = reply.document.get("error") if isinstance(reply.document, dict) else None
    if not isinstance(holder, dict) or reply.code != "tool_use_failed":
        return ""
    generated = holder.get("failed_generation")
    return generated if isinstance(generated, str) else ""
