"""Tool calls as text, in whatever syntax a model family writes them.

    parse(text, tools)          a whole reply to content and calls, in whatever syntax
    StreamFilter(tools)         the same while the reply is being written
    prompt(tools)               teaches a model without native tools one syntax
    render_call, render_result  write history as text, for servers that refuse the tool role
    action_schema               holds a server to one call

A new syntax is one new module here with a `SYNTAX` or `SYNTAXES`; what they share is in `core`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holmes.models.tool_syntax.core.parse import Parsed, StreamFilter, parse
    from holmes.models.tool_syntax.core.prompt import (
        action_schema,
        prompt,
        render_call,
        render_result,
    )

__all__ = [
    "Parsed",
    "StreamFilter",
    "action_schema",
    "parse",
    "prompt",
    "render_call",
    "render_result",
]

_PLACES = {
    **dict.fromkeys(("Parsed", "StreamFilter", "parse"), "parse"),
    **dict.fromkeys(("action_schema", "prompt", "render_call", "render_result"), "prompt"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562)
    """Loaded when a reply is read: `holmes ask` sends its first request without all of this."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.core.{_PLACES[name]}"), name)
