"""What of a conversation is given up first where it has outgrown the window.

Old results shrink to the lines that later messages speak of, the oldest first; then to their heads;
then the results that nobody has read yet; then the question. The first line of a result, with its
number and command, stays always: a citation never points at nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from holmes.agent.excerpts.excerpt import excerpt
from holmes.core.messages import (
    AssistantMessage,
    Message,
    ToolMessage,
    UserMessage,
)

SHRUNK = "[shortened to save room; the whole output stays on record]"

_CITED = 600  # characters of an old result that later messages speak of
_NEW = (1600, 700, 250)  # characters of a result that nobody has read yet
_HEAD = 400  # characters of a result's first line: a command can be long
_QUESTION = (1200, 400)
# Names, numbers, versions: words that say which line was meant; the last that were said.
_WORD = re.compile(r"[\w./:-]+")
_SPECIFIC = re.compile(r"[\d_./:A-Z-]")
_LONGEST_WORD, _MOST_WORDS = 200, 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """One message to shorten to `keep` characters; `old` where a reply came after it."""

    index: int
    keep: int
    old: bool = False


class Fits(Protocol):
    """Whether a conversation fits, now or for the next steps as well."""

    def __call__(self, candidate: Sequence[Message], *, for_a_while: bool) -> bool:
        """Estimate it."""


def shrink(messages: Sequence[Message], fits: Fits, question: str = "") -> list[Message]:
    """The conversation, shortened as far as it takes, or as far as it goes."""
    shrunk = list(messages)
    for step in _steps(messages):
        if fits(shrunk, for_a_while=step.old):
            break
        shrunk[step.index] = _shortened(shrunk, step, question)
    return shrunk


def _steps(messages: Sequence[Message]) -> Iterator[_Step]:
    last = max((i for i, m in enumerate(messages) if isinstance(m, AssistantMessage)), default=0)
    results = [i for i, m in enumerate(messages) if isinstance(m, ToolMessage)]
    yield from (_Step(index=i, keep=_CITED, old=True) for i in results if i < last)
    yield from (_Step(index=i, keep=0) for i in results if i < last)
    for keep in _NEW:
        yield from (_Step(index=i, keep=keep) for i in results if i > last)
    asked = [i for i, m in enumerate(messages) if isinstance(m, UserMessage)]
    for keep in _QUESTION:
        yield from (_Step(index=i, keep=keep) for i in asked)


def specifics(text: str) -> list[str]:
    """The words of a text that say which thing is meant: names, numbers, versions."""
    said = (word.strip(".:-") for word in _WORD.findall(text) if len(word) <= _LONGEST_WORD)
    return [word for word in said if len(word) > 3 and _SPECIFIC.search(word, 1)]


def cited_lines(text: str, later: str) -> list[str]:
    """The lines of a result that hold a name or number that stands in `later`, but not in most."""
    lines = text.splitlines()
    words = list(dict.fromkeys(specifics(later)))[-_MOST_WORDS:]
    telling = [word for word in words if 0 < sum(word in line for line in lines) <= 3]
    return [line for line in lines if any(word in line for word in telling)]


def _shortened(messages: Sequence[Message], step: _Step, question: str) -> Message:
    message = messages[step.index]
    if isinstance(message, UserMessage):
        return replace(message, content=excerpt(message.content, step.keep))
    if not isinstance(message, ToolMessage):
        return message
    head, _, body = message.content.partition("\n")
    from holmes.agent.excerpts.selection import shortened  # noqa: PLC0415  # only once it is full

    head = shortened(head, _HEAD)
    body = body.removesuffix(SHRUNK).rstrip("\n")
    if step.old:
        body = "\n".join(cited_lines(body, _said_after(messages, step.index)))
    kept = excerpt(body, step.keep, question) if step.keep else ""
    content = "\n".join(part for part in (head, kept, SHRUNK) if part)
    return replace(message, content=content) if len(content) < len(message.content) else message


def _said_after(messages: Sequence[Message], index: int) -> str:
    said = []
    for message in messages[index + 1 :]:
        if isinstance(message, AssistantMessage):
            said.append(message.content)
            said += [call.raw_arguments or str(call.arguments) for call in message.tool_calls]
    return "\n".join(said)
