"""Any HTTP API that the config lists: hosts, paths and methods, with its authentication."""

import json
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Json, ToolOutput, ToolStatus
from holmes.tools.addresses import HostList, Reach
from holmes.tools.base import ToolContext, Toolset, callable_name
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.guarded import Guarded, Headers, Target, target_of
from holmes.tools.http import HttpReply, HttpServer
from holmes.tools.section import Section

if TYPE_CHECKING:
    import httpx2

NAMES = {"http": "An HTTP API: the hosts, paths and methods that the config lists"}

_MOST_BYTES = 5_000_000
# What a caller may say of the reply that it wants; what says who asks, or asks for another method,
# is the config's alone.
_CALLERS = frozenset({"accept", "accept-language", "content-type", "prefer", "range"})


class Auth(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint is told who asks; `header` sends `name: value`."""

    type: Literal["none", "basic", "bearer", "header", "digest"] = "none"
    username: str = ""
    password: str = ""
    token: str = ""
    name: str = ""
    value: str = ""

    @property
    def headers(self) -> Headers:
        """The header of a request."""
        match self.type:
            case "basic":
                login = f"{self.username}:{self.password}".encode()
                return {"Authorization": f"Basic {b64encode(login).decode()}"}
            case "bearer":
                return {"Authorization": f"Bearer {self.token}"}
            case "header":
                return {self.name: self.value}
            case "none" | "digest":
                return {}

    @property
    def login(self) -> "httpx2.Auth | None":
        """How a request answers the server's challenge."""
        import httpx2  # noqa: PLC0415

        return httpx2.DigestAuth(self.username, self.password) if self.type == "digest" else None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Hosts, paths and methods that belong together; patterns as a shell has them."""

    hosts: list[str]
    paths: list[str] = msgspec.field(default_factory=lambda: ["*"])
    methods: list[str] = msgspec.field(default_factory=lambda: ["GET"])
    auth: Auth = Auth()
    health_check_url: str = ""

    def fits(self, target: Target, method: str) -> bool:
        """Whether a request is in this list."""
        return (
            HostList(entries=self.hosts).fits(target.host, target.port)
            and any(fnmatchcase(target.path, pattern) for pattern in self.paths)
            and method in {each.upper() for each in self.methods}
        )


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a section may say.

    `default_headers` and `extra_headers` go to every host that is listed. Internal addresses are
    reached where an entry names the host; with `block_internal_ips` never.
    """

    endpoints: list[Endpoint]
    verify_ssl: bool = True
    ca: str = ""
    timeout_seconds: float = 30.0
    default_headers: dict[str, str] = {}
    extra_headers: dict[str, str] = {}
    client_cert_path: str = ""
    client_key_path: str = ""
    block_internal_ips: bool = False
    max_response_bytes: int = _MOST_BYTES


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one API."""
    settings = section.settings(Settings, context.environment)
    if not settings.endpoints:
        raise ToolsetFileError(f'{section.where}: "endpoints" is empty: list at least one.')
    api = Api(name=section.name, settings=settings)
    tool = FunctionTool(
        definition=definition(
            f"{callable_name(section.name)}_request",
            f"HTTP request to {_hosts(settings)}.",
            {
                "url": {"type": "string"},
                "method": {"type": "string"},
                "body": {"type": "string", "description": "JSON"},
                "headers": {"type": "object"},
            },
            required=("url",),
        ),
        call=api.request,
        show=_shown,
        timeout=settings.timeout_seconds + 5,
    )
    checked = any(each.health_check_url for each in settings.endpoints)
    return Toolset(
        name=section.name,
        tools=(tool,),
        health=api.health if checked else None,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """The requests that a section allows."""

    name: str
    settings: Settings

    async def request(self, arguments: JsonObject) -> ToolOutput:
        """The reply to one request; not 2xx is a failure with what the server said."""
        method = str(arguments.get("method") or "GET").upper()
        headers, body = _headers(arguments.get("headers")), _body(arguments.get("body"))
        url = str(arguments["url"])
        target, reply = await self._guarded.request(url, method=method, headers=headers, body=body)
        moved = "" if target.url == target_of(url).url else f"It redirected to {target.url}."
        return _output(reply, _shown(arguments), moved)

    async def health(self) -> str:
        """Asks each health check; the first that fails is the reason."""
        urls = [each.health_check_url for each in self.settings.endpoints if each.health_check_url]
        for url in urls:
            _, reply = await self._guarded.request(url)
            if not 200 <= reply.status < 300:
                raise ToolFailure(f"{url} answered {reply.status}")
        return f"answers at {', '.join(urls)}"

    @property
    def _guarded(self) -> Guarded:
        return Guarded(
            admit=self._admitted,
            server=self._server,
            login=lambda target, method: self._entry(target, method).auth.login,
        )

    def _admitted(self, target: Target, method: str) -> Headers:
        said, entry = self.settings, self._entry(target, method)
        return {**said.default_headers, **said.extra_headers, **entry.auth.headers}

    def _entry(self, target: Target, method: str) -> Endpoint:
        for endpoint in self.settings.endpoints:
            if endpoint.fits(target, method):
                return endpoint
        allowed = "; ".join(
            f"{' '.join(each.methods)} {' '.join(each.hosts)} {' '.join(each.paths)}"
            for each in self.settings.endpoints
        )
        raise ToolFailure(
            f"{method} {target.origin}{target.path} is not allowed by the config, which allows: "
            f"{allowed}",
            status="denied",
        )

    def _server(self, origin: str) -> HttpServer:
        said = self.settings
        hosts = [host for each in said.endpoints for host in each.hosts]
        return HttpServer(
            product=self.name,
            base=origin,
            verify=said.verify_ssl,
            ca=said.ca,
            certificate=(said.client_cert_path, said.client_key_path)
            if said.client_cert_path
            else None,
            seconds=said.timeout_seconds,
            reach=Reach(listed=HostList(entries=hosts), internal=not said.block_internal_ips),
            most=said.max_response_bytes,
        )


def _hosts(settings: Settings) -> str:
    return ", ".join(dict.fromkeys(host for each in settings.endpoints for host in each.hosts))


def _shown(arguments: JsonObject) -> str:
    method = str(arguments.get("method") or "GET").upper()
    body = arguments.get("body")
    return f"{method} {arguments.get('url')}" + (f" {body}" if body else "")


def _headers(value: JsonValue) -> dict[str, str]:
    """The caller's headers, also as JSON text, of those that a caller may set."""
    try:
        given = json.loads(value) if isinstance(value, str) and value.strip() else value or {}
    except ValueError as error:
        raise ToolFailure('"headers" is no JSON', status="invalid_arguments") from error
    if not isinstance(given, Mapping):
        raise ToolFailure('"headers" is to be an object', status="invalid_arguments")
    others = [str(name) for name in given if str(name).lower() not in _CALLERS]
    if others:
        raise ToolFailure(
            f"the headers {', '.join(others)} can't be set by a call: put them into the config's "
            '"extra_headers"',
            status="denied",
        )
    return {str(name): str(each) for name, each in given.items()}


def _body(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        return value
    try:
        found: JsonValue = json.loads(value) if value.strip() else None
    except ValueError as error:
        raise ToolFailure('"body" is no JSON', status="invalid_arguments") from error
    return found


def _output(reply: HttpReply, command: str, note: str) -> ToolOutput:
    text = reply.text
    data = None
    with suppress(ValueError, RecursionError):  # a page or a plain text
        data = Json(value=json.loads(text))
    ok = 200 <= reply.status < 300
    if not ok:
        note = f"the server answered {reply.status}. {note}".strip()
    status: ToolStatus = "failed" if not ok else "ok" if text.strip() else "no_data"
    said = note if text.strip() or not ok else f"the server answered {reply.status} with nothing"
    return ToolOutput(status=status, text=text, command=command, note=said, data=data)
