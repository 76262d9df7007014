"""Results, tokens and histories in the peer's shapes."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from holmes.agent.budget import size
from holmes.core import events
from holmes.core.evidence import Evidence
from holmes.core.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    Usage,
    UserMessage,
)
from holmes.models.client.wire import wire_messages
from holmes.server.client_tools import ClientCall
from holmes.server.run import Pending, Run

_STATUS = {"ok": "success", "no_data": "no_data"}


def result(evidence: Evidence) -> dict[str, Any]:
    """What a tool gave."""
    output = evidence.output
    status = _STATUS.get(output.status, "error")
    return _result(
        status,
        error=(output.note or output.text or output.status) if status == "error" else None,
        return_code=output.exit_code,
        data=output.text,
        invocation=output.command,
        params=dict(evidence.arguments),
        elapsed_seconds=round(evidence.seconds, 3),
    )


def waiting(pending: Pending) -> dict[str, Any]:
    """The same while a person has not said yes."""
    return _result("approval_required", invocation=pending.command, params=dict(pending.arguments))


def handed(call: ClientCall) -> dict[str, Any]:
    """The same while the client has not given a result."""
    return _result("frontend_pause", params=dict(call.arguments))


def _result(status: str, **known: Any) -> dict[str, Any]:  # noqa: ANN401  (any JSON)
    empty = dict.fromkeys(
        ("error", "return_code", "data", "invocation", "params", "elapsed_seconds")
    )
    nothing = dict.fromkeys(("images", "url", "icon_url"))
    return {"schema_version": "robusta:v1.0.0", "status": status, **empty, **nothing, **known}


def call(
    name: str, tool: str, toolset: str, description: str, gave: dict[str, Any]
) -> dict[str, Any]:
    """A finished call in the list `tool_calls`."""
    return {
        "tool_call_id": name,
        "tool_name": tool,
        "description": description,
        "result": gave,
        "size": len(gave["data"] or ""),
        "toolset_name": toolset,
    }


def metadata(run: Run, seen: Sequence[events.Event], **more: str) -> dict[str, Any]:
    """Tokens of the turn so far, and how the window is filled."""
    talk = run.investigation.talk
    usages = [event.usage for event in seen if isinstance(event, events.ModelReplied)]
    used = Usage.total(usages)
    prompt, completion = used.prompt_tokens or 0, used.completion_tokens or 0
    counted = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    return {
        "usage": counted,
        "tokens": _filled(run),
        "max_tokens": talk.budget.window,
        "max_output_tokens": talk.budget.answer_tokens,
        "costs": {
            "total_cost": used.cost or 0.0,
            **counted,
            "cached_tokens": used.cached_tokens or 0,
            "cache_creation_tokens": 0,
            "reasoning_tokens": used.reasoning_tokens or 0,
            "max_completion_tokens_per_call": max(
                (each.completion_tokens or 0 for each in usages), default=0
            ),
            "max_prompt_tokens_per_call": max(
                (each.prompt_tokens or 0 for each in usages), default=0
            ),
            "num_compactions": 0,
        },
        **more,
    }


def _filled(run: Run) -> dict[str, int]:
    """The tokens of the next request, shared out by the length of its parts."""
    talk, tools = run.investigation.talk, run.investigation.tools

    def length(kind: type[Message]) -> int:
        return size([message for message in talk.messages if isinstance(message, kind)])

    lengths = {
        "tools_to_call_tokens": size((), tools),
        "system_tokens": length(SystemMessage),
        "user_tokens": length(UserMessage),
        "tools_tokens": length(ToolMessage),
        "assistant_tokens": length(AssistantMessage),
        "other_tokens": 0,
    }
    whole = talk.budget.tokens(talk.messages, tools)
    share = whole / max(1, sum(lengths.values()))
    return {"total_tokens": whole} | {name: int(each * share) for name, each in lengths.items()}


def history(
    run: Run,
    pending: Mapping[str, Pending] = MappingProxyType({}),
    called: Mapping[str, ClientCall] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """The conversation as a client keeps it; a call that waits carries what lets it go on."""
    messages = wire_messages(run.investigation.talk.messages)
    for message in messages:
        for made in message.get("tool_calls", ()):
            if (waiting := pending.get(made["id"]) or called.get(made["id"])) is not None:
                made["pending_approval"] = made["id"] in pending
                made["approval_token"] = f"{run.id}/{waiting.key}"
    return messages
