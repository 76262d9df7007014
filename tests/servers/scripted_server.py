"""A chat-completions server on loopback: gives scripted replies, records what it was asked.

with ScriptedServer([tool_calls(("kubectl_get", {"kind": "pods"})), text("Fine.")]) as server:
    ... server.base_url ... server.requests[0]["messages"] ...

Streams where the request says `stream: true`, else answers in one piece. As a program it serves
one text reply for ever: `PYTHONPATH=tests python -m servers.scripted_server "All is well."`.
"""

import json
import re
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeAlias

from servers.raw_server import RawServer, RecordedRequest, Step, event_stream, json_response

_LITTLE = 100
_LONG = 1000

ToolCallSpec: TypeAlias = tuple[str, dict[str, Any] | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One assistant message; a call whose arguments are a string sends them as they are.

    prompt_tokens  as counted; 100 stands for a quarter of the characters where results of tools
                   are long, and where a reply in words is the first to long tools
    """

    content: str = ""
    calls: tuple[ToolCallSpec, ...] = ()
    reasoning: str = ""
    finish_reason: str = ""
    prompt_tokens: int = _LITTLE
    completion_tokens: int = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """An HTTP error with a JSON body."""

    status: int
    body: Any


ScriptStep: TypeAlias = Reply | Refusal | Callable[[dict[str, Any]], Reply | Refusal]


def text(content: str, *, reasoning: str = "") -> Reply:
    return Reply(content=content, reasoning=reasoning)


def tool_calls(*calls: ToolCallSpec, content: str = "") -> Reply:
    return Reply(content=content, calls=calls)


def refusal(status: int, message: str) -> Refusal:
    return Refusal(status=status, body={"error": {"message": message, "code": status}})


class ScriptedServer:
    """Gives `replies` in order; asked for more than it has, it refuses with a 400 that says so.

    A reply may be a function of the request body, for servers that must look at the question.
    """

    def __init__(
        self,
        replies: Sequence[ScriptStep],
        *,
        model: str = "scripted",
        context_window: int | None = None,
        port: int = 0,
        repeat_last: bool = False,
    ) -> None:
        self.model = model
        self.requests: list[dict[str, Any]] = []
        self._replies = tuple(replies)
        self._context_window = context_window
        self._repeat_last = repeat_last
        self._lock = threading.Lock()
        self._server = RawServer(respond=self._respond, port=port)

    @property
    def base_url(self) -> str:
        return self._server.base_url

    @property
    def received(self) -> list[RecordedRequest]:
        """Every request with its path and headers, those for /v1/models included."""
        return self._server.received

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _respond(self, request: RecordedRequest) -> Iterable[Step]:
        if request.path == "/v1/models":
            return [json_response({"object": "list", "data": [self._model_entry()]})]
        if request.path != "/v1/chat/completions" or request.method != "POST":
            body = {"error": {"message": f"no such path: {request.path}", "code": 404}}
            return [json_response(body, status=404)]
        reply = self._next_reply(request.json())
        if isinstance(reply, Refusal):
            return [json_response(reply.body, status=reply.status)]
        turn = len(self.requests)
        if request.json().get("stream"):
            return [event_stream(*stream_chunks(reply, self.model, turn=turn))]
        return [json_response(completion(reply, self.model, turn=turn))]

    def _model_entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"id": self.model, "object": "model"}
        return (
            entry
            if self._context_window is None
            else entry | {"max_model_len": self._context_window}
        )

    def _next_reply(self, body: dict[str, Any]) -> Reply | Refusal:
        with self._lock:
            index = len(self.requests)
            self.requests.append(body)
        if self._repeat_last:
            index = min(index, len(self._replies) - 1)
        if index >= len(self._replies):
            return refusal(400, f"the script holds {len(self._replies)} replies, no more")
        step = self._replies[index]
        reply = step(body) if callable(step) else step
        if isinstance(reply, Reply) and reply.prompt_tokens == _LITTLE:
            return replace(reply, prompt_tokens=_counted(body, in_words=not reply.calls))
        return reply


def _counted(body: dict[str, Any], *, in_words: bool) -> int:
    """An honest count: who is told too few must think that the server dropped results or tools."""
    sizes = [(m.get("role"), len(str(m.get("content")))) for m in body.get("messages") or ()]
    results = sum(size for role, size in sizes if role == "tool")
    tools = len(str(body.get("tools") or "")) if in_words and not results else 0
    if max(results, tools) < _LONG:
        return _LITTLE
    return max(_LITTLE, (sum(size for _, size in sizes) + tools) // 4)


def completion(reply: Reply, model: str, *, turn: int = 1) -> dict[str, Any]:
    """The reply as one `chat.completion` object."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = _wire_calls(reply, turn)
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(reply)}
    return _envelope("chat.completion", model) | {"choices": [choice], "usage": _usage(reply)}


def stream_chunks(reply: Reply, model: str, *, turn: int = 1) -> list[dict[str, Any]]:
    """The reply as `chat.completion.chunk` objects: word by word, arguments in two pieces."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": word} for word in _words(reply.reasoning)]
    deltas += [{"content": word} for word in _words(reply.content)]
    for index, call in enumerate(_wire_calls(reply, turn)):
        arguments = call["function"]["arguments"]
        middle = len(arguments) // 2
        function = call["function"] | {"arguments": arguments[:middle]}
        opening = call | {"index": index, "function": function}
        ending = {"index": index, "function": {"arguments": arguments[middle:]}}
        deltas += [{"tool_calls": [opening]}, {"tool_calls": [ending]}]
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, "finish_reason": None} for delta in deltas
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": _finish_reason(reply)})
    envelope = _envelope("chat.completion.chunk", model)
    return [
        *(envelope | {"choices": [choice]} for choice in choices),
        envelope | {"choices": [], "usage": _usage(reply)},
    ]


def _words(content: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", content)


def _wire_calls(reply: Reply, turn: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{turn}_{index}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
            },
        }
        for index, (name, arguments) in enumerate(reply.calls)
    ]


def _finish_reason(reply: Reply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.calls else "stop")


def _usage(reply: Reply) -> dict[str, int]:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": reply.prompt_tokens + reply.completion_tokens,
    }


def _envelope(kind: str, model: str) -> dict[str, Any]:
    return {"id": "chatcmpl-scripted", "object": kind, "created": 0, "model": model}


if __name__ == "__main__":
    answer = text(" ".join(sys.argv[1:]) or "Hello.")
    with ScriptedServer([answer], port=8080, repeat_last=True) as running:
        sys.stdout.write(f"{running.base_url}\n")
        threading.Event().wait()
