"""A text that words and values are looked up in: a result, or what the asker gave."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from holmes.core.quantities import Reading, plain, same, written

LARGE = 300_000
"""Characters; in a larger result a number is looked for as it is written, not read and compared."""

MOST_WORDS = 300
"""Words of a question that may name what it is about; what is longer holds a file or a log."""

_UNQUOTED = str.maketrans("", "", "\"'`\\")


def folded(text: str) -> str:
    """A text as quotations are compared: without quotes, backslashes, case and line breaks."""
    return " ".join(text.translate(_UNQUOTED).casefold().split())


def contains(text: str, part: str, inside: str = "_") -> bool:
    """Whether a part stands in a text with nothing of a word at either end."""
    at = text.find(part)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(part) : at + len(part) + 1]
        ends = not (after.isalnum() or (after and after in inside)) or not part[-1:].isalnum()
        starts = not (before.isalnum() or (before and before in inside)) or not part[:1].isalnum()
        if ends and starts:
            return True
        at = text.find(part, at + 1)
    return False


class Held:
    """One text, whole."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lower = text.casefold()

    @cached_property
    def digest(self) -> str:
        """The whole text, for quotations."""
        return folded(self.text)

    def _readings(self) -> Iterator[Reading]:
        raise NotImplementedError

    @cached_property
    def _values(self) -> Mapping[str, list[float]]:
        found: dict[str, set[float]] = defaultdict(set)
        for reading in self._readings():
            found[reading.dimension].add(reading.value)
        return {dimension: sorted(values) for dimension, values in found.items()}

    def holds(self, said: Sequence[Reading], text: str) -> bool:
        """Whether a number, written as `text`, stands anywhere in it, as it is rounded."""
        if len(self.text) > LARGE:
            number = text.rstrip("%BKMGTPikmnsuµμhd ")
            return any(contains(self.lower, n) for n in {number, number.replace(",", ".")})
        for reading in said:
            values = self._values.get(reading.dimension, [])
            slack = max(reading.place, abs(reading.value) * 0.03)
            at = bisect_left(values, reading.value - slack)
            while at < len(values) and values[at] <= reading.value + slack:
                if same(reading, values[at]):
                    return True
                at += 1
        return False


class Given(Held):
    """What the asker gave, or an answer proposes: told, not looked up.

    `words` are those that may name what it is about, once each.
    """

    def __init__(self, text: str) -> None:
        super().__init__(plain(text))
        words = text.split()
        stripped = (word.strip(".,:;?!()'\"`") for word in words)
        self.words = tuple(dict.fromkeys(stripped)) if len(words) <= MOST_WORDS else ()

    def _readings(self) -> Iterator[Reading]:
        return (reading for quantity in written(self.lower) for reading in quantity.readings)
