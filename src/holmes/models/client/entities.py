"""Quotes that a server's template turned into HTML, turned back.

llama-cpp-python renders `chatml-function-calling` with jinja's autoescaping: the model reads
`{&#34;tool&#34;: &#34;…&#34;}` and writes what it read (0.3.36, 26 Nov 2026).
"""

import re

# The numbers are markupsafe's own and hardly anybody's else; the names are HTML's, and only mean
# what they escape in a text that has the numbers.
_NUMBERED = {"&#34;": '"', "&#39;": "'"}
_NAMED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join((*_NUMBERED, *_NAMED)))
_PARTIAL = re.compile(r"&[#\w]{0,3}\Z")


class EntityMender:
    """Mends the text of one reply piece by piece; what may be half an entity is held back."""

    def __init__(self) -> None:
        self._held = ""
        self._escaped = False

    def feed(self, text: str) -> str:
        """What can be told of the text so far."""
        if "&" not in text and not self._held:
            return text
        whole = self._held + text
        partial = _PARTIAL.search(whole)
        cut = partial.start() if partial else len(whole)
        self._held = whole[cut:]
        return self._mended(whole[:cut])

    def close(self) -> str:
        """The rest, which was no entity."""
        rest, self._held = self._held, ""
        return rest

    def _mended(self, text: str) -> str:
        self._escaped = self._escaped or any(entity in text for entity in _NUMBERED)
        if not self._escaped:
            return text
        return _ENTITY.sub(lambda found: (_NUMBERED | _NAMED)[found[0]], text)


def mended(text: str) -> str:
    """A whole text with its quotes turned back."""
    mender = EntityMender()
    return mender.feed(text) + mender.close()
