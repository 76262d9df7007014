"""A tool's definition as it came from outside, made short, closed and harmless.

A server's words are text of strangers: neutralised and cut. Of a schema what a call needs is kept:
references are put in place (one that points elsewhere would be fetched by a validator), titles,
examples, patterns and formats are the server's own business to check.
"""

import json
from collections.abc import Mapping
from typing import Any

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.redaction.untrusted import neutral
from holmes.tools.base import callable_name

MOST_OF_DESCRIPTION = 1000
"""Characters of a tool's description; of a parameter's, MOST_OF_PARAMETER."""

MOST_OF_PARAMETER = 240

_LARGEST = 8000  # characters of a schema as JSON; of a larger one the depths are left out
_DEPTHS = (8, 3, 1)
_MOST_CHOICES = 100
_NUMBERS = ("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength")
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def definition_of(name: str, description: str | None, schema: Mapping[str, Any]) -> ToolDefinition:
    """A definition for the model; its name has only characters that model servers take."""
    for depth in _DEPTHS:
        parameters = _Reader(schema).read(schema, depth)
        if len(json.dumps(parameters)) <= _LARGEST:
            break
    return ToolDefinition(
        name=callable_name(name),
        description=one_line(description or "", MOST_OF_DESCRIPTION),
        parameters={"properties": {}, **parameters, "type": "object"},
    )


def one_line(text: str, most: int) -> str:
    """Text of a server on one line, neutralised, and cut after so many characters."""
    said = " ".join(neutral(text[: 4 * most]).split())
    return said if len(said) <= most else f"{said[: most - 1]}…"


class _Reader:
    """Reads one schema, its own references included."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def read(self, schema: object, depth: int) -> dict[str, JsonValue]:
        """The part of a schema that a call needs, to that depth."""
        schema = self._resolved(schema)
        found: dict[str, JsonValue] = {}
        if said := schema.get("description"):
            found["description"] = one_line(str(said), MOST_OF_PARAMETER)
        if (kind := _type(schema.get("type"))) is not None:
            found["type"] = kind
        choices = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(choices, list) and len(choices) <= _MOST_CHOICES and _plain(choices):
            found["enum"] = choices
        found.update({key: schema[key] for key in _NUMBERS if _is_number(schema.get(key))})
        if depth > 0:
            self._read_parts(schema, depth - 1, found)
        return found

    def _read_parts(
        self, schema: Mapping[str, Any], depth: int, found: dict[str, JsonValue]
    ) -> None:
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            read = {k: self.read(v, depth) for k, v in properties.items() if _plain([k])}
            found["properties"] = dict[str, JsonValue](read)
            required = schema.get("required")
            needed: list[JsonValue] = [
                name for name in (required if isinstance(required, list) else ()) if name in read
            ]
            if needed:
                found["required"] = needed
        extra = schema.get("additionalProperties")
        if isinstance(extra, bool):
            found["additionalProperties"] = extra
        elif isinstance(extra, Mapping):
            found["additionalProperties"] = self.read(extra, depth)
        if isinstance(items := schema.get("items"), Mapping):
            found["items"] = self.read(items, depth)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(choices, list) and choices:
            self._read_choices(choices, depth, found)
        for part in schema.get("allOf") or ():
            found |= {k: v for k, v in self.read(part, depth).items() if k not in found}

    def _read_choices(self, choices: list[Any], depth: int, found: dict[str, JsonValue]) -> None:
        """One choice beside null is that choice: an argument that is not given is left out."""
        read = [self.read(each, depth) for each in choices]
        real = [each for each in read if each.get("type") != "null"]
        if len(real) == 1:
            found |= {**real[0], **found}
        else:
            found["anyOf"] = list[JsonValue](real)

    def _resolved(self, schema: object) -> Mapping[str, Any]:
        """A schema with a reference into its own document in place; any other leaves nothing."""
        for _ in range(10):
            if not isinstance(schema, Mapping):
                return {}
            reference = schema.get("$ref")
            if reference is None:
                return schema
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            there = self._at(str(reference))
            schema = {**there, **beside} if isinstance(there, Mapping) else beside
        return {}

    def _at(self, reference: str) -> object:
        if not reference.startswith("#/"):
            return None
        place: object = self._root
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            place = place.get(key) if isinstance(place, Mapping) else None
        return place


def _type(said: object) -> JsonValue:
    if isinstance(said, list):
        real = [each for each in said if each in _TYPES and each != "null"]
        return real[0] if len(real) == 1 else list[JsonValue](real) or None
    return said if isinstance(said, str) and said in _TYPES else None


def _plain(texts: list[Any]) -> bool:
    """Whether texts can be shown as they are: a name can't be changed, only left out."""
    return all(
        not isinstance(text, str) or (len(text) <= MOST_OF_PARAMETER and neutral(text) == text)
        for text in texts
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def without_nulls(arguments: JsonObject) -> dict[str, JsonValue]:
    """Arguments without those that say nothing."""
    return {key: value for key, value in arguments.items() if value is not None}
