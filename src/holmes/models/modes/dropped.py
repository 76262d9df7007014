"""Whether a server took tools, or their results, out of the prompt without a word, by its count.

llama-cpp-python's `chatml-function-calling` has no place in its template for the role `tool`: it
counted 291 tokens for 3,000 characters, and the 0.5B answered from nothing (0.3.36, 26 Nov 2026).
FastChat, which drops tools, counted 26 for a question and three tools (0.2.36, 24 Nov 2026).
"""

import json

from holmes.core.messages import ToolMessage
from holmes.models.base import ModelRequest

# Characters of one token at least and at most: prose has 3 to 5, tables of blanks up to 8.
_DENSE = 2.5
_SPARSE = 8.0
# Below that a template's own words would blur the count.
_LEAST = 1000
# Tokens of a template's own words: Qwen2.5 puts a system message of 21 before a conversation.
_TEMPLATE = 50


def results_dropped(request: ModelRequest, prompt_tokens: int | None) -> bool:
    """Whether the tokens that the server counted are too few to hold the results.

    Only where results make up a good part of what was sent, and the rest of it is enough to explain
    the count; False where the server counts nothing.
    """
    results = sum(len(m.content) for m in request.messages if isinstance(m, ToolMessage))
    rest = sum(len(m.content) for m in request.messages if not isinstance(m, ToolMessage))
    if not prompt_tokens or results < _LEAST:
        return False
    return prompt_tokens < (results + rest) / _SPARSE and prompt_tokens < rest / _DENSE


def tools_dropped(request: ModelRequest, prompt_tokens: int | None) -> bool:
    """Whether they are too few to hold the tools, and the words alone explain the count."""
    said = sum(len(message.content) for message in request.messages)
    tools = sum(len(tool.description) + len(json.dumps(tool.parameters)) for tool in request.tools)
    if not prompt_tokens:
        return False
    return prompt_tokens < (said + tools) / _SPARSE and prompt_tokens < said / _DENSE + _TEMPLATE
