"""From a call as found to a `ToolCall`: names matched, arguments read, types from the schema."""

import hashlib
import json
from collections.abc import Sequence

from holmes.core.messages import JsonObject, JsonValue, ToolCall
from holmes.models.client.json_reply import whole
from holmes.models.tool_syntax.base import Offered, WrittenCall
from holmes.models.tool_syntax.core.json_text import loads, read_text_value
from holmes.models.tool_syntax.core.shapes import properties_of


def tool_calls(found: Sequence[WrittenCall], offered: Offered, reply: str) -> tuple[ToolCall, ...]:
    """Turn calls as found into tool calls with ids made from the reply.

    The ids are nine letters and digits (Mistral's servers take no other form), unique within
    the reply and the same for the same reply.
    """
    seed = hashlib.blake2s(reply.encode("utf-8", "replace"), digest_size=3).hexdigest()
    return tuple(_tool_call(f, offered, f"{seed}{i:03d}") for i, f in enumerate(found))


def _tool_call(found: WrittenCall, offered: Offered, call_id: str) -> ToolCall:
    name, notes = _known_name(found, offered)
    properties = properties_of(offered[name].parameters) if name in offered else {}
    if found.error:
        return ToolCall(id=call_id, name=name, raw_arguments=found.raw, parse_error=found.error)
    arguments, note, error = _arguments(found, tuple(properties))
    raw = found.raw or json.dumps(found.arguments, ensure_ascii=False)
    if error:
        return ToolCall(id=call_id, name=name, raw_arguments=raw, parse_error=error)
    notes = [*notes, *([note] if note else [])]
    strange = sorted(set(arguments) - set(properties)) if properties and notes else []
    if strange:
        # Mended text is only trusted as far as the schema bears it out.
        error = f"{' '.join(notes)} That left {strange[0]!r}, which {name!r} does not have."
        return ToolCall(id=call_id, name=name, raw_arguments=raw, parse_error=error)
    arguments = whole(arguments)
    if found.textual:
        arguments = {k: typed(v, properties.get(k, {})) for k, v in arguments.items()}
    return ToolCall(
        id=call_id, name=name, arguments=arguments, raw_arguments=raw, repaired=" ".join(notes)
    )


def _known_name(found: WrittenCall, offered: Offered) -> tuple[str, list[str]]:
    notes = [found.repaired] if found.repaired else []
    if found.name in offered:
        return found.name, notes
    folded = _fold(found.name)
    same = [name for name in offered if _fold(name) == folded]
    if len(same) == 1:
        return same[0], [*notes, f"Took {found.name!r} for the tool {same[0]!r}."]
    return found.name, notes


def _fold(name: str) -> str:
    return name.lower().replace("-", "_")


def _arguments(found: WrittenCall, properties: Sequence[str]) -> tuple[JsonObject, str, str]:
    """Return the arguments, a note about mending, and an error; one of the last two is empty."""
    value, note = found.arguments, ""
    # Twice, since a model that copies its own history encodes the string again (Qwen2.5-Coder
    # 1.5B on llama-cpp-python, 24 Nov 2026).
    for _ in range(2):
        if not isinstance(value, str) or not value.strip():
            break
        read = read_text_value(value)
        if read.error and not value.lstrip().startswith(("{", "[")):
            break
        if read.error:
            return {}, "", read.error
        value, note = read.value, note or read.repaired
    if value is None or value == "":
        return {}, note, ""
    if isinstance(value, dict):
        return value, note, ""
    if len(properties) == 1 and isinstance(value, str | int | float):
        only = properties[0]
        return {only: value}, f"Took the plain value for {only!r}, the only parameter.", ""
    kind = "an array" if isinstance(value, list) else "a single value"
    return {}, "", f"the arguments are {kind}, not a JSON object: {str(value)[:80]!r}"


def typed(value: JsonValue, schema: JsonObject) -> JsonValue:
    """Give plain text the type that the schema states; what doesn't fit stays text."""
    if not isinstance(value, str):
        return value
    stated = schema.get("type")
    types = stated if isinstance(stated, list) else [stated]
    if "string" in types or (stated is None and "enum" in schema):
        return value
    try:
        return loads({"True": "true", "False": "false", "None": "null"}.get(value, value))
    except ValueError:
        return value
