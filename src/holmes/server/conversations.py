"""Clients that send the whole conversation each time, and the investigations that it belongs to."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from holmes.core.messages import Image
from holmes.redaction.placeholders import without_forged
from holmes.redaction.untrusted import neutral
from holmes.server.desk import Desk, Question
from holmes.server.problems import NotFound, Unreadable
from holmes.server.run import Run

_REMEMBERED = 1000

_OF_IMAGES = ("http://", "https://", "data:image/")
_DETAILS = ("", "low", "high", "auto")
_SPACE = re.compile(r"[\s\x00-\x1f\ud800-\udfff]")
_BOTH_SIDES = ("user", "assistant")  # a tuple: a role may be anything, also unhashable

Said = Mapping[str, Any]
"""One message as the protocol of chat completions has it."""


class Conversations:
    """Goes on with an investigation where the messages are the ones that it gave out.

    Any other history, an edited one for instance, goes with the question as what it is: text that
    somebody else wrote down. So does the same one where another model or cluster is meant: who is
    told the same in two clusters has found two things.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: OrderedDict[tuple[str, str, str], tuple[str, int]] = OrderedDict()

    async def ask(self, asked: Question, earlier: Sequence[Said]) -> Run:
        """Ask a question that comes after these messages."""
        if name := await self._going_on(asked, earlier):
            return await self._desk.go_on(name, asked)
        if attached := _attached(earlier):
            asked = replace(asked, text=f"{asked.text}\n\n{attached}")
        return await self._desk.begin(asked)

    def remember(self, messages: Sequence[Said], run: Run) -> None:
        """These messages, the answer included, are this run's."""
        place = (_digest(messages), run.model, run.cluster)
        self._known[place] = (run.id, len(run.questions))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _going_on(self, asked: Question, earlier: Sequence[Said]) -> str:
        place = self._desk.runtimes.targets.meant(asked.model, asked.cluster)
        name, turns = self._known.get((_digest(earlier), *place), ("", 0))
        if not name:
            return ""
        try:
            record = await self._desk.find(name)
        except NotFound:
            return ""  # pruned, or never recorded
        # Where there are more, somebody went on from here before, and elsewhere.
        return "" if record.busy or len(record.questions) != turns else name


def text_of(message: Said) -> str:
    """The words of a message; Unreadable where it is none, or holds more than words and images."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for part in content if isinstance(content, list) else [None]:
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str):
            texts.append(text)
        elif not (isinstance(part, dict) and part.get("type") == "image_url"):
            raise Unreadable("A message holds something that is neither text nor an image.")
    return "\n".join(texts)


def images_of(message: Said) -> tuple[Image, ...]:
    """The images of a message, whose words can be read."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return images(
        part.get("image_url") for part in parts if isinstance(part, dict) and "text" not in part
    )


def images(given: Iterable[Any]) -> tuple[Image, ...]:
    """Images as clients name them: an address, a data URI, or an object with `url` and `detail`."""
    found: list[Image] = []
    for each in given:
        said = each if isinstance(each, dict) else {"url": each}
        url, detail = said.get("url"), said.get("detail") or ""
        if not isinstance(url, str) or not url.startswith(_OF_IMAGES) or _SPACE.search(url):
            raise Unreadable("An image is neither an http(s) address nor a data:image/ URI.")
        if detail not in _DETAILS:
            raise Unreadable("The detail of an image is none of low, high, auto.")
        found.append(Image(url=url, detail=detail))
    return tuple(found)


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
