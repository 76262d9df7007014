"""Each way that a model server fails, as one clear line: where, what, its own words, what to do."""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from holmes.core.errors import (
    BrokenStream,
    ContextOverflow,
    FeatureRefused,
    ModelNotFound,
    ModelServerError,
    RequestRejected,
    ServerOverloaded,
    ServerRefused,
    ServerUnreachable,
    UnexpectedResponse,
)
from holmes.models.client import refusals
from holmes.models.client.error_reply import (
    ErrorReply,
    looks_like_html,
    one_line,
    read_error,
)

_SAMPLE = 200  # characters of an unexpected body that are shown
_CHECK_ADDRESS = 'Check --api-base: the address of an API usually ends in "/v1".'
_Failure = TypeVar("_Failure", bound=ModelServerError)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerLabel:
    """The server as messages name it; `secrets` are taken out of whatever it says."""

    address: str
    model: str
    has_key: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def hide(self, text: str) -> str:
        """The text as one line, without any secret: OpenAI and others echo a wrong key."""
        for secret in self.secrets:
            # A short placeholder such as "x" is only taken out as a word of its own.
            bounds = ("", "") if len(secret) >= 8 else (r"(?<!\w)", r"(?!\w)")
            text = re.sub(bounds[0] + re.escape(secret) + bounds[1], "[API key]", text)
        return one_line(text)

    def failure(
        self, kind: type[_Failure], what: str, *, hint: str = "", status: int | None = None
    ) -> _Failure:
        """An error whose sentence begins with where."""
        message = self.hide(f"The model server at {self.address} {what}")
        return kind(message, hint=hint, address=self.address, status=status)


def refusal(
    label: ServerLabel, reply: ErrorReply, topic: refusals.Topic, models: tuple[str, ...] = ()
) -> ModelServerError:
    """The error for an HTTP error that won't be asked again; `models` are those on offer."""
    adds_words = reply.quoted and not reply.is_html and reply.sentence not in _status(reply)
    said = f": {reply.quoted}." if adds_words else "."
    match topic:
        case "key":
            return _key_refused(label, reply, said)
        case "overflow":
            return _overflow(label, reply, said)
        case "model":
            offer = f" It has: {', '.join(models)}." if models else ""
            return label.failure(
                ModelNotFound,
                f'has no model "{label.model}"{said}{offer}',
                hint="Choose one of its models with --model.",
                status=reply.status,
            )
        case "message_shape" | "tools" | "max_tokens" | "response_format" | "images":
            return _feature_refused(label, reply, topic, said)
        case "passing":
            return _overloaded(label, reply, said)
        case "path":
            return label.failure(
                RequestRejected,
                f"does not know the path /chat/completions ({_status(reply)}){said}",
                hint=_CHECK_ADDRESS,
                status=reply.status,
            )
        case "rejected":
            return _rejected(label, reply, said)


def _key_refused(label: ServerLabel, reply: ErrorReply, said: str) -> ModelServerError:
    if reply.status == 403:
        what = f"refuses access to this key ({_status(reply)}){said}"
        hint = f'Check that the key may use the model "{label.model}".'
    elif label.has_key:
        what = f"refuses the API key ({_status(reply)}){said}"
        hint = "Check --api-key or OPENAI_API_KEY."
    else:
        what = f"asks for an API key ({_status(reply)}){said}"
        hint = "Give it with --api-key or OPENAI_API_KEY."
    return label.failure(ServerRefused, what, hint=hint, status=reply.status)


def _overflow(label: ServerLabel, reply: ErrorReply, said: str) -> ModelServerError:
    window = refusals.context_window(reply)
    size = f" of {window} tokens" if window else ""
    found = label.failure(
        RequestRejected, f"has a context window{size} and the request is longer{said}"
    )
    return ContextOverflow(
        found.message,
        hint="Start the server with a larger context window, or ask a narrower question.",
        address=label.address,
        status=reply.status,
        window=window,
    )


_FEATURES = {
    "tools": (
        "refuses tool calls",
        "Start the server with tool calling enabled, or choose a model that has it.",
    ),
    "response_format": (
        "refuses to hold a reply to a form",
        "Use --tool-mode auto, or prompted.",
    ),
    "message_shape": (
        "refuses the form of the conversation",
        "Its chat template may be too strict: start the server with another one.",
    ),
    "images": (
        "refuses the images that came with the question",
        "Ask without them, or choose a model that sees.",
    ),
    "max_tokens": (
        "refuses the length allowed for the reply",
        "Ask for shorter replies than the model's limit.",
    ),
}


def _feature_refused(
    label: ServerLabel, reply: ErrorReply, feature: str, said: str
) -> ModelServerError:
    what, hint = _FEATURES[feature]
    found = label.failure(RequestRejected, f"{what} ({_status(reply)}){said}")
    return FeatureRefused(
        found.message, feature=feature, hint=hint, address=label.address, status=reply.status
    )


def _overloaded(label: ServerLabel, reply: ErrorReply, said: str) -> ModelServerError:
    if refusals.is_loading(reply):
        what, hint = "is still loading its model", "Wait until it has loaded, then ask again."
    elif reply.status == 429:
        what, hint = "limits the rate of requests", "Wait a little, or raise the limit of this key."
    elif reply.status is None:
        what, hint = "reported an error within its reply", "Look into the server's log."
    else:
        what, hint = "failed", "Look into the server's log."
    return label.failure(
        ServerOverloaded,
        f"{what}{f' ({_status(reply)})' if reply.status else ''}{_page(reply)}{said}",
        hint=hint,
        status=reply.status,
    )


def _rejected(label: ServerLabel, reply: ErrorReply, said: str) -> ModelServerError:
    if reply.status and 300 <= reply.status < 400:
        return label.failure(
            RequestRejected,
            f'redirects to "{reply.location}" ({_status(reply)}).',
            hint="Give that address with --api-base.",
            status=reply.status,
        )
    return label.failure(
        RequestRejected,
        f"rejected the request ({_status(reply)}){_page(reply)}{said}",
        hint=_CHECK_ADDRESS if reply.is_html else "",
        status=reply.status,
    )


def unexpected(label: ServerLabel, body: str) -> ModelServerError:
    """The error for a 200 whose body is no chat completion."""
    if not body.strip():
        return label.failure(
            UnexpectedResponse,
            "answered 200 with an empty body, with and without streaming.",
            hint="Look into the server's log.",
            status=200,
        )
    if looks_like_html(body):
        page = _page(read_error(200, body))
        return label.failure(
            UnexpectedResponse,
            f"answered{page} instead of JSON.",
            hint=_CHECK_ADDRESS,
            status=200,
        )
    text = one_line(body)
    sample = text if len(text) <= _SAMPLE else f"{text[:_SAMPLE]}…"
    return label.failure(
        UnexpectedResponse,
        f"answered in an unexpected response format: {sample}",
        hint=_CHECK_ADDRESS,
        status=200,
    )


def silent(
    label: ServerLabel, seconds: float, *, status: int | None, began: bool
) -> ModelServerError:
    """The error for a server that takes the request and then sends nothing for so long."""
    if status is None:
        return label.failure(
            ServerUnreachable,
            f"took the request and sent no byte for {seconds:g} s.",
            hint="It may be busy with other requests; look into its log.",
        )
    what = "stopped in the middle of its reply: silent" if began else "began no reply: silent"
    return label.failure(
        BrokenStream,
        f"{what} for {seconds:g} s.",
        hint="It may be out of memory or busy; look into its log.",
        status=status,
    )


def too_long(label: ServerLabel, unit: str) -> ModelServerError:
    """The error for a reply that has more of something than any honest one."""
    return label.failure(
        UnexpectedResponse,
        f"sent more {unit} than a reply can have; the rest was not read.",
        hint="Look into the server's log.",
    )


def cut_off(label: ServerLabel, status: int) -> ModelServerError:
    """The error for a connection that closed before the reply was complete."""
    return label.failure(
        BrokenStream,
        "closed the connection before its reply was complete.",
        hint="It may have crashed; look into its log.",
        status=status,
    )


def _status(reply: ErrorReply) -> str:
    if reply.status is None:
        return "within a 200"
    try:
        return f"{reply.status} {HTTPStatus(reply.status).phrase}"
    except ValueError:
        return str(reply.status)


def _page(reply: ErrorReply) -> str:
    if not reply.is_html:
        return ""
    return f" with a web page titled {reply.quoted}" if reply.quoted else " with a web page"
