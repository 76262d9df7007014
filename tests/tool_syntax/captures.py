"""Replies captured from real servers on 24 Nov 2026, kept beside this checkout."""

import json
from pathlib import Path

WIRE = (Path(__file__).parents[2] / "../shared/wire").resolve()


def captured_contents(name: str) -> dict[str, str]:
    """The contents of whole (not streamed) replies in a capture, by case."""
    contents: dict[str, str] = {}
    for block in (WIRE / name).read_text().split("### ")[1:]:
        head, _, body = block.partition("\n")
        try:
            reply = json.loads(body)
        except ValueError:
            continue
        if isinstance(reply, dict) and reply.get("choices"):
            message = reply["choices"][0].get("message", {})
            contents[head.split(" ")[0]] = message.get("content") or ""
    return contents
