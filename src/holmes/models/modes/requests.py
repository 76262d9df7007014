"""The tool call modes: how tools are offered to a model, and its calls read back.

native        `tools` in the request, `tool_calls` in the reply; a call that the server left in the
              text is read from there (llama.cpp, vLLM and llama-cpp-python do that to
              Qwen2.5-Coder, seen 24 Nov 2026)
constrained   as prompted, and where the reply holds a call that can't be run it is asked for again
              and the server holds it to `{"tool": …, "arguments": …}`
prompted      the tools stand in the prompt, the history is plain user and assistant text, and the
              call is read from the reply; for servers that refuse tools (vLLM without its two
              flags: HTTP 400) or drop them without a word (llama-cpp-python's chatml, FastChat)

In the latter two the conversation is plain text that strictly alternates between user and
assistant: any chat template takes it. Thinking comes first and is free in all of them: held to
a call or an answer from its first character on, Qwen2.5-Coder-1.5B wrote
`{"answer": "kubectl get nodes"}` and the like in place of ten calls of ten (25 Nov 2026).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from holmes.models import tool_syntax
from holmes.models.base import ModelReply, ModelRequest

CallMode: TypeAlias = Literal["native", "constrained", "prompted"]
SchemaFormat: TypeAlias = Literal["json_schema", "json_object"]

SCHEMA_FORMATS: tuple[SchemaFormat, ...] = ("json_schema", "json_object")
"""How servers are told a schema, the better known first.

json_schema   OpenAI's; honoured by llama.cpp and vLLM, refused with a 500 by llama-cpp-python
json_object   with a `schema` beside it: older llama.cpp, and all that llama-cpp-python takes

A GBNF `grammar` is not sent: each server that was seen to honour one (24 Nov 2026) honours a form
above too, others ignore it, and llama-cpp-python's process dies of one it can't read.
"""

_HOLD = (
    "That call can't be run: it can't be read, or there is no such tool. "
    'Write the call as one JSON object and nothing else: {"tool": "…", "arguments": {…}}.'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFormat:
    """How requests are put: the mode, how a schema is told, whether a system role is used."""

    mode: CallMode = "native"
    schema_format: SchemaFormat = "json_schema"
    system_role: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadReply:
    """A reply with its calls in place; `syntax` names how they stood in the text, else ""."""

    reply: ModelReply
    syntax: str = ""


def as_sent(
    request: ModelRequest, call_format: CallFormat, known: Sequence[ToolDefinition] = ()
) -> ModelRequest:
    """The request as this mode puts it.

    `known` are the tools of the session: they stay in the prompt where none are offered, so that
    prefix caches still hit; the instruction to answer comes last and wins.
    """
    if call_format.mode == "native":
        return request if call_format.system_role else _without_system_role(request)
    tools = tuple(request.tools or known)
    messages = flatten(
        request.messages,
        taught=tool_syntax.prompt(tools) if tools else "",
        system_role=call_format.system_role,
    )
    return replace(request, messages=messages, tools=(), tool_choice="")


Exchange: TypeAlias = Callable[[ModelRequest], Awaitable[ReadReply]]
"""Sends a request as it stands, and reads what comes back."""


async def converse(
    exchange: Exchange,
    request: ModelRequest,
    call_format: CallFormat,
    known: Sequence[ToolDefinition] = (),
) -> ReadReply:
    """One reply in this mode; a constrained one is free, and held to the form where it must be.

    Whatever `exchange` raises goes through.
    """
    free = await exchange(as_sent(request, call_format, known))
    message = free.reply.message
    if call_format.mode != "constrained" or not request.tools:
        return free
    if all(is_runnable(call, request.tools) for call in message.tool_calls):
        return free
    calls = (f"{call.name} {call.raw_arguments}" for call in message.tool_calls)
    said = "\n".join(part for part in (message.content, *calls) if part)
    again = await exchange(_held_to_form(request, call_format, said, known))
    if not again.reply.message.tool_calls:
        return again
    thoughtful = replace(again.reply.message, content=message.content)
    return replace(again, reply=replace(again.reply, message=thoughtful))


def _held_to_form(
    request: ModelRequest, call_format: CallFormat, said: str, known: Sequence[ToolDefinition]
) -> ModelRequest:
    """The request once more, after what the model `said`, with the reply held to one call.

    It begins as the free one did, so that prefix caches hit.
    """
    words = (AssistantMessage(content=said), UserMessage(content=_HOLD))
    sent = as_sent(replace(request, messages=(*request.messages, *words)), call_format, known)
    schema = tool_syntax.action_schema(request.tools)
    form = response_format(call_format.schema_format, schema, name="action")
    return replace(sent, response_format=form)


def is_runnable(call: ToolCall, tools: Sequence[ToolDefinition]) -> bool:
    """Whether a call can be read and names a tool on offer; its arguments are not looked at.

    Held to a form, a model would make up those that it lacks; told what is missing, it looks.
    """
    return not call.parse_error and any(tool.name == call.name for tool in tools)


def response_format(form: SchemaFormat, schema: JsonObject, *, name: str) -> JsonObject:
    """The protocol's words for "JSON of this schema"."""
    if form == "json_object":
        return {"type": "json_object", "schema": dict(schema)}
    return {"type": "json_schema", "json_schema": {"name": name, "schema": dict(schema)}}


def with_calls(reply: ModelReply, tools: Sequence[ToolDefinition]) -> ReadReply:
    """Take calls that stand in the text, and an answer that stands in JSON, out of it."""
    message = reply.message
    if message.tool_calls or not tools:
        return ReadReply(reply=reply)
    found = tool_syntax.parse(message.content, tools)
    if not found.calls and not found.content and message.reasoning:
        # Nothing but thinking: some servers leave a call inside it.
        found = replace(tool_syntax.parse(message.reasoning, tools), content="")
    if found.calls:
        written = replace(message, content=found.content, tool_calls=found.calls)
        calling = replace(reply, message=written, stop_reason="tool_calls")
        return ReadReply(reply=calling, syntax=found.syntax)
    if found.content and found.content != message.content.strip():
        return ReadReply(reply=replace(reply, message=replace(message, content=found.content)))
    return ReadReply(reply=reply)


def flatten(
    messages: Sequence[Message],
    *,
    taught: str = "",
    system_role: bool = True,
) -> tuple[Message, ...]:
    """Calls and results as plain text, strictly alternating between user and assistant.

    `taught` is appended to the instructions; without a system role they open the first user
    message.
    """
    instructions = [m.content for m in messages if isinstance(m, SystemMessage)]
    system = "\n\n".join(part for part in (*instructions, taught) if part)
    turns: list[UserMessage | AssistantMessage] = []
    if system and not system_role:
        turns.append(UserMessage(content=system))
    for message in messages:
        match message:
            case SystemMessage():
                continue
            case AssistantMessage(content=content, tool_calls=calls):
                written = tool_syntax.render_call(calls) if calls else ""
                said = "\n".join(part for part in (content, written) if part)
                _append(turns, AssistantMessage(content=said))
            case ToolMessage(name=name, content=content):
                _append(turns, UserMessage(content=tool_syntax.render_result(name, content)))
            case UserMessage():
                _append(turns, message)
    head = (SystemMessage(content=system),) if system and system_role else ()
    return (*head, *turns)


def _without_system_role(request: ModelRequest) -> ModelRequest:
    """The instructions as the opening of the first user message."""
    messages = tuple(
        UserMessage(content=m.content) if isinstance(m, SystemMessage) else m
        for m in request.messages
    )
    return replace(request, messages=messages)


def _append(
    turns: list[UserMessage | AssistantMessage], message: UserMessage | AssistantMessage
) -> None:
    if turns and type(turns[-1]) is type(message):
        joined = f"{turns[-1].content}\n\n{message.content}"
        turns[-1] = replace(turns[-1], content=joined)
        if isinstance(message, UserMessage) and isinstance(last := turns[-1], UserMessage):
            turns[-1] = replace(last, images=last.images + message.images)
    else:
        turns.append(message)
