"""JSON bytes of whatever a model or a tool said."""

import json
import re

import msgspec

_BREAKS = re.compile("\x85|\u2028|\u2029".encode())


def encode(value: object) -> bytes:
    """The value as UTF-8; half a surrogate pair, which a tool's output can hold, becomes "?"."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace")


def sent_event(kind: str, data: object, number: int = 0) -> bytes:
    """One server-sent event.

    Line breaks of Unicode are spelled out: many clients split a stream at them, too, and would
    take the rest of a tool's output for the next field (httpx's iter_lines, 30 Nov 2026).
    """
    head = f"id: {number}\n" if number else ""
    text = _BREAKS.sub(lambda found: f"\\u{ord(found[0].decode()):04x}".encode(), encode(data))
    return f"{head}event: {kind}\ndata: ".encode() + text + b"\n\n"
