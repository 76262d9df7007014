"""The JSON shapes in which models name a tool and its arguments."""

import re
from collections.abc import Mapping

from holmes.core.messages import JsonObject, JsonValue
from holmes.models.tool_syntax.base import MORE, More, Offered, WrittenCall
from holmes.models.tool_syntax.core.json_text import JsonText

NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "action")
ARGUMENT_KEYS = (
    "arguments",
    "parameters",
    "args",
    "input",
    "params",
    "action_input",
    "tool_input",
)
ANSWER_KEYS = ("answer", "final_answer")
_BESIDES = ("id", "type", "index", "thought", "reasoning", "thinking", "tool_call_id")
_FIRST_KEYS = frozenset((*NAME_KEYS, *ARGUMENT_KEYS, *ANSWER_KEYS, *_BESIDES, "tool_calls"))

NAME = re.compile(r"[A-Za-z_][\w.:/-]{0,127}")
_HEAD_CHARS = 400
# At most three brackets before the first key: `[{` in an array, `{{` where braces are doubled.
_HEAD = re.compile(r"(?:[\[{]\s{0,100}){1,3}[\"'\u201c]?(\w+)[\"'\u201d]?\s*:")
_HEAD_BEGUN = re.compile(r"(?:[\[{]\s{0,100}){1,3}(?:[\"'\u201c]?\w*[\"'\u201d]?\s*)?")
_NAME_IN_BROKEN = re.compile(
    r"[\"']?\b(?:name|tool|tool_name|function|action)[\"']?\s*:\s*[\"']([\w.:/-]{1,128})[\"']"
)
_PREFIXES = ("functions.", "functions:", "tools.", "default_api.", "tool.")


def may_be_call(text: str, at: int, *, final: bool) -> bool | More:
    """Tell from its first key whether the JSON at `at` can be a call."""
    window = text[at : at + _HEAD_CHARS]
    head = _HEAD.match(window)
    if head:
        return head[1] in _FIRST_KEYS
    begun = not final and len(window) < _HEAD_CHARS and _HEAD_BEGUN.fullmatch(window)
    return MORE if begun else False


def bare_name(name: str, offered: Offered) -> str:
    """Take off a namespace that a model put before a tool's name ("functions.get_pods")."""
    if name in offered:
        return name
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def calls_in(found: JsonText, offered: Offered) -> tuple[WrittenCall, ...]:
    """All calls in a JSON value, or none where any part of it is not a call."""
    if found.error:
        named = _NAME_IN_BROKEN.search(found.raw[:4000])
        if not named:
            return ()
        return (WrittenCall(name=bare_name(named[1], offered), raw=found.raw, error=found.error),)
    return _of_value(found.value, found.repaired, offered)


def _of_value(value: JsonValue, repaired: str, offered: Offered) -> tuple[WrittenCall, ...]:
    # Two levels: {"tool_calls": [{"function": {…}}]} is the deepest shape that servers write.
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    items = value if isinstance(value, list) else [value]
    calls = [_of_item(item, repaired, offered) for item in items]
    return tuple(call for call in calls if call) if all(calls) else ()


def _of_item(item: JsonValue, repaired: str, offered: Offered) -> WrittenCall | None:
    if not isinstance(item, dict):
        return None
    inner = item.get("function")
    if isinstance(inner, dict):
        item = inner
    key = next((k for k in NAME_KEYS if isinstance(item.get(k), str)), None)
    if key is None:
        return None
    name = bare_name(str(item[key]).strip(), offered)
    if not NAME.fullmatch(name):
        return None
    rest = {k: v for k, v in item.items() if k != key}
    arguments_key = next((k for k in ARGUMENT_KEYS if k in rest), None)
    if arguments_key is None:
        return _flat(name, rest, repaired, offered)
    strange = set(rest) - {arguments_key, *_BESIDES}
    if strange and name not in offered:
        return None
    arguments = rest[arguments_key]
    raw = arguments if isinstance(arguments, str) else ""
    return WrittenCall(name=name, arguments=arguments, raw=raw, repaired=repaired)


def _flat(name: str, rest: JsonObject, repaired: str, offered: Offered) -> WrittenCall | None:
    """Take `{"tool": "list_pods", "namespace": "web"}` where the keys are the tool's own."""
    if name not in offered:
        return None
    properties = properties_of(offered[name].parameters)
    arguments = {k: v for k, v in rest.items() if k in properties or k not in _BESIDES}
    if not set(arguments) <= set(properties):
        return None
    return WrittenCall(name=name, arguments=arguments, repaired=repaired)


def properties_of(schema: JsonObject) -> Mapping[str, JsonObject]:
    """The properties of an object schema, those that are schemas themselves."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    return {k: v for k, v in properties.items() if isinstance(v, dict)}
