"""Keeps `<think>…</think>` apart from the answer while both arrive in pieces."""

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

_OPEN, _CLOSE = "<think>", "</think>"
_TAG = re.compile(f"({_OPEN}|{_CLOSE})")

Piece: TypeAlias = tuple[Literal["content", "reasoning"], str]


@dataclass(slots=True)
class ThinkSplitter:
    """Splits a model's text into content and reasoning.

    Chat templates of DeepSeek-R1 and QwQ end the prompt with `<think>`, so that the reply holds
    only the closing tag: `reclassified` then turns true, and everything before it was reasoning.
    """

    reclassified: bool = False
    _content: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _thinking: bool = False
    _thought: bool = False
    _held: str = ""

    @property
    def content(self) -> str:
        """The answer so far."""
        return "".join(self._content)

    @property
    def reasoning(self) -> str:
        """The thinking so far."""
        return "".join(self._reasoning)

    @property
    def began(self) -> bool:
        """Whether there is any of either."""
        return bool(self._content or self._reasoning)

    def feed(self, text: str) -> list[Piece]:
        """Take the next text; return the pieces that are certain by now."""
        parts = _TAG.split(self._held + text)  # text, tag, text, …, text
        self._held = _may_begin_tag(parts[-1])
        parts[-1] = parts[-1].removesuffix(self._held)
        pieces: list[Piece] = []
        for number, part in enumerate(parts):
            if number % 2:
                self._switch(part)
            else:
                pieces += self._keep(part)
        return pieces

    def replace(self, content: str, reasoning: str) -> None:
        """Take these for what has arrived so far; what is held back is dropped."""
        self._content = [content] if content else []
        self._reasoning = [reasoning] if reasoning else []
        self._held = ""

    def close(self) -> list[Piece]:
        """No more text comes: what looked like the start of a tag was none."""
        held, self._held = self._held, ""
        return self._keep(held)

    def _switch(self, tag: str) -> None:
        if tag == _CLOSE and not self._thinking and not self._thought:
            self._reasoning, self._content = self._reasoning + self._content, []
            self.reclassified = True
        self._thinking = tag == _OPEN
        self._thought = True

    def _keep(self, text: str) -> list[Piece]:
        if not self._thinking and self._thought and not self._content:
            text = text.lstrip()  # the blank lines between the thinking and the answer
        if not text:
            return []
        if self._thinking:
            self._reasoning.append(text)
            return [("reasoning", text)]
        self._content.append(text)
        return [("content", text)]


def _may_begin_tag(text: str) -> str:
    """The end of a text that may be the beginning of a tag."""
    ends = (text[-length:] for length in range(min(len(_CLOSE) - 1, len(text)), 0, -1))
    return next((end for end in ends if _OPEN.startswith(end) or _CLOSE.startswith(end)), "")
