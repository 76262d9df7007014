"""What a section says of one MCP server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.section import Section

_OF_A_REQUEST = "request_context"  # values of the peer's server that exist only while it answers

_MODES = {
    "stdio": "stdio",
    "sse": "sse",
    "http": "http",
    "streamable-http": "http",
    "streamable_http": "http",
    "streamableHttp": "http",
}


class OAuthSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to log in. Addresses are found by asking the server unless they are given.

    grant        "client_credentials" logs in without a person, by `client_secret` or `private_key`
    private_key  a file in PEM form
    issuer       the login server that the credentials belong to; they go to no other
    """

    enabled: bool = True
    grant: Literal["authorization_code", "client_credentials"] = "authorization_code"
    authorization_url: str = ""
    token_url: str = ""
    registration_endpoint: str = ""
    client_id: str = ""
    client_secret: str = ""
    client_metadata_url: str = ""
    private_key: str = ""
    signing_algorithm: str = "RS256"
    token_auth_method: Literal["client_secret_basic", "client_secret_post", "none", ""] = ""
    scopes: str | list[str] = ""
    issuer: str = ""
    resource: str = ""
    redirect_port: int = 8976

    @property
    def usual_method(self) -> str:
        """How a client of this kind names itself where nothing is said."""
        return "client_secret_basic" if self.client_secret else "none"

    @property
    def posts_secret(self) -> bool:
        """Whether the secret goes into the form rather than into a header."""
        return self.token_auth_method.endswith("post")

    @property
    def scope(self) -> str | None:
        """The scopes as one text, or None."""
        said = self.scopes if isinstance(self.scopes, str) else " ".join(self.scopes)
        return said or None


class McpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one server; those of the first two lines are the peer's.

    trusted         what it says of its tools is believed: read-only ones run without a question
    approved_tools  patterns of tools that run without a question whatever it says of them
    """

    mode: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    extra_headers: dict[str, str] = {}
    verify_ssl: bool = True
    oauth: OAuthSettings | None = None
    health_check_tool: str = ""
    icon_url: str = ""
    command: str = ""
    args: list[str] = []
    env: dict[str, str] = {}
    cwd: str | None = None
    ca: str = ""
    allowed_tools: tuple[str, ...] = ("*",)
    denied_tools: tuple[str, ...] = ()
    approved_tools: tuple[str, ...] = ()
    trusted: bool = False
    timeout_seconds: float = 60.0
    startup_seconds: float = 30.0

    @property
    def transport(self) -> str:
        """How it is spoken to: "stdio", "http", "sse", or "" where that is to be found out."""
        if not self.mode:
            return "stdio" if self.command else "sse" if _ends_in_sse(self.url) else ""
        return _MODES[self.mode]

    @property
    def sse_url(self) -> str:
        """The address of its event stream."""
        return self.url if _ends_in_sse(self.url) else f"{self.url.rstrip('/')}/sse"

    @property
    def sent_headers(self) -> Mapping[str, str]:
        """The headers of each request."""
        return {**self.headers, **self.extra_headers}


def settings_of(section: Section, environment: Mapping[str, str]) -> McpSettings:
    """The settings of a section; raises ToolsetFileError with its place."""
    config = dict(section.config)
    if not isinstance(config.get("oauth", {}), Mapping):
        config["oauth"] = {"enabled": bool(config["oauth"])}
    for key in ("headers", "extra_headers"):
        said = config.get(key)
        if isinstance(said, Mapping):
            config[key] = {k: v for k, v in said.items() if _OF_A_REQUEST not in str(v)}
    settings = replace(section, config=config).settings(McpSettings, environment)
    if settings.mode and settings.mode not in _MODES:
        known = ", ".join(_MODES)
        raise ToolsetFileError(
            f'{section.where}: "mode" is "{settings.mode}".', hint=f"Give one of {known}."
        )
    wanted, given = ("command", settings.command) if settings.transport == "stdio" else (
        "url", settings.url
    )  # fmt: skip
    if not given:
        raise ToolsetFileError(f'{section.where}: "{wanted}" of its "config" is missing.')
    if settings.oauth is not None and not settings.oauth.enabled:
        settings = msgspec.structs.replace(settings, oauth=None)
    return settings


def _ends_in_sse(url: str) -> bool:
    return urlsplit(url).path.rstrip("/").endswith("/sse")
