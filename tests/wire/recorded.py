"""The exchanges recorded from real servers, and what the client must make of each.

`exchanges/SET-UP.http` holds them as text, `exchanges/SET-UP.expected.json` the outcomes; the
README beside them says how they came about.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from holmes.core.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from holmes.models.base import ModelRequest
from holmes.models.client.arguments import encode
from servers.raw_server import response

FOLDER = Path(__file__).parent / "exchanges"
SET_UPS = sorted(path.stem for path in FOLDER.glob("*.http"))

_EXCHANGE = re.compile(
    r"(?P<name>.+)\n"
    r"(?P<notes>(?:# .*\n)*)"
    r"(?P<method>GET|POST) (?P<path>\S+) HTTP/1.1\n"
    r"(?:[\w-]+: .*\n)*\n"
    r"(?:(?P<sent>.*)\n\n)?"
    r"HTTP/1.1 (?P<status>\d+)\n"
    r"(?:Content-Type: (?P<content_type>.*)\n)?\n"
    r"(?P<body>[\s\S]*)\n\n"
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Exchange:
    """One request as the probe sent it and the reply as it came."""

    set_up: str
    name: str
    method: str
    path: str
    sent: str
    status: int
    content_type: str
    body: str
    is_cut: bool

    def __repr__(self) -> str:
        return f"{self.set_up}:{self.name}"

    @property
    def reply(self) -> bytes:
        """The reply's bytes; the recorder kept no header but Content-Type."""
        return response(self.status, self.body, content_type=self.content_type)

    @property
    def streamed(self) -> bool:
        return self.body.startswith("data:")

    def request(self) -> ModelRequest:
        """The recorded request as the loop would put it to the client."""
        try:
            body: dict[str, Any] = json.loads(self.sent)
        except ValueError:
            body = {}
        tools = (_tool(tool.get("function") or {}) for tool in body.get("tools", ()))
        return ModelRequest(
            messages=tuple(_message(m) for m in body.get("messages") or [_HELLO]),
            tools=tuple(tool for tool in tools if tool.name),
            max_tokens=body.get("max_tokens"),
            response_format=body.get("response_format"),
        )


@cache
def exchanges(set_up: str) -> Mapping[str, Exchange]:
    """All exchanges of one server set-up by the name of their case, in order."""
    text = (FOLDER / f"{set_up}.http").read_text() + "\n"
    found = {}
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        match = _EXCHANGE.fullmatch(block)
        assert match is not None, f"{set_up}: not an exchange: {block[:80]}"
        assert match["name"] not in found, f"{set_up}: {match['name']} twice"
        found[match["name"]] = Exchange(
            set_up=set_up,
            name=match["name"],
            method=match["method"],
            path=match["path"],
            sent=match["sent"] or "",
            status=HTTPStatus(int(match["status"])),
            content_type=match["content_type"] or "application/json",
            body=match["body"],
            is_cut="# cut:" in match["notes"],
        )
    return found


def conversations(set_up: str) -> list[Exchange]:
    """The exchanges whose reply answers a POST, and could answer one of the client's."""
    return [one for one in exchanges(set_up).values() if one.method == "POST"]


def expected(set_up: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{set_up}.expected.json").read_text())
    return document


_HELLO = {"role": "user", "content": "Say OK."}


def _tool(function: dict[str, Any]) -> ToolDefinition:
    return ToolDefinition(
        name=function.get("name", ""),
        description=function.get("description", ""),
        parameters=function.get("parameters", {}),
    )


def _message(sent: dict[str, Any]) -> Message:
    content = sent.get("content") or ""
    text = content if isinstance(content, str) else "".join(part["text"] for part in content)
    match sent["role"]:
        case "system" | "developer":
            return SystemMessage(content=text)
        case "tool":
            id_ = sent.get("tool_call_id", "")
            return ToolMessage(tool_call_id=id_, name="list_pods", content=text)
        case "assistant":
            calls = (_call(call) for call in sent.get("tool_calls", ()))
            return AssistantMessage(content=text, tool_calls=tuple(calls))
        case _:
            return UserMessage(content=text)


def _call(sent: dict[str, Any]) -> ToolCall:
    function = sent["function"]
    raw = function["arguments"]
    return ToolCall(
        id=sent.get("id", ""),
        name=function["name"],
        arguments={"namespace": "web"},
        raw_arguments=raw if isinstance(raw, str) else encode(raw),
    )
