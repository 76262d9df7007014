r"""Decodes the JSON that servers and models write.

A lone half of a surrogate pair (`"\ud83d"`, where a server cuts an emoji in two) is valid JSON,
but text that can't be encoded: printing it, writing it to a file or sending it back would fail.
It becomes U+FFFD as soon as it is read.
"""

import json
import re
from collections.abc import Callable
from typing import Any

_HALVES = re.compile("[\ud800-\udfff]")


def loads(text: str | bytes, *, parse_constant: Callable[[str], Any] | None = None) -> object:
    """Decode one JSON document; ValueError for anything else, endless nesting included."""
    try:
        value: object = json.loads(text, parse_constant=parse_constant)
        halves = b"\\ud" in text.lower() if isinstance(text, bytes) else "\\ud" in text.lower()
        return whole(value) if halves else value
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def whole(value: Any) -> Any:  # noqa: ANN401  # any JSON in, the same out
    """The value without halves of surrogate pairs, in keys as well; RecursionError if too deep."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {whole(key): whole(part) for key, part in value.items()}
    return [whole(part) for part in value] if isinstance(value, list) else value
