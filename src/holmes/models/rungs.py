"""The ways in which tools can be offered to a model and its calls read back, one rung each.

native        `tools` in the request, `tool_calls` in the reply; a call that the server left in the
              text is read from there (llama.cpp, vLLM and llama-cpp-python do that to
              Qwen2.5-Coder, seen 24 Nov 2026)
constrained   the tools stand in the prompt and the server holds the reply to
              `{"tool": …, "arguments": …}` or `{"answer": …}`
prompted      the tools stand in the prompt, the history is plain user and assistant text, and the
              call is read from the reply; for servers that refuse tools (vLLM without its two
              flags: HTTP 400) or drop them without a word (llama-cpp-python's chatml, FastChat)

On the lower two the conversation is plain text that strictly alternates between user and
assistant: any chat template takes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from holmes.messages import (
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
from holmes.models.arguments import encode, repair
from holmes.models.base import ModelReply, ModelRequest
from holmes.models.tool_syntax.bare_json import BareJson
from holmes.models.tool_syntax.core.prompt import prompt as teach

Rung: TypeAlias = Literal["native", "constrained", "prompted"]
Form: TypeAlias = Literal["json_schema", "json_object"]

FORMS: tuple[Form, ...] = ("json_schema", "json_object")
"""How servers are told a schema, the better known first.

json_schema   OpenAI's; honoured by llama.cpp and vLLM, refused with a 500 by llama-cpp-python
json_object   with a `schema` beside it: older llama.cpp, and all that llama-cpp-python takes

A GBNF `grammar` is not sent: each server that was seen to honour one (24 Nov 2026) honours a form
above too, others ignore it, and llama-cpp-python's process dies of one it can't read.
"""

_ANSWER = 'To answer, write {"answer": "…"} and nothing else.'


class _Action(BareJson):
    """The writing that `action_schema` allows."""

    name = "action"
    how = "Reply with one JSON object. To call a tool:"

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one action a line, as the schema does."""
        return "\n".join(encode({"tool": c.name, "arguments": dict(c.arguments)}) for c in calls)


_ACTION = _Action()


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How requests are put: the rung, the form of its constraint, whether a system role is used."""

    rung: Rung = "native"
    form: Form = "json_schema"
    system_role: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A reply with its calls in place; `syntax` names how they stood in the text, else ""."""

    reply: ModelReply
    syntax: str = ""


def as_sent(
    request: ModelRequest, manner: Manner, known: Sequence[ToolDefinition] = ()
) -> ModelRequest:
    """The request as this rung puts it.

    `known` are the tools of the session: they stay in the prompt where none are offered, so that
    prefix caches still hit; the instruction to answer comes last and wins.
    """
    if manner.rung == "native":
        return request if manner.system_role else _without_system_role(request)
    tools = tuple(request.tools or known)
    constrained = manner.rung == "constrained"
    messages = flatten(
        request.messages,
        taught=_taught(tools, constrained=constrained),
        system_role=manner.system_role,
        write_calls=_ACTION.render_call if constrained else tool_syntax.render_call,
    )
    # Without tools the model is asked for an answer in words: nothing holds it to JSON.
    form = response_format(manner.form, request.tools) if constrained and request.tools else None
    return replace(request, messages=messages, tools=(), tool_choice="", response_format=form)


def response_format(form: Form, tools: Sequence[ToolDefinition]) -> JsonObject:
    """The protocol's words for "one call of these tools, or an answer"."""
    return schema_format(form, tool_syntax.action_schema(tools, may_answer=True), name="action")


def schema_format(form: Form, schema: JsonObject, *, name: str) -> JsonObject:
    """The protocol's words for "JSON of this schema"."""
    if form == "json_object":
        return {"type": "json_object", "schema": dict(schema)}
    return {"type": "json_schema", "json_schema": {"name": name, "schema": dict(schema)}}


def read(reply: ModelReply, tools: Sequence[ToolDefinition], rung: Rung) -> Read:
    """Take calls that stand in the text, and an answer that stands in JSON, out of it."""
    message = reply.message
    if message.tool_calls or not tools:
        return Read(reply=reply)
    if rung == "constrained" and reply.stop_reason == "length":
        cut_short = _answer_so_far(message.content)
        if cut_short:
            return Read(reply=replace(reply, message=replace(message, content=cut_short)))
    found = tool_syntax.parse(message.content, tools)
    if not found.calls and not found.content and message.reasoning:
        # Nothing but thinking: some servers leave a call inside it.
        found = replace(tool_syntax.parse(message.reasoning, tools), content="")
    if found.calls:
        written = replace(message, content=found.content, tool_calls=found.calls)
        calling = replace(reply, message=written, stop_reason="tool_calls")
        return Read(reply=calling, syntax=found.syntax)
    if found.content and found.content != message.content.strip():
        return Read(reply=replace(reply, message=replace(message, content=found.content)))
    return Read(reply=reply)


def flatten(
    messages: Sequence[Message],
    *,
    taught: str = "",
    system_role: bool = True,
    write_calls: Callable[[Sequence[ToolCall]], str] = tool_syntax.render_call,
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
                written = write_calls(calls) if calls else ""
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


def _taught(tools: Sequence[ToolDefinition], *, constrained: bool) -> str:
    if not tools:
        return ""
    if constrained:
        return f"{teach(tools, _ACTION)}\n{_ANSWER}"
    return tool_syntax.prompt(tools)


def _answer_so_far(content: str) -> str:
    """The text of an answer object that the token limit cut off, or nothing."""
    mended = repair(content) if content.lstrip().startswith("{") else None
    answer = (mended or {}).get("answer")
    return answer if isinstance(answer, str) else ""


def _append(
    turns: list[UserMessage | AssistantMessage], message: UserMessage | AssistantMessage
) -> None:
    if turns and type(turns[-1]) is type(message):
        joined = f"{turns[-1].content}\n\n{message.content}"
        turns[-1] = replace(turns[-1], content=joined)
    else:
        turns.append(message)
