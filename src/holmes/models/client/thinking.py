"""Keeps `<think>…</think>` apart from the answer while both arrive in pieces."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

_OPEN, _CLOSE = "<think>", "</think>"

Piece: TypeAlias = tuple[Literal["content", "reasoning"], str]


@dataclass(slots=True)
class ThinkSplitter:
    """Splits a model's text into content and reasoning.

    Chat templates of DeepSeek-R1 and QwQ end the prompt with `<think>`, so that the reply holds
    only the closing tag: `reclassified` then turns true, and everything before it was reasoning.
    """

    content: str = ""
    reasoning: str = ""
    reclassified: bool = False
    _thinking: bool = False
    _thought: bool = False
    _held: str = ""

    def feed(self, text: str) -> list[Piece]:
        """Take the next text; return the pieces that are certain by now."""
        pieces: list[Piece] = []
        rest = self._held + text
        self._held = ""
        while rest:
            tag, before, after = self._next_tag(rest)
            pieces += self._keep(before)
            if tag:
                self._switch(tag)
            rest = after
        return pieces

    def replace(self, content: str, reasoning: str) -> None:
        """Take these for what has arrived so far; what is held back is dropped."""
        self.content, self.reasoning, self._held = content, reasoning, ""

    def close(self) -> list[Piece]:
        """No more text comes: what looked like the start of a tag was none."""
        held, self._held = self._held, ""
        return self._keep(held)

    def _next_tag(self, text: str) -> tuple[str, str, str]:
        """The first tag in the text, what stands before it and what comes after it."""
        found = [(text.find(tag), tag) for tag in (_OPEN, _CLOSE) if tag in text]
        if found:
            position, tag = min(found)
            return tag, text[:position], text[position + len(tag) :]
        for length in range(min(len(_CLOSE) - 1, len(text)), 0, -1):
            if _OPEN.startswith(text[-length:]) or _CLOSE.startswith(text[-length:]):
                self._held = text[-length:]
                return "", text[:-length], ""
        return "", text, ""

    def _switch(self, tag: str) -> None:
        if tag == _CLOSE and not self._thinking and not self._thought:
            self.reasoning, self.content = self.reasoning + self.content, ""
            self.reclassified = True
        self._thinking = tag == _OPEN
        self._thought = True

    def _keep(self, text: str) -> list[Piece]:
        if self._thinking:
            self.reasoning += text
            return [("reasoning", text)] if text else []
        if self._thought and not self.content:
            text = text.lstrip()  # the blank lines between the thinking and the answer
        self.content += text
        return [("content", text)] if text else []
