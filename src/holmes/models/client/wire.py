"""Messages to the JSON of the chat-completions protocol, and single fields of replies back.

What is sent is the smallest common ground of the servers that were tried (24 Nov 2026, see the
comments): `content` is a string unless a person sends images, every call and every result carries
its id, arguments are always JSON text, one system message stands first, and nothing is sent that
isn't needed.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from holmes.core.messages import (
    AssistantMessage,
    Message,
    StopReason,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    Usage,
    UserMessage,
)
from holmes.models.base import ModelRequest
from holmes.models.client.arguments import encode
from holmes.models.client.dialect import Dialect

WireObject = dict[str, Any]


def request_body(
    request: ModelRequest,
    *,
    model: str,
    dialect: Dialect,
    temperature: float | None,
    stream: bool,
    more: Mapping[str, Any] | None = None,
) -> bytes:
    """The JSON body of one request; equal conversations give equal bytes (prefix caches).

    `more` are fields that the user wants in each body.
    """
    body: WireObject = {
        **(more or {}), "model": model, "messages": wire_messages(request.messages)
    }  # fmt: skip
    if request.tools:  # vLLM answers 400 to an empty list
        body["tools"] = [wire_tool(tool) for tool in request.tools]
        if request.tool_choice:
            body["tool_choice"] = request.tool_choice
    if request.response_format is not None:
        body["response_format"] = request.response_format
    if temperature is not None and dialect.temperature:
        body["temperature"] = temperature
    if request.max_tokens is not None:
        body[dialect.max_tokens_name] = request.max_tokens
    if stream:
        body["stream"] = True
        if dialect.stream_options:
            body["stream_options"] = {"include_usage": True}
    # A lone surrogate (from a tool's odd bytes) becomes "?": llama.cpp refuses its escape.
    return encode(body).encode("utf-8", "replace")


def wire_tool(tool: ToolDefinition) -> WireObject:
    """One tool as the protocol wants it."""
    return {
        "type": "function",  # llama.cpp answers 500 without it
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    }


def wire_messages(messages: Sequence[Message]) -> list[WireObject]:
    """The conversation: system messages joined and first, neighbouring user messages joined.

    Templates of Gemma and Mistral refuse two user messages in a row, and a late system message.
    """
    system = [message.content for message in messages if isinstance(message, SystemMessage)]
    sent: list[WireObject] = []
    if system:
        sent.append({"role": "system", "content": "\n\n".join(system)})
    for message in messages:
        if isinstance(message, UserMessage) and sent and sent[-1]["role"] == "user":
            sent[-1]["content"] = _joined(sent[-1]["content"], _content(message))
        elif not isinstance(message, SystemMessage) and not _says_nothing(message):
            sent.append(_wire_message(message))
    return sent


def _says_nothing(message: Message) -> bool:
    # An empty assistant message is refused by some servers and tells a model nothing.
    return isinstance(message, AssistantMessage) and not message.content and not message.tool_calls


def _wire_message(message: UserMessage | AssistantMessage | ToolMessage) -> WireObject:
    match message:
        case UserMessage():
            return {"role": "user", "content": _content(message)}
        case ToolMessage():
            return {
                "role": "tool",
                "tool_call_id": message.tool_call_id,
                "content": message.content,
            }
        case AssistantMessage():
            # "" and not null: llama-cpp-python answers 500 and FastChat 400 to null.
            sent: WireObject = {"role": "assistant", "content": message.content}
            if message.tool_calls:
                sent["tool_calls"] = [_wire_call(call) for call in message.tool_calls]
            return sent


def _content(message: UserMessage) -> str | list[WireObject]:
    """Words alone as a string, which every server takes; parts only where there are images."""
    if not message.images:
        return message.content
    parts: list[WireObject] = [{"type": "text", "text": message.content}]
    for image in message.images:
        detail = {"detail": image.detail} if image.detail else {}
        parts.append({"type": "image_url", "image_url": {"url": image.url, **detail}})
    return parts


def _joined(
    before: str | list[WireObject], after: str | list[WireObject]
) -> str | list[WireObject]:
    if isinstance(before, str) and isinstance(after, str):
        return f"{before}\n\n{after}"
    as_parts = (
        [{"type": "text", "text": each}] if isinstance(each, str) else each
        for each in (before, after)
    )
    return [part for parts in as_parts for part in parts]


def _wire_call(call: ToolCall) -> WireObject:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": _legal_name(call.name), "arguments": _legal_arguments(call)},
    }


def _legal_name(name: str) -> str:
    # OpenAI refuses a whole history for one invented name such as "kubectl get".
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "unnamed"


def _legal_arguments(call: ToolCall) -> str:
    """The model's own text where it is a JSON object (it keeps prefix caches), else a clean one.

    Broken arguments become "{}": llama.cpp answers 500 to broken JSON in a history, and the
    result of the call quotes what the model wrote.
    """
    if call.parse_error:
        return "{}"
    try:
        own_text = json.loads(call.raw_arguments)
    except (ValueError, RecursionError):
        own_text = None
    return call.raw_arguments if own_text == call.arguments else encode(call.arguments)


def new_call_ids(messages: Iterable[Message]) -> Iterator[str]:
    """Ids that this conversation doesn't hold yet: nine letters and digits, as Mistral wants."""
    taken = set(call_ids(messages))
    number = 0
    while True:
        number += 1
        if (name := f"call{number:05d}") not in taken:
            yield name


def call_ids(messages: Iterable[Message]) -> Iterator[str]:
    """The ids of all tool calls in a conversation."""
    for message in messages:
        if isinstance(message, AssistantMessage):
            yield from (call.id for call in message.tool_calls)


_STOP_REASONS: dict[str, StopReason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
}


def read_stop_reason(finish_reason: object, *, has_calls: bool) -> StopReason:
    """Judge by the calls that are there; the server's word counts only for how the text ended.

    Gemini, Ollama and vLLM (named calls) say "stop" beside calls, and one SGLang report says
    "tool_calls" without any.
    """
    named = _STOP_REASONS.get(str(finish_reason).lower(), "unknown")
    if has_calls:
        return named if named in {"length", "content_filter"} else "tool_calls"
    return "stop" if named == "tool_calls" else named


def read_usage(usage: object) -> Usage:
    """Token counts; 0 prompt tokens means "not counted" (Text Generation WebUI)."""
    if not isinstance(usage, dict):
        return Usage()
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    thought = _count(_detail(usage, "completion_tokens_details", "reasoning_tokens"))
    total = _count(usage.get("total_tokens"))
    if total and prompt and completion is not None and total > prompt + completion:
        # xAI and Gemini bill for thinking, and count it in the total alone (issue threads, 2025).
        thought = thought or total - prompt - completion
        completion = total - prompt
    cached = _detail(usage, "prompt_tokens_details", "cached_tokens")
    told = usage.get("cost")  # OpenRouter (documentation, Nov 2026)
    cost = told if isinstance(told, int | float) and _count(told) is not None else None
    return Usage(
        prompt_tokens=prompt or None,
        completion_tokens=completion,
        # The second name is DeepSeek's.
        cached_tokens=_count(
            cached if cached is not None else usage.get("prompt_cache_hit_tokens")
        ),
        reasoning_tokens=thought,
        cost=cost,
    )


def _detail(usage: WireObject, holder: str, name: str) -> object:
    details = usage.get(holder)
    return details.get(name) if isinstance(details, dict) else None


_MOST_TOKENS = 10**12  # more is no count: Infinity, NaN or an overflow on the server's side


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < _MOST_TOKENS else None


def read_text(content: object) -> tuple[str, str]:
    """Content as (text, reasoning), from a string, null or a list of parts."""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        return "", ""
    text, reasoning = "", ""
    for part in content:
        if isinstance(part, str):
            text += part
        elif (
            isinstance(part, dict) and part.get("type") == "thinking"
        ):  # Mistral's reasoning models
            reasoning += "".join(read_text(part.get("thinking")))
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            text += part["text"]
    return text, reasoning
