"""How clouds want to be asked: AWS by a signature, Azure and Google by a token that runs out.

Written from the vendors' documents, and never run against their clouds. AWS' own libraries for the
signature bring botocore, 80 MB for these forty lines, which AWS' published test cases check.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpServer

AZURE_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"
GOOGLE_METADATA = (
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
)
_AZURE_LOGIN = "https://login.microsoftonline.com/{tenant}/oauth2/token"
_EARLY_SECONDS = 60.0
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, kw_only=True, slots=True)
class Aws:
    """Signature version 4, as docs.aws.amazon.com describes it for HTTP headers."""

    region: str
    service: str
    key: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)

    async def sign(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """The headers that sign a request now."""
        for name, value in (("region", self.region), ("access key", self.key)):
            if not value:
                raise ToolFailure(f"Amazon Managed Prometheus: the AWS {name} is not set")
        return self.signed(method, url, body, datetime.now(UTC))

    def signed(self, method: str, url: str, body: bytes, now: datetime) -> dict[str, str]:
        """The headers that sign a request at a time."""
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        parts = urlsplit(url)
        headers = {"host": parts.netloc, "x-amz-date": stamp}
        if self.session:
            headers["x-amz-security-token"] = self.session
        names = ";".join(sorted(headers))
        query = sorted(
            (quote(name, safe="~"), quote(value, safe="~"))
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        )
        canonical = "\n".join((
            method,
            quote(parts.path or "/", safe="/~"),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ))  # fmt: skip
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        said = f"Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        del headers["host"]  # the client sends it
        return {**headers, "authorization": f"{_ALGORITHM} {said}"}


@dataclass(kw_only=True, slots=True)
class Token:
    """A token of a server that gives them out, asked for again before it runs out."""

    product: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    async def sign(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """The header with the token, whatever the request."""
        del method, url, body
        if time.monotonic() >= self._until:
            await self._renew()
        return {"authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        giver = HttpServer(product=self.product, base=self.url, headers=self.headers, seconds=10.0)
        async with giver.open():
            method = "GET" if self.form is None else "POST"
            given = await giver.json("", self.parameters, method=method, form=self.form)
        try:
            self._token = str(given["access_token"])
            self._until = time.monotonic() + float(given.get("expires_in", 0)) - _EARLY_SECONDS
        except (KeyError, TypeError, ValueError) as error:
            raise ToolFailure(f"{self.product} gave no token that can be used") from error


def azure(
    *, client: str, secret: str, tenant: str, resource: str, metadata: str, endpoint: str,
    managed: bool,
) -> Token:  # fmt: skip
    """Tokens of Microsoft Entra, by a client's secret or by the machine's managed identity."""
    if managed or not secret:
        parameters = {"api-version": "2018-02-01", "resource": resource}
        return Token(
            product="Azure's metadata service",
            url=metadata,
            headers={"Metadata": "true"},
            parameters={**parameters, **({"client_id": client} if client else {})},
        )
    return Token(
        product="Microsoft Entra",
        url=endpoint or _AZURE_LOGIN.format(tenant=tenant),
        form={
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": secret,
            "resource": resource,
        },
    )


def google(metadata: str) -> Token:
    """Tokens of the service account of the machine or pod that this runs on."""
    return Token(
        product="Google's metadata service", url=metadata, headers={"Metadata-Flavor": "Google"}
    )
