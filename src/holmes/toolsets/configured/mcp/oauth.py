"""Logging in to an MCP server by OAuth: as a program, or as a person in a browser."""

import json
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import anyio
from anyio import to_thread

from holmes.config.state import state_folder
from holmes.files import write_atomically
from holmes.tools.base import ToolContext
from holmes.tools.function_tool import ToolFailure
from holmes.toolsets.configured.mcp.settings import McpSettings, OAuthSettings

if TYPE_CHECKING:
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import (
        AuthorizationCodeResult,
        OAuthClientInformationFull,
        OAuthClientMetadata,
        OAuthToken,
    )

_SAID = b"<!doctype html><title>HolmesGPT</title><p>You are logged in. This page can be closed."


def authentication(
    name: str, settings: McpSettings, context: ToolContext
) -> "OAuthClientProvider | None":
    """What logs in where the server wants that; None where its section has no `oauth`."""
    said = settings.oauth
    if said is None:
        return None
    storage = Tokens(state_folder("mcp", context.environment) / "tokens" / f"{name}.json", said)
    if said.grant == "client_credentials":
        return _as_program(settings.url, said, storage)
    return _as_person(name, settings.url, said, storage, context)


def _as_program(url: str, said: OAuthSettings, storage: "Tokens") -> "OAuthClientProvider":
    import warnings  # noqa: PLC0415

    from mcp import MCPDeprecationWarning  # noqa: PLC0415
    from mcp.client.auth.extensions.client_credentials import (  # noqa: PLC0415
        ClientCredentialsOAuthProvider,
        PrivateKeyJWTOAuthProvider,
        SignedJWTParameters,
    )

    issuer = said.issuer or None
    with warnings.catch_warnings():
        # That no issuer is named is the user's choice, and said in docs/toolsets/mcp.md.
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        if said.private_key:
            signer = SignedJWTParameters(
                issuer=said.client_id,
                subject=said.client_id,
                signing_key=_key(said.private_key),
                signing_algorithm=said.signing_algorithm,
            )
            return PrivateKeyJWTOAuthProvider(
                url, storage, said.client_id, signer.create_assertion_provider(), said.scope, issuer
            )
        return ClientCredentialsOAuthProvider(
            url,
            storage,
            said.client_id,
            said.client_secret,
            "client_secret_post" if said.posts_secret else "client_secret_basic",
            said.scope,
            issuer,
        )


def _as_person(
    name: str, url: str, said: OAuthSettings, storage: "Tokens", context: ToolContext
) -> "OAuthClientProvider":
    from mcp.client.auth import OAuthClientProvider  # noqa: PLC0415
    from mcp.shared.auth import OAuthMetadata  # noqa: PLC0415

    browser = _Browser(name, said.redirect_port, context)
    provider = OAuthClientProvider(
        url,
        _metadata(said),
        storage,
        browser.show,
        browser.answer,
        said.client_metadata_url or None,
    )
    if said.authorization_url and said.token_url:
        # For servers that publish no addresses; what is published goes before.
        parts = urlsplit(said.authorization_url)
        provider.context.oauth_metadata = OAuthMetadata.model_validate(
            {
                "issuer": said.issuer or f"{parts.scheme}://{parts.netloc}",
                "authorization_endpoint": said.authorization_url,
                "token_endpoint": said.token_url,
                "registration_endpoint": said.registration_endpoint or None,
            }
        )
    return provider


def _metadata(said: OAuthSettings) -> "OAuthClientMetadata":
    from mcp.shared.auth import OAuthClientMetadata  # noqa: PLC0415

    return OAuthClientMetadata.model_validate(
        {
            "client_name": "HolmesGPT",
            "redirect_uris": [f"http://127.0.0.1:{said.redirect_port}/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": said.scope,
            "token_endpoint_auth_method": said.token_auth_method or None,
        }
    )


class Tokens:
    """The tokens of one server in a file that only its owner reads; the SDK's TokenStorage."""

    def __init__(self, path: Path, said: OAuthSettings) -> None:
        self._path = path
        self._said = said

    async def get_tokens(self) -> "OAuthToken | None":
        """The tokens of the last login."""
        from mcp.shared.auth import OAuthToken  # noqa: PLC0415

        kept = self._kept().get("tokens")
        return OAuthToken.model_validate(kept) if kept else None

    async def set_tokens(self, tokens: "OAuthToken") -> None:
        """Keep the tokens of a login."""
        self._keep("tokens", tokens.model_dump(mode="json", exclude_none=True))

    async def get_client_info(self) -> "OAuthClientInformationFull | None":
        """What this program is registered as: by its section, or from an earlier registration."""
        from mcp.shared.auth import OAuthClientInformationFull  # noqa: PLC0415

        said = self._said
        kept = self._kept().get("client")
        if said.client_id:
            kept = {
                **_metadata(said).model_dump(mode="json", exclude_none=True),
                "client_id": said.client_id,
                "client_secret": said.client_secret or None,
                "token_endpoint_auth_method": said.token_auth_method or said.usual_method,
            }
        return OAuthClientInformationFull.model_validate(kept) if kept else None

    async def set_client_info(self, client_info: "OAuthClientInformationFull") -> None:
        """Keep a registration."""
        self._keep("client", client_info.model_dump(mode="json", exclude_none=True))

    def _kept(self) -> dict[str, object]:
        try:
            kept = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _keep(self, key: str, value: object) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._path, json.dumps({**self._kept(), key: value}))


class _Browser:
    """Shows a person the login page, and waits for the browser to come back to this machine."""

    def __init__(self, name: str, port: int, context: ToolContext) -> None:
        self._name = name
        self._port = port
        self._ask = context.permissions.ask
        self._came, self._query = anyio.Event(), ""

    async def show(self, url: str) -> None:
        """Open the page, once the person said yes."""
        said = await self._ask(f"log in to the MCP server {self._name} in the browser: {url}")
        if said != "yes":
            raise ToolFailure(
                f'the MCP server "{self._name}" wants a login: run `holmes mcp login {self._name}`'
            )
        self._url = url

    async def answer(self) -> "AuthorizationCodeResult":
        """What the login server sent back by way of the browser."""
        from mcp.shared.auth import AuthorizationCodeResult  # noqa: PLC0415

        self._came, self._query = anyio.Event(), ""
        async with self._listening():
            await to_thread.run_sync(webbrowser.open, self._url, abandon_on_cancel=True)
            await self._came.wait()
        said = {key: values[0] for key, values in parse_qs(self._query).items()}
        if "code" not in said:
            reason = said.get("error_description") or said.get("error") or "no code came back"
            raise ToolFailure(f'the login to the MCP server "{self._name}" failed: {reason}')
        return AuthorizationCodeResult(
            code=said["code"], state=said.get("state"), iss=said.get("iss")
        )

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """A page on this machine, for the one request that ends a login."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=self._port)
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, self._serve)
            yield
            group.cancel_scope.cancel()

    async def _serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            head = b""
            while b"\r\n" not in head and len(head) < 16_000:
                head += await stream.receive()
            target = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") > 1 else ""
            parts = urlsplit(target)
            if parts.path == "/callback":
                length = len(_SAID)
                lines = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n"
                )
                await stream.send(lines.encode() + b"Connection: close\r\n\r\n" + _SAID)
                self._query = parts.query
                self._came.set()
            else:
                await stream.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def _key(path: str) -> str:
    try:
        return Path(path).expanduser().read_text()
    except OSError as error:
        raise ToolFailure(f'the private key "{path}" can\'t be read: {error.strerror}') from error
