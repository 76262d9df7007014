"""What an MCP server gave as a ToolOutput: its text, what it could not show, its data."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from holmes.core.messages import JsonValue
from holmes.core.tool_output import Json, ToolData, ToolOutput
from holmes.tools.data import data_of

if TYPE_CHECKING:
    from mcp_types import (
        BlobResourceContents,
        CallToolResult,
        ContentBlock,
        TextResourceContents,
    )

    Resource: TypeAlias = TextResourceContents | BlobResourceContents

MOST_CHARACTERS = 2_000_000
"""Of one result; what is beyond is left out."""

_NOTE = 300


def output_of(result: "CallToolResult", command: str) -> ToolOutput:
    """One result: failed where the server says so, no_data where it holds nothing."""
    texts = [_text_of(block) for block in result.content]
    if result.is_error:
        text = _joined(texts) or "it gave no reason"
        return ToolOutput(status="failed", text=text, command=command, note=_first_line(text))
    said: JsonValue = result.structured_content
    # SDKs put a text or a list under a key of their own: {"result": …}, {"content": …}.
    inner = next(iter(said.values())) if isinstance(said, dict) and len(said) == 1 else said
    if said is None or (isinstance(inner, str) and inner.rstrip("\n") == _joined(texts)):
        return _output(texts, command, None)
    if not any(_read(text) in (said, inner) for text in texts):
        texts.append(json.dumps(said, ensure_ascii=False))
    return _output(texts, command, Json(value=said))


def resources_output(contents: "Iterable[Resource]", command: str) -> ToolOutput:
    """The contents of a resource."""
    return _output([_resource(each) for each in contents], command, None)


def _output(texts: list[str], command: str, data: ToolData | None) -> ToolOutput:
    text = _joined(texts)
    if not text.strip():
        return ToolOutput(status="no_data", command=command, note="it gave nothing")
    note = ""
    if len(text) > MOST_CHARACTERS:
        note = f"the rest of {len(text):,} characters was left out"
        text, data = text[:MOST_CHARACTERS], None
    return ToolOutput(
        status="ok", text=text, command=command, note=note, data=data or data_of(text)
    )


def _text_of(block: "ContentBlock") -> str:
    """A block's text; of what is none, what it is and how large."""
    match block.type:
        case "text":
            return block.text
        case "image" | "audio":
            return _unshown(block.mime_type, block.data)
        case "resource":
            return _resource(block.resource)
        case "resource_link":
            said = f" ({block.mime_type})" if block.mime_type else ""
            return f"[resource {block.uri}{said}: {block.description or block.name}]"


def _resource(contents: "Resource") -> str:
    text = getattr(contents, "text", None)
    if isinstance(text, str):
        return text
    blob = getattr(contents, "blob", "")
    if (contents.mime_type or "").startswith("text/"):
        return base64.b64decode(blob).decode("utf-8", "replace")
    return _unshown(contents.mime_type or "data", blob, f" {contents.uri}")


def _unshown(kind: str, data: str, name: str = "") -> str:
    size = len(data) * 3 // 4 - data[-2:].count("=")
    shown = f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB"
    return f"[{kind}{name}, {shown}: not shown]"


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(text.rstrip("\n") for text in texts if text.strip())


def _read(text: str) -> object:
    try:
        return json.loads(text) if text.lstrip()[:1] in {"{", "["} else None
    except (ValueError, RecursionError):
        return None


def _first_line(text: str) -> str:
    line = " ".join(text.strip().splitlines()[0].split())
    return line if len(line) <= _NOTE else f"{line[: _NOTE - 1]}…"


def shown_arguments(arguments: Mapping[str, JsonValue]) -> str:
    """The arguments of a call as a person reads them."""
    return json.dumps(dict(arguments), ensure_ascii=False) if arguments else ""
