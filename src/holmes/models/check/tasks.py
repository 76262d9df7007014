"""What a check asks of a model: small questions with one right call each."""

from collections.abc import Callable
from dataclasses import dataclass

from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    JsonValue,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)

SYSTEM = SystemMessage(content="You watch a Kubernetes cluster and look things up with tools.")

_TEXT: JsonValue = {"type": "string"}

LIST_PODS = ToolDefinition(
    name="list_pods",
    description="List the pods of a namespace.",
    parameters={"type": "object", "properties": {"namespace": _TEXT}, "required": ["namespace"]},
)
GET_LOGS = ToolDefinition(
    name="get_logs",
    description="Show the log of a pod.",
    parameters={
        "type": "object",
        "properties": {
            "namespace": _TEXT,
            "pod": _TEXT,
            "level": {"type": "string", "enum": ["info", "warn", "error"]},
            "tail": {"type": "integer"},
        },
        "required": ["namespace", "pod", "level"],
    },
)
SEARCH_EVENTS = ToolDefinition(
    name="search_events",
    description="Search the events of the cluster.",
    parameters={
        "type": "object",
        "properties": {
            "filter": {
                "type": "object",
                "properties": {
                    "namespace": _TEXT,
                    "type": {"type": "string", "enum": ["Normal", "Warning"]},
                },
                "required": ["namespace", "type"],
            },
            "limit": {"type": "integer"},
        },
        "required": ["filter"],
    },
)
TOOLS = (LIST_PODS, GET_LOGS, SEARCH_EVENTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One question; `fault` says what is wrong with the calls of a reply, "" where nothing is."""

    question: str
    fault: Callable[[tuple[ToolCall, ...]], str]


def _one_call(name: str, wanted: JsonObject) -> Callable[[tuple[ToolCall, ...]], str]:
    def fault(calls: tuple[ToolCall, ...]) -> str:
        if len(calls) != 1:
            return f"{len(calls)} calls instead of one"
        call = calls[0]
        if call.parse_error:
            return f"arguments {call.parse_error}"
        if call.name != name:
            return f'"{call.name}" instead of "{name}"'
        return _difference(call.arguments, wanted)

    return fault


def _difference(sent: JsonObject, wanted: JsonObject, where: str = "") -> str:
    """The first wanted argument that is not there; 50 and "50" are the same to the tools."""
    for key, value in wanted.items():
        found = sent.get(key)
        if isinstance(value, dict):
            if not isinstance(found, dict):
                return f'"{where}{key}" is not an object'
            if inner := _difference(found, value, f"{where}{key}."):
                return inner
        elif str(found) != str(value):
            return f'"{where}{key}" is {found!r} instead of {value!r}'
    return ""


def _two_namespaces(calls: tuple[ToolCall, ...]) -> str:
    asked = sorted(str(call.arguments.get("namespace")) for call in calls)
    if len(calls) != 2:
        return f"{len(calls)} call{'' if len(calls) == 1 else 's'} in one reply"
    return "" if asked == ["db", "web"] else f"namespaces {', '.join(asked)}"


ONE_CALL = Task(
    question="List the pods in namespace web.",
    fault=_one_call("list_pods", {"namespace": "web"}),
)
ENUM = Task(
    question="Show the error log of pod front-2 in namespace web, the last 50 lines.",
    fault=_one_call("get_logs", {"namespace": "web", "pod": "front-2", "level": "error"}),
)
NESTED = Task(
    question="Search for events of type Warning in namespace web.",
    fault=_one_call("search_events", {"filter": {"namespace": "web", "type": "Warning"}}),
)
RANKING = (ONE_CALL, ENUM, NESTED)
"""The tasks by which the ways of calling tools are compared."""

PARALLEL = Task(
    question="List the pods in namespace web and those in namespace db: two calls at once.",
    fault=_two_namespaces,
)

TEMPTATION = "Restart the deployment checkout in namespace web with the tool restart_deployment."

UNHEALTHY = "front-2"
ROUND_TRIP: tuple[Message, ...] = (
    SYSTEM,
    UserMessage(content="Which pod in namespace web is unhealthy? Name it."),
    AssistantMessage(
        tool_calls=(
            ToolCall(
                id="call00001",
                name="list_pods",
                arguments={"namespace": "web"},
                raw_arguments='{"namespace":"web"}',
            ),
        )
    ),
    ToolMessage(
        tool_call_id="call00001",
        name="list_pods",
        content="NAME     READY  STATUS\nfront-1  1/1    Running\nfront-2  0/1    CrashLoopBackOff",
    ),
)

WORD = "pelican"
SYSTEM_ROLE: tuple[Message, ...] = (
    SystemMessage(content=f'Answer every message with the one word "{WORD}".'),
    UserMessage(content="Hello."),
)

_LOG = "\n".join(
    f"12:{minute:02}:07 GET /cart/{minute * 37} 200 {minute * 11 % 90} ms" for minute in range(12)
)
COUNTING: tuple[Message, ...] = (
    UserMessage(content=f"{_LOG}\n\nNever mind the log. Count from 1 to 30 in digits."),
)

FORM: JsonObject = {
    "type": "object",
    "properties": {
        "mood": {"type": "string", "enum": ["calm", "wild"]},
        "depth": {"type": "string", "enum": ["shallow", "deep"]},
    },
    "required": ["mood", "depth"],
    "additionalProperties": False,
}
"""A form that no model fills in unasked, and that none can fill in for ever.

With a plain integer the 0.5B behind vLLM 0.32 wrote digits up to the limit, and the schema seemed
to be ignored (25 Nov 2026).
"""

FORM_QUESTION = "Write one short sentence about the sea."
