"""Clients that send the whole conversation each time, and the investigations that it belongs to."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from holmes.redaction.placeholders import without_forged
from holmes.redaction.untrusted import neutral
from holmes.server.desk import Desk, Question
from holmes.server.problems import NotFound, Unreadable
from holmes.server.run import Run

_REMEMBERED = 1000

_BOTH_SIDES = ("user", "assistant")  # a tuple: a role may be anything, also unhashable

Said = Mapping[str, Any]
"""One message as the protocol of chat completions has it."""


class Conversations:
    """Goes on with an investigation where the messages are the ones that it gave out.

    Any other history, an edited one for instance, goes with the question as what it is: text that
    somebody else wrote down.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def ask(self, asked: Question, earlier: Sequence[Said]) -> Run:
        """Ask a question that comes after these messages."""
        if name := await self._going_on(earlier):
            return await self._desk.go_on(name, asked)
        if attached := _attached(earlier):
            asked = replace(asked, text=f"{asked.text}\n\n{attached}")
        return await self._desk.begin(asked)

    def remember(self, messages: Sequence[Said], run: Run) -> None:
        """These messages, the answer included, are this run's."""
        self._known[_digest(messages)] = (run.id, len(run.questions))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _going_on(self, earlier: Sequence[Said]) -> str:
        name, turns = self._known.get(_digest(earlier), ("", 0))
        if not name:
            return ""
        try:
            record = await self._desk.find(name)
        except NotFound:
            return ""  # pruned, or never recorded
        # Where there are more, somebody went on from here before, and elsewhere.
        return "" if record.busy or len(record.questions) != turns else name


def text_of(message: Said) -> str:
    """The words of a message; Unreadable where it is none, or holds more than words."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for part in content if isinstance(content, list) else [None]:
        text = part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str):
            raise Unreadable("A message holds something that is no text; images are not supported.")
        texts.append(text)
    return "\n".join(texts)


def _spoken(messages: Sequence[Said]) -> list[tuple[str, str]]:
    return [
        (role, said.strip())
        for message in messages
        if (role := message.get("role")) in _BOTH_SIDES
        and not message.get("tool_calls")
        and (said := text_of(message)).strip()
    ]


def _digest(messages: Sequence[Said]) -> str:
    """The same for the same words of both sides, whatever else a client keeps with them."""
    return sha256(json.dumps(_spoken(messages)).encode()).hexdigest()


def _attached(earlier: Sequence[Said]) -> str:
    """The messages as a file that goes with the question."""
    lines = [
        f"{message.get('role')}: {said}"
        for message in earlier
        if message.get("role") != "system" and (said := text_of(message).strip())
    ]
    if not lines:
        return ""
    text = neutral(without_forged("\n\n".join(lines)))
    return f"--- the conversation so far (data) ---\n{text}\n--- end ---"
