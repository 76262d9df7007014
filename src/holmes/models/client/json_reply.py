r"""Decodes the JSON that servers and models write, and mends it where that is sure.

A lone half of a surrogate pair (`"\ud83d"`, where a server cuts an emoji in two) is valid JSON,
but text that can't be encoded: printing it, writing it to a file or sending it back would fail.
It becomes U+FFFD as soon as it is read.
"""

import json
import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any

MAX_DEPTH = 64
"""Levels of nesting: whoever reads or writes it again later must not run out of stack."""

MAX_MENDED = 1_000
"""Characters of broken JSON that are mended: json_repair takes up to 0.3 s for them, and the square
of it for more (0.62, Nov 2026)."""

MAX_REPLY_MENDED = 8_000
"""Characters of a whole reply in which anything is mended."""

_HALVES = re.compile("[\ud800-\udfff]")
_NO_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[^\[\]{}"]++', re.DOTALL)
_LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1}


def loads(text: str | bytes, *, parse_constant: Callable[[str], Any] | None = None) -> object:
    """Decode one JSON document; ValueError for anything else, deep nesting included."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    if depth(text) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    value: object = json.loads(text, parse_constant=parse_constant)
    return whole(value) if "\\ud" in text.lower() else value


def depth(text: str) -> int:
    """How deeply JSON is nested, exact only where there are many brackets."""
    opened = text.count("[") + text.count("{")
    if opened <= MAX_DEPTH:
        return opened
    return max(accumulate(map(_LEVELS.__getitem__, _NO_BRACKETS.sub("", text))), default=0)


def whole(value: Any) -> Any:  # noqa: ANN401  # any JSON in, the same out
    """The value without halves of surrogate pairs, in keys as well."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {whole(key): whole(part) for key, part in value.items()}
    return [whole(part) for part in value] if isinstance(value, list) else value


def mend(text: str) -> object:
    """What broken JSON was meant to be; ValueError where it is too long or deep to be told."""
    if len(text) > MAX_MENDED or text.count("[") + text.count("{") > MAX_DEPTH:
        raise ValueError("too long to be mended")
    from json_repair import repair_json  # noqa: PLC0415 - only broken JSON needs it

    try:
        return loads(repair_json(text, skip_json_loads=True), parse_constant=refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def refuse_constant(constant: str) -> Any:  # noqa: ANN401  # never returns
    """Refuse NaN and Infinity, which Python reads and other parsers (and chat templates) do not."""
    raise ValueError(f'"{constant}" is not a JSON value')
