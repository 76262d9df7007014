"""JSON bytes of whatever a model or a tool said."""

import json

import msgspec


def encode(value: object) -> bytes:
    """The value as UTF-8; half a surrogate pair, which a tool's output can hold, becomes "?"."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace")


def sent_event(kind: str, data: object, number: int = 0) -> bytes:
    """One server-sent event."""
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: ".encode() + encode(data) + b"\n\n"
