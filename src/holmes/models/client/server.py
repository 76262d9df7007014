"""What one client knows of its server: settings that stay, and what is learned on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from holmes.core.errors import UsageError
from holmes.models.client import failures, refusals
from holmes.models.client.arguments import encode
from holmes.models.client.connection import Connection, ErrorReplied, TransportFailure
from holmes.models.client.dialect import Dialect
from holmes.models.client.endpoint import Endpoint, is_private_host, parse_endpoint
from holmes.models.client.json_reply import loads
from holmes.models.client.server_facts import (
    listed_window,
    model_entries,
    model_names,
    props_window,
    token_count,
)
from holmes.models.price import Price

_FACTS_TIMEOUT = 5.0  # seconds for a question about the server itself, not to a model


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSettings:
    """Which server and how patiently; all times in seconds.

    first_byte_timeout  until the reply begins: reading a long prompt on CPUs takes minutes
    idle_timeout        between two pieces of a reply that has begun
    max_retries         how often to ask again after 408, 429, 5xx and broken connections
    first_wait          before the first retry; each later one waits twice as long
    loading_patience    how long to wait for a server that says it is loading its model
    temperature         None leaves it to the server
    key_header          where the key goes; "Authorization" is for a bearer
    more                fields that go into the body of each request
    window              tokens of context, where the user knows better than the server
    documented_window   the same, where neither of the two says
    price               where it is known
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    connect_timeout: float = 5.0
    first_byte_timeout: float = 600.0
    idle_timeout: float = 120.0
    max_retries: int = 3
    first_wait: float = 1.0
    loading_patience: float = 300.0
    temperature: float | None = 0.0
    stream: bool = True
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    key_header: str = "Authorization"
    more: Mapping[str, Any] = field(default_factory=dict)
    window: int | None = None
    documented_window: int | None = None
    price: Price | None = None


class ModelServer:
    """The connection, the reading of the address, the dialect and the window of one server.

    listing             the last answer to /v1/models, None before it was asked for
    system_fingerprint  what the last reply called the server's build, "" where it did not
    """

    def __init__(self, settings: ClientSettings) -> None:
        self.settings = settings
        self.endpoint = parse_endpoint(settings.base_url)
        self.dialect = Dialect(stream=settings.stream, stream_with_tools=settings.stream)
        self.window = settings.window
        self.listing: object = None
        self.system_fingerprint = ""
        self._loses_results: bool | None = None
        # Public APIs are not asked for paths that only local servers have.
        self._has_tokenizer = is_private_host(self.endpoint.host)
        self.connection = Connection(
            label=self._describe(self.endpoint),
            host=self.endpoint.host,
            tls=self.endpoint.origin.startswith("https:"),
            headers=_headers(settings),
            connect_timeout=settings.connect_timeout,
        )

    @property
    def label(self) -> failures.ServerLabel:
        """The server as messages name it."""
        return self.connection.label

    def move_to(self, endpoint: Endpoint) -> None:
        """Use another reading of the address from now on."""
        self.endpoint = endpoint
        self.connection.label = self._describe(endpoint)

    async def list_models(self) -> tuple[str, ...]:
        """The names of the server's models; raises a `ModelServerError`."""
        try:
            self.listing = await self._models_document()
            return model_names(self.listing)
        except TransportFailure as error:
            raise error.failure from error
        except ErrorReplied as error:
            topic = refusals.topic(error.reply, with_tools=False)
            raise failures.refusal(self.label, error.reply, topic) from error

    async def ask_for_window(self) -> None:
        """Look for the context window in every place where a server may state it."""
        self.listing = await self.quietly(self.endpoint.models_url)
        if self.settings.window:
            return
        self.window = listed_window(self.listing, self.settings.model)
        if self.window or not is_private_host(self.endpoint.host):
            return  # public APIs are not asked for paths that only local servers have
        self.window = props_window(await self.quietly(f"{self.endpoint.origin}/props"))
        for path in ("/api/v0/models", "/api/ps"):  # LM Studio, Ollama (documentation, Nov 2026)
            if self.window is None:
                document = await self.quietly(f"{self.endpoint.origin}{path}")
                self.window = listed_window(document, self.settings.model)

    def loses_results(self) -> bool:
        """Whether what the server said of itself so far is said by one that drops results."""
        if self._loses_results is None and self.listing is not None:
            # A request with results is no first request of a run: its 20 ms delay nothing.
            from holmes.models.profiles import built_in, of_user, recognise  # noqa: PLC0415
            from holmes.models.profiles.base import SelfDescription  # noqa: PLC0415

            entries = tuple(model_entries(self.listing))
            try:
                known = (*built_in(), *of_user())
            except UsageError:  # a file at fault is for `holmes model check` to tell of
                known = built_in()
            found = recognise(SelfDescription(entries=entries), known)
            self._loses_results = found is not None and found.loses_results
        return bool(self._loses_results)

    async def count_tokens(self, text: str) -> int | None:
        """Ask /tokenize, which llama.cpp, vLLM and SGLang have; a refusal is final."""
        if not self._has_tokenizer:
            return None
        settings = self.settings
        asked = {"model": settings.model, "content": text, "prompt": text}
        body = encode(asked).encode("utf-8", "replace")
        try:
            url = f"{self.endpoint.origin}/tokenize"
            reply = _json(await self.connection.document(url, body, patience=_FACTS_TIMEOUT))
        except (TransportFailure, ErrorReplied):
            reply = None
        count = token_count(reply)
        self._has_tokenizer = count is not None
        return count

    async def _models_document(self) -> object:
        try:
            return await self._get(self.endpoint.models_url)
        except ErrorReplied as error:
            if error.reply.status != 404 or not self.endpoint.alternative:
                raise
        return await self._get(self.endpoint.other_form().models_url)

    async def quietly(self, url: str) -> object:
        """A JSON document, or None where there is none to be had."""
        try:
            return await self._get(url)
        except (TransportFailure, ErrorReplied):
            return None

    async def _get(self, url: str) -> object:
        return _json(await self.connection.document(url, patience=_FACTS_TIMEOUT))

    def _describe(self, endpoint: Endpoint) -> failures.ServerLabel:
        settings = self.settings
        values = (settings.api_key.strip(), *settings.extra_headers.values())
        return failures.ServerLabel(
            address=endpoint.base_url,
            model=settings.model,
            has_key=bool(settings.api_key.strip()),
            secrets=tuple(value for value in values if value),
        )


def _headers(settings: ClientSettings) -> dict[str, str]:
    headers = dict(settings.extra_headers)
    key = settings.api_key.strip()
    if key:
        bearer = settings.key_header == "Authorization"
        headers.setdefault(settings.key_header, f"Bearer {key}" if bearer else key)
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise UsageError(
                f'The value for the HTTP header "{name}" holds characters that can\'t be sent.',
                hint="Is there a line break or a typographic quote in the API key?",
            )
    return headers


def _json(body: bytes) -> object:
    try:
        return loads(body)
    except ValueError:
        return None
