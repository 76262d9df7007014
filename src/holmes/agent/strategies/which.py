"""Which findings a question is about, where its names leave that open: the model chooses.

It is asked twice, the second time with the list turned round. A small model prefers places in a
list; what it chooses in both orders it chose for what it says.
"""

import re
from collections.abc import Sequence

import anyio

from holmes.agent.conversation import Conversation
from holmes.core.finding import Finding
from holmes.core.messages import JsonObject, SystemMessage, UserMessage

MOST_CHOSEN = 3

_ASKED = (
    "Each numbered line is a fact about a system. Answer with the numbers of the lines that the "
    f"question is about, {MOST_CHOSEN} at most; answer 0 if it is about none of them in particular."
)
_MOST_CHARS = 600  # of a question; what comes with it is data
_CAUSE_CHARS = 120
_SYMPTOM_CHARS = 80
_MOST_TOKENS = 24


async def chosen(talk: Conversation, options: Sequence[str]) -> tuple[int, ...]:
    """The places of the options that the question is about; none where the model is not sure."""
    with anyio.move_on_after(talk.seconds_left / 2):
        first = await _ask(talk, options)
        if first:
            again = {len(options) - 1 - place for place in await _ask(talk, options[::-1])}
            return tuple(place for place in first if place in again)
    return ()


def option(finding: Finding) -> str:
    """A finding as a line of the list: what is wrong, and the last thing that comes of it."""
    symptom = f" … {finding.chain[-1][:_SYMPTOM_CHARS]}" if len(finding.chain) > 1 else ""
    return f"{finding.summary[:_CAUSE_CHARS]}{symptom}"


async def _ask(talk: Conversation, options: Sequence[str]) -> tuple[int, ...]:
    lines = (f"{n}. {each}" for n, each in enumerate(options, start=1))
    listed = "\n".join(lines)
    asked = f"{listed}\n\nQuestion: {talk.question[:_MOST_CHARS]}\nNumbers:"
    messages = (SystemMessage(content=_ASKED), UserMessage(content=asked))
    said = await talk.ask_aside(messages, _MOST_TOKENS, form=_form(len(options)))
    numbers = dict.fromkeys(int(match) for match in re.findall(r"\d{1,3}", said))
    return tuple(n - 1 for n in numbers if 1 <= n <= len(options))[:MOST_CHOSEN]


def _form(options: int) -> JsonObject:
    """JSON that holds numbers of the list, and nothing else."""
    listed: JsonObject = {
        "type": "array",
        "items": {"type": "integer", "enum": [*range(options + 1)]},
        "minItems": 1,
        "maxItems": MOST_CHOSEN,
    }
    return {
        "type": "object",
        "properties": {"numbers": dict(listed)},
        "required": ["numbers"],
        "additionalProperties": False,
    }
