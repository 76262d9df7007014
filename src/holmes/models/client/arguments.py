"""Reads the arguments of a tool call in every form that servers send them."""

import json
from dataclasses import dataclass, field

from holmes.core.messages import JsonObject
from holmes.models.client.json_reply import loads, mend, refuse_constant

_MAX_ENCODINGS = 3  # an object, in a string, in a string: seen from TGWUI after a round trip


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadArguments:
    """What was read: either `arguments`, or `error` saying why not; `raw` is the model's text."""

    arguments: JsonObject = field(default_factory=dict)
    raw: str = ""
    error: str = ""
    repaired: str = ""


def read_arguments(sent: object, *, cut_off: bool = False, mending: bool = True) -> ReadArguments:
    """Read arguments sent as an object, as JSON text, or as JSON text within JSON text.

    Nothing at all counts as no arguments. `cut_off` says that the reply ended at the token limit:
    then nothing is repaired, since closing a half-written value would change its meaning.
    """
    raw = sent if isinstance(sent, str) else "" if sent is None else encode(sent)
    if not raw.strip():
        return ReadArguments(raw=raw)
    try:
        value = _decode(raw)
    except ValueError as error:
        problem = f"not valid JSON: {_reason(error)}"
    else:
        if value is None or isinstance(value, dict):
            return ReadArguments(arguments=value or {}, raw=raw)
        problem = f"a JSON {_KINDS[type(value)]}, not an object"
    if cut_off:
        return ReadArguments(raw=raw, error=f"{problem} (the reply was cut off by the token limit)")
    mended = repair(raw) if mending else None
    if mended is None:
        return ReadArguments(raw=raw, error=problem)
    return ReadArguments(
        arguments=mended,
        raw=raw,
        repaired=f"The arguments were {problem}; read as {encode(mended)}.",
    )


def repair(text: str) -> JsonObject | None:
    """The object that broken JSON was meant to be, or None where that would be a guess."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value = mend(text[start:])
    except ValueError:
        return None
    return value if isinstance(value, dict) and value else None


def encode(value: object) -> str:
    """Compact JSON with its text readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_KINDS: dict[type, str] = {
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
}


def _decode(raw: str) -> object:
    value: object = raw
    for _ in range(_MAX_ENCODINGS):
        if not isinstance(value, str):
            break
        value = loads(value, parse_constant=refuse_constant) if value.strip() else None
    return value


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error)
