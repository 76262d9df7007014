"""What real servers put into the contents of their replies."""

import json

from wire.recorded import conversations


def captured_contents(set_up: str) -> dict[str, str]:
    """The contents of whole (not streamed) replies of a server set-up, by case."""
    contents: dict[str, str] = {}
    for exchange in conversations(set_up):
        try:
            reply = json.loads(exchange.body)
        except ValueError:
            continue
        if isinstance(reply, dict) and reply.get("choices"):
            message = reply["choices"][0].get("message", {})
            contents[exchange.name] = message.get("content") or ""
    return contents
