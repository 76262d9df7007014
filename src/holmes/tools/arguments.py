"""Arguments that a model wrote, against the tool's schema: mended where that is safe, else refused.

Small models write "5" for 5, null for "not given", and a namespace for a tool that has none. What
can mean one thing only is mended and noted; the rest comes back as a message that the model can
act on.
"""

import difflib
import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition

if TYPE_CHECKING:
    import jsonschema_rs

_NOTHING = frozenset({"null", "none"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidArguments:
    """Arguments that satisfy the schema; `notes` say what was mended, a sentence each."""

    arguments: JsonObject
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class InvalidArguments:
    """Why the tool can't be called so, for the model: the problem, then how to call it."""

    message: str


def validate(
    definition: ToolDefinition, arguments: JsonObject
) -> ValidArguments | InvalidArguments:
    """Mend and check the arguments of one call; never raises, whatever a model sent.

    Mended: numbers, booleans and strings written as one another, one value for an array of them,
    the case of an enum's member and of a name; null, an empty string or an empty object for an
    optional argument.
    Unknown arguments are left out. An empty string for a required one is a missing one.
    """
    mender = _Mender(definition)
    mended = mender.mend(arguments)
    problem = mender.missing(mended) or _violation(definition.parameters, mended)
    if problem:
        return InvalidArguments(
            message=f"{problem} Nothing ran. Call it as {signature(definition)}."
        )
    return ValidArguments(arguments=mended, notes=tuple(mender.notes))


def signature(definition: ToolDefinition) -> str:
    """A tool as one line: `kubectl_get(kind: string, namespace?: string)`."""
    required = _required(definition.parameters)
    parts = [
        f"{name}{'' if name in required else '?'}: {_type_text(schema)}"
        for name, schema in _properties(definition.parameters).items()
    ]
    return f"{definition.name}({', '.join(parts)})"


def nearest_tools(name: str, names: Collection[str]) -> tuple[str, ...]:
    """Up to three names of tools that look like a name that is none of them, nearest first."""
    lowered = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)
    return tuple(lowered[match] for match in near)


class _Mender:
    """One call's arguments on their way to the schema."""

    def __init__(self, definition: ToolDefinition) -> None:
        self._properties = _properties(definition.parameters)
        self._required = _required(definition.parameters)
        self._open = definition.parameters.get("additionalProperties") not in {None, False}
        self.notes: list[str] = []

    def mend(self, arguments: JsonObject) -> dict[str, JsonValue]:
        """The arguments as they were meant; what was left empty is not among them."""
        mended: dict[str, JsonValue] = {}
        for given, value in arguments.items():
            name = self._known_name(given, arguments)
            schema = self._properties.get(name)
            if schema is None and not self._open:
                self.notes.append(f'The tool has no argument "{_cut(given)}"; it was left out.')
            elif schema is None:
                mended[name] = value
            elif not self._means_nothing(name, schema, value):
                mended[name] = self._coerced(name, schema, value)
        return mended

    def missing(self, arguments: JsonObject) -> str:
        """A sentence that names the required arguments that were not given, or nothing."""
        names = [f'"{name}"' for name in self._required if name not in arguments]
        if not names:
            return ""
        kind = "argument is" if len(names) == 1 else "arguments are"
        return f"The required {kind} missing: {', '.join(names)}."

    def _known_name(self, given: str, arguments: JsonObject) -> str:
        """The argument that was meant, where only case, `-` or `_` differ."""
        if given not in self._properties:
            for name in self._properties:
                if _flat(name) == _flat(given) and name not in arguments:
                    self.notes.append(f'"{_cut(given)}" was read as "{name}".')
                    return name
        return given

    def _means_nothing(self, name: str, schema: JsonObject, value: JsonValue) -> bool:
        if value is None:
            return "null" not in _types(schema)
        if value == {} and name not in self._required:
            # Options without any option: 13 of 480 calls of the 1.5B (26 Nov 2026), each as good
            # as none, and refused where the object's own fields are required.
            self.notes.append(f'"{name}": {{}} was read as not given.')
            return True
        if not isinstance(value, str) or value in _enum(schema):
            return False
        if value.strip().lower() in _NOTHING and name not in self._required:
            self.notes.append(f'"{name}": "{value.strip()}" was read as not given.')
            return True
        return not value.strip()

    def _coerced(self, name: str, schema: JsonObject, value: JsonValue) -> JsonValue:
        coerced = _coerce(schema, value)
        if type(coerced) is not type(value) or coerced != value:
            self.notes.append(f'"{name}" was read as {_cut(_json(coerced))}.')
        return coerced


def _coerce(schema: JsonObject, value: JsonValue) -> JsonValue:
    """The value in the type that the schema wants, where it can mean one thing only."""
    enum = _enum(schema)
    if enum:
        same = [member for member in enum if str(member).lower() == str(value).strip().lower()]
        return same[0] if len(same) == 1 and value not in enum else value
    types = _types(schema)
    if (
        not types
        or _type_of(value) in types
        or ("number" in types and _type_of(value) == "integer")
    ):
        return _coerce_items(schema, value)
    if isinstance(value, list) and len(value) == 1 and "array" not in types:
        return _coerce(schema, value[0])
    for wanted in types:
        coerced = _CONVERSIONS[wanted](value) if wanted in _CONVERSIONS else None
        if coerced is not None:
            return _coerce_items(schema, coerced)
    return value


def _coerce_items(schema: JsonObject, value: JsonValue) -> JsonValue:
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, Mapping):
        return [_coerce(items, item) for item in value]
    return value


def _to_integer(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON Schema takes 2.0 for an integer, Python does not
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if _INTEGER.fullmatch(text) else None


def _to_number(value: JsonValue) -> JsonValue:
    text = value.strip() if isinstance(value, str) else ""
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


def _to_boolean(value: JsonValue) -> JsonValue:
    return {"true": True, "false": False}.get(
        value.strip().lower() if isinstance(value, str) else ""
    )


def _to_string(value: JsonValue) -> JsonValue:
    return _json(value) if isinstance(value, bool | int | float) else None


def _to_array(value: JsonValue) -> JsonValue:
    read = _read_json(value)
    return read if isinstance(read, list) else [value]


def _to_object(value: JsonValue) -> JsonValue:
    read = _read_json(value)
    return read if isinstance(read, dict) else None


_CONVERSIONS: Mapping[str, Callable[[JsonValue], JsonValue]] = {
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "string": _to_string,
    "array": _to_array,
    "object": _to_object,
}


def _read_json(value: JsonValue) -> JsonValue:
    """JSON inside a string: models write arrays and objects so when they are unsure."""
    if not isinstance(value, str) or value.strip()[:1] not in {"[", "{"}:
        return None
    try:
        read: JsonValue = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return read


def validator(schema: JsonObject) -> "jsonschema_rs.Validator":
    """What checks values; ValueError for a schema that is none, or that refers to another place.

    Left to itself the library reads any `$ref` from the network or a file, and a schema is an MCP
    server's or a caller's.
    """
    import jsonschema_rs  # noqa: PLC0415  (50 ms, not needed before the first tool call)

    def refuse(uri: str) -> JsonValue:
        raise ValueError(f"references to other documents are not followed: {uri}")

    try:
        return jsonschema_rs.validator_for(dict(schema), retriever=refuse)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _violation(schema: JsonObject, arguments: JsonObject) -> str:
    """The first thing that is wrong with the arguments as one sentence, or nothing."""
    try:
        _json(dict(arguments)).encode()
        error = next(validator(schema).iter_errors(arguments), None)
    except (ValueError, RecursionError) as failure:
        # A user's schema that is none, half a surrogate pair in a string, or endless nesting.
        return f"The arguments can't be checked: {_cut(str(failure), 200)}."
    if error is None:
        return ""
    where = "".join(
        f'"{step}": ' if isinstance(step, str) else f"[{step}]: " for step in error.instance_path
    )
    return f"{where}{_cut(error.message, 200)}."


def _properties(schema: JsonObject) -> dict[str, JsonObject]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {name: part for name, part in properties.items() if isinstance(part, Mapping)}


def _required(schema: JsonObject) -> tuple[str, ...]:
    required = schema.get("required")
    return tuple(map(str, required)) if isinstance(required, list | tuple) else ()


def _types(schema: JsonObject) -> tuple[str, ...]:
    types = schema.get("type")
    if isinstance(types, str):
        return (types,)
    return tuple(map(str, types)) if isinstance(types, list) else ()


def _enum(schema: JsonObject) -> list[JsonValue]:
    enum = schema.get("enum")
    return list(enum) if isinstance(enum, list | tuple) else []


def _type_of(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {type(None): "null", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _type_text(schema: JsonObject) -> str:
    if enum := _enum(schema):
        return "|".join(_json(member) for member in enum)
    types = _types(schema)
    items = schema.get("items")
    if types == ("array",) and isinstance(items, Mapping):
        return f"array of {_type_text(items)}"
    return "|".join(types) or "any"


def _flat(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
