"""Textual tool-call syntaxes, one file each: prompt, parser and renderers together.

    parse(text, tools)          a whole reply to content and calls, in whatever syntax
    StreamFilter(tools)         the same while the reply is being written
    prompt(tools)               teaches a model without native tools the default syntax
    render_call, render_result  write history as text, for servers that refuse the tool role
    action_schema               holds a server to one call

A new syntax is one new module here with a `SYNTAX`; what they share is in `core`.
"""

from holmes.models.tool_syntax.core.constraint import action_schema
from holmes.models.tool_syntax.core.parse import Parsed, StreamFilter, parse
from holmes.models.tool_syntax.core.prompt import prompt, render_call, render_result

__all__ = [
    "Parsed",
    "StreamFilter",
    "action_schema",
    "parse",
    "prompt",
    "render_call",
    "render_result",
]
