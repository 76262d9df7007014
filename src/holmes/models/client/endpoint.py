"""Where a chat-completions server is: the address a person typed, made into URLs.

People paste the base with or without `/v1`, with a trailing slash, or the whole URL of the
request. All of these work; where the path leaves two readings, `Endpoint.alternative` holds the
other one, to be tried when the server answers that the first path does not exist.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from holmes.core.errors import UsageError

_MALFORMED = re.compile(r"\s|:$")  # "https:/host" has the host "https" and an empty port
_EXAMPLE = 'Give the server\'s address, e.g. "http://localhost:8080/v1".'
_REQUEST_PATH = re.compile(r"/(chat/completions|completions|responses|models)$")
_VERSIONED = re.compile(r"/v\d+[a-z0-9]*$")
# Names that only resolve inside a machine, a container network, a cluster or a home.
_PRIVATE_NAME = re.compile(
    r"(^[^.]+$)|(\.(local|localhost|internal|lan|home|home\.arpa|svc|test)$)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One reading of a base URL; `query` (as Azure needs) is sent but never shown."""

    base_url: str
    alternative: str = ""
    query: str = ""

    @property
    def chat_url(self) -> str:
        """The URL that conversations are posted to."""
        return self._url(f"{self.base_url}/chat/completions")

    @property
    def models_url(self) -> str:
        """The URL that lists the models."""
        return self._url(f"{self.base_url}/models")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """The host name or IP address, without brackets."""
        return urlsplit(self.base_url).hostname or ""

    def other_form(self) -> "Endpoint":
        """The other reading of the same address."""
        return Endpoint(base_url=self.alternative, alternative=self.base_url, query=self.query)

    def _url(self, url: str) -> str:
        return f"{url}?{self.query}" if self.query else url


def parse_endpoint(address: str) -> Endpoint:
    """Read a base URL as a person wrote it.

    Raises `UsageError` when it is no http(s) URL or carries credentials.
    """
    parts = _split(address.strip())
    path = parts.path.rstrip("/")
    base_path, was_request = _REQUEST_PATH.subn("", path)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not base_path and not was_request:
        return Endpoint(base_url=f"{origin}/v1", alternative=origin, query=parts.query)
    base = origin + base_path
    alternative = "" if _VERSIONED.search(base_path) else f"{base}/v1"
    return Endpoint(base_url=base, alternative=alternative, query=parts.query)


def readable_on_the_way(address: str) -> str:
    """The base URL where whoever is on the way can read what is sent there; else ""."""
    endpoint = parse_endpoint(address)
    encrypted = endpoint.origin.startswith("https:")
    return "" if encrypted or is_private_host(endpoint.host) else endpoint.base_url


def is_private_host(host: str) -> bool:
    """Whether a host name or IP address is not reachable from the public internet."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(_PRIVATE_NAME.search(host.lower().rstrip(".")))


def is_loopback_host(host: str) -> bool:
    """Whether a host name or IP address is this machine itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().rstrip(".").endswith("localhost")
    return address.is_loopback or address.is_unspecified


def _split(address: str) -> SplitResult:
    """The parts of a URL with scheme and host; raises UsageError."""
    if not address:
        raise UsageError("The address of the model server is empty.", hint=_EXAMPLE)
    with_scheme = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(with_scheme)
        host, _ = parts.hostname, parts.port  # .port raises ValueError when it isn't a number
    except ValueError as error:
        raise UsageError(f'"{address}" is not a URL: {error}.', hint=_EXAMPLE) from error
    if parts.username is not None or parts.password is not None:
        # The address is shown in messages and answers: a password must not be a part of it.
        raise UsageError(
            f'The address of the model server at "{host}" holds a user name or password.',
            hint="Take it out of the URL and give the key with --api-key or OPENAI_API_KEY.",
        )
    if parts.scheme not in {"http", "https"} or not host or _MALFORMED.search(parts.netloc):
        raise UsageError(f'"{address}" is not an http or https URL.', hint=_EXAMPLE)
    if "://" not in address and not is_private_host(host):
        raise UsageError(f'"{address}" has no scheme.', hint=f'Did you mean "https://{address}"?')
    if "://" not in address and not _looks_like_a_server(parts):
        raise UsageError(f'"{address}" is not an http or https URL.', hint=_EXAMPLE)
    return parts


def _looks_like_a_server(parts: SplitResult) -> bool:
    """Tell `localhost:8080` and `10.0.0.5/v1` from a lone word such as a model's name."""
    return parts.port is not None or bool(parts.path) or parts.hostname == "localhost"
