"""How well texts fit a query: BM25 over words and their beginnings, the house's one ranking.

Used for the choice of tools, of findings and of lines. Words are compared as they are, whatever
the language; a long word also counts by its beginning, so that "migration" finds "orders-migrate".
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

# The usual values of BM25; texts here are of like length, so that length counts for little.
_SATURATION = 1.2
_LENGTH = 0.5

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BEGINNINGS = (4, 5, 6)


def terms(text: str) -> list[str]:
    """The words of a text in lower case, each with its beginnings where it is long."""
    found: list[str] = []
    for word in _WORD.findall(_CAMEL.sub(" ", text).casefold()):
        found.append(word)
        found += [f"{word[:length]}-" for length in _BEGINNINGS if len(word) >= length]
    return found


class Ranking:
    """Texts, each as its `terms`, that queries are held against; all results go by their order."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        self._counts = [Counter(text) for text in texts]
        self._lengths = [counts.total() for counts in self._counts]
        self._average = sum(self._lengths) / max(1, len(self._lengths)) or 1.0
        self._holding = Counter(term for counts in self._counts for term in counts)

    def scores(self, query: Iterable[str]) -> list[float]:
        """For each text how well it fits the terms of a query; 0 where it shares none of them."""
        asked = {term: self._rarity(term) for term in query if term in self._holding}
        return [
            sum(rarity * self._weight(counts[term], length) for term, rarity in asked.items())
            for counts, length in zip(self._counts, self._lengths, strict=True)
        ]

    def best(self, query: Iterable[str], most: int) -> Sequence[int]:
        """The places of the texts that fit best, best first; none that shares no term."""
        scores = self.scores(query)
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        return [place for place in order[:most] if scores[place] > 0]

    def _rarity(self, term: str) -> float:
        holding = self._holding[term]
        return math.log(1 + (len(self._counts) - holding + 0.5) / (holding + 0.5))

    def _weight(self, count: int, length: int) -> float:
        spread = 1 - _LENGTH + _LENGTH * length / self._average
        return count * (_SATURATION + 1) / (count + _SATURATION * spread)
