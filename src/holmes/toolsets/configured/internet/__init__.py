"""Pages of the internet, as markdown; never this machine, its network or a cloud's metadata."""

from collections.abc import Mapping
from functools import partial

import msgspec

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.addresses import HostList, Reach
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition, needing
from holmes.tools.guarded import Guarded, Headers, Target
from holmes.tools.http import HttpReply, HttpServer
from holmes.tools.section import Section

NAMES = {"internet": "Web pages as markdown; private addresses are refused"}

_MOST_BYTES = 3_000_000
_SECONDS = 10.0
_VARIABLE = "INTERNET_TOOLSET_TIMEOUT_SECONDS"

FETCH = definition(
    "fetch_webpage", "A web page as markdown.", {"url": {"type": "string"}}, required=("url",)
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a section may say.

    `additional_headers` go to `allowed_hosts` alone; those are also the only ones whose addresses
    may be internal, where `block_internal_ips` is false.
    """

    additional_headers: dict[str, str] = {}
    allowed_hosts: list[str] = []
    block_internal_ips: bool = True
    timeout_seconds: float = 0.0
    max_response_bytes: int = _MOST_BYTES


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset; ToolFailure where its extra is not installed."""
    with needing("internet"):
        import markdownify  # noqa: F401, PLC0415  # the extra "internet"
    settings = section.settings(Settings, context.environment)
    seconds = settings.timeout_seconds or _seconds(context.environment)
    listed = HostList(entries=settings.allowed_hosts)

    def admit(target: Target, method: str) -> Headers:
        del method
        known = listed.names(target.host, target.port)
        return settings.additional_headers if known else {}

    def server(origin: str) -> HttpServer:
        return HttpServer(
            product="The page",
            base=origin,
            seconds=seconds,
            reach=Reach(listed=listed, internal=not settings.block_internal_ips),
            most=settings.max_response_bytes,
        )

    pages = Guarded(admit=admit, server=server)
    tool = FunctionTool(
        definition=FETCH,
        call=partial(_fetch, pages),
        show=lambda arguments: f"GET {arguments.get('url')}",
        timeout=4 * seconds,
    )
    return Toolset(
        name=section.name,
        tools=(tool,),
    )


async def _fetch(pages: Guarded, arguments: JsonObject) -> ToolOutput:
    url = str(arguments["url"])
    accept = {"Accept": "text/html,application/xhtml+xml,text/*;q=0.9,application/json;q=0.8"}
    target, reply = await pages.request(url, headers=accept)
    command = f"GET {url}"
    if not 200 <= reply.status < 300:
        raise ToolFailure(f"{target.origin} answered {reply.status}")
    text = _text(reply)
    if not text.strip():
        return ToolOutput(status="no_data", command=command, note="the page holds no text")
    note = "" if target.url == url else f"It redirected to {target.url}."
    return ToolOutput(status="ok", text=text, command=command, note=note)


def _text(reply: HttpReply) -> str:
    """The page as markdown; what is no page as it is; ToolFailure for what is no text."""
    kind, _, rest = reply.headers.get("content-type", "text/html").partition(";")
    kind = kind.strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        return _markdown(reply.body, _charset(rest))
    if kind.startswith("text/") or kind.endswith(("json", "xml", "yaml")):
        return reply.text
    raise ToolFailure(f"the page is {kind or 'of no kind'}, which is no text")


def _markdown(body: bytes, charset: str) -> str:
    """What a reader sees of a page: no scripts, styles, forms and menus."""
    from bs4 import BeautifulSoup  # noqa: PLC0415
    from markdownify import MarkdownConverter  # noqa: PLC0415

    soup = BeautifulSoup(body, "html.parser", from_encoding=charset or None)
    for each in soup(["script", "style", "noscript", "template", "svg", "iframe", "form", "nav"]):
        each.decompose()
    part = soup.find("main") or soup.find("article") or soup.body or soup
    text = str(MarkdownConverter(heading_style="ATX", strip=["img"]).convert_soup(part))
    lines = (line.rstrip() for line in text.splitlines())
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"


def _charset(parameters: str) -> str:
    name, _, value = parameters.strip().partition("=")
    return value.strip("\"' ") if name.lower() == "charset" else ""


def _seconds(environment: Mapping[str, str]) -> float:
    try:
        return float(environment.get(_VARIABLE) or _SECONDS)
    except ValueError:
        return _SECONDS
