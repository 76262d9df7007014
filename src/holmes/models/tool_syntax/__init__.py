"""Tool calls as text, in whatever syntax a model family writes them.

    parse(text, tools)          a whole reply to content and calls, in whatever syntax
    StreamFilter(tools)         the same while the reply is being written
    prompt(tools)               teaches a model without native tools one syntax
    render_call, render_result  write history as text, for servers that refuse the tool role
    action_schema               holds a server to one call

A new syntax is one new module here with a `SYNTAX` or `SYNTAXES`; what they share is in `core`.
"""

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
