"""Servers that behave as each kind was captured (24 Nov 2026), with a model that is always right.

What differs from one to the next is not what the model wants to call but what becomes of it on
the way: `calls` says so for requests with tools, `forms` which JSON forms are honoured.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypeAlias

from servers.raw_server import RawServer, RecordedRequest, Step, event_stream, json_response
from servers.scripted_server import (
    Refusal,
    Reply,
    ToolCallSpec,
    completion,
    stream_chunks,
    text,
    tool_calls,
)

Body: TypeAlias = dict[str, Any]
Calls: TypeAlias = Callable[[Body], Reply | Refusal]

ADVICE = (
    "To list the pods you can use the following command:\n\n```sh\nkubectl get pods -n web\n```"
)


def question(body: Body) -> str:
    return str(body["messages"][-1]["content"])


def wanted(body: Body) -> list[ToolCallSpec]:
    """The calls that the model has in mind."""
    asked = question(body)
    web: dict[str, Any] = {"namespace": "web"}
    if "CrashLoopBackOff" in asked:
        return []
    if "two calls" in asked:
        return [("list_pods", web), ("list_pods", {"namespace": "db"})]
    if "error log" in asked:
        return [("get_logs", web | {"pod": "front-2", "level": "error", "tail": 50})]
    if "events of type" in asked:
        return [("search_events", {"filter": web | {"type": "Warning"}})]
    return [("list_pods", web)]


def in_words(body: Body) -> Reply:
    if "Count from 1" in question(body):
        return text(" ".join(str(number) for number in range(1, 31)))
    return text("The unhealthy one is front-2." if "Crash" in question(body) else "pelican")


def native(body: Body) -> Reply:
    calls = wanted(body)
    return tool_calls(*calls) if calls else in_words(body)


def fence(body: Body) -> Reply:
    """As Qwen2.5-Coder does behind llama.cpp with its shipped template."""
    blocks = [
        "```json\n" + json.dumps({"name": name, "arguments": arguments}, indent=2) + "\n```"
        for name, arguments in wanted(body)
    ]
    return text("\n".join(blocks)) if blocks else in_words(body)


def ignoring(_: Body) -> Reply:
    """As FastChat, which counted 26 tokens for a question and its tools."""
    return replace(text(ADVICE), prompt_tokens=26)


def vllm_refusing(_: Body) -> Refusal:
    words = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    error = {"message": words, "type": "BadRequestError", "param": None, "code": 400}
    return Refusal(status=400, body={"error": error})


def llama_cpp_python_refusal() -> Refusal:
    fault = (
        "1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', "
        "'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}"
    )
    return Refusal(
        status=500,
        body={"error": {"message": fault, "type": "internal_server_error", "code": None}},
    )


@dataclass(kw_only=True)
class KindServer:
    """One kind of server.

    calls       replies to requests with tools
    everything  replies to all requests, where given
    prompted    whether the model calls tools that stand in the prompt
    instead     what it writes where it does not
    counting    whether a stream says how many tokens there were
    forms       whether a form is honoured; one that is not named is refused
    """

    entry: Mapping[str, Any] = field(default_factory=dict)
    paths: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    system_fingerprint: str = ""
    calls: Calls = native
    everything: Calls | None = None
    prompted: bool = True
    instead: str = ADVICE
    counting: bool = True
    forms: Mapping[str, bool] = field(default_factory=dict)
    form_refusal: Refusal = field(default_factory=llama_cpp_python_refusal)
    model: str = "m"
    asked: list[Body] = field(default_factory=list, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _server: RawServer = field(init=False)

    def __post_init__(self) -> None:
        self._server = RawServer(respond=self._respond)

    @property
    def base_url(self) -> str:
        return self._server.base_url

    @property
    def gets(self) -> list[str]:
        return [request.path for request in self._server.received if request.method == "GET"]

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
            entry = {"id": self.model, "object": "model", **self.entry}
            listing = {"object": "list", "data": [entry]}
            return [json_response(listing, headers=self.headers)]
        if request.path in self.paths:
            return [json_response(self.paths[request.path])]
        if request.path != "/v1/chat/completions":
            return [json_response({"detail": "Not Found"}, status=404)]
        body = request.json()
        with self._lock:
            self.asked.append(body)
        return [self._written(self._answer(body), stream=bool(body.get("stream")))]

    def _written(self, reply: Reply | Refusal, *, stream: bool) -> bytes:
        if isinstance(reply, Refusal):
            return json_response(reply.body, status=reply.status, headers=self.headers)
        named = {"system_fingerprint": self.system_fingerprint or None}
        if stream:
            chunks = stream_chunks(reply, self.model)
            kept = chunks if self.counting else chunks[:-1]
            return event_stream(*(chunk | named for chunk in kept))
        return json_response(completion(reply, self.model) | named, headers=self.headers)

    def _answer(self, body: Body) -> Reply | Refusal:
        if self.everything is not None:
            return self.everything(body)
        form = body.get("response_format")
        if form is not None:
            if form["type"] not in self.forms:
                return self.form_refusal
            if self.forms[form["type"]]:
                return _in_form(body)
        if body.get("tools"):
            return self.calls(body)
        taught = any("Tools:" in str(message["content"]) for message in body["messages"])
        if taught and self.prompted:
            return fence(body)
        return in_words(body) if not taught else text(self.instead)


def _in_form(body: Body) -> Reply:
    form = body["response_format"]
    if "anyOf" not in json.dumps(form):
        return _filled(form.get("schema") or form["json_schema"]["schema"])
    calls = wanted(body)
    if not calls:
        return text(json.dumps({"answer": in_words(body).content}))
    name, arguments = calls[0]
    return text(json.dumps({"tool": name, "arguments": arguments}))


def _filled(schema: Mapping[str, Any]) -> Reply:
    """As the 0.5B behind vLLM did (25 Nov 2026): a number that nothing ends has no end."""
    if any("enum" not in kind for kind in schema["properties"].values()):
        return Reply(content='{"depth": 1' + 200 * "0", finish_reason="length")
    return text(json.dumps({name: kind["enum"][0] for name, kind in schema["properties"].items()}))


LLAMA_CPP_ENTRY = {"owned_by": "llamacpp", "meta": {"n_ctx": 16384, "n_ctx_train": 32768}}
VLLM_ENTRY = {"owned_by": "vllm", "root": "hf/qwen25-coder-0.5b", "max_model_len": 16384}
LLAMA_CPP_PYTHON_ENTRY = {"owned_by": "me", "permissions": []}
BOTH_FORMS = {"json_schema": True, "json_object": True}


def llama_cpp(calls: Calls = native) -> KindServer:
    props = {"default_generation_settings": {"n_ctx": 16384}, "chat_template": "{{ tools }}"}
    return KindServer(entry=LLAMA_CPP_ENTRY, paths={"/props": props}, calls=calls, forms=BOTH_FORMS)


def vllm_without_flags() -> KindServer:
    return KindServer(
        entry=VLLM_ENTRY,
        paths={"/version": {"version": "0.32.0"}},
        system_fingerprint="vllm-0.32.0-95f7e47e",
        calls=vllm_refusing,
        forms={"json_schema": True, "json_object": False},
    )


def llama_cpp_python_chatml() -> KindServer:
    return KindServer(entry=LLAMA_CPP_PYTHON_ENTRY, calls=ignoring, forms={"json_object": True})


def fastchat() -> KindServer:
    return KindServer(
        entry={"owned_by": "fastchat", "permission": [{"id": "modelperm-1"}]},
        calls=ignoring,
        forms={"json_schema": False, "json_object": False},
    )


def advice_only() -> KindServer:
    """A server that ignores everything, and a model that never calls."""
    return KindServer(
        calls=ignoring, prompted=False, forms={"json_schema": False, "json_object": False}
    )
