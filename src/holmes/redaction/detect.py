"""All detectors at once, and their findings made one list without overlaps."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from holmes.redaction.assigned import by_name
from holmes.redaction.formats import by_form
from holmes.redaction.found import Found
from holmes.redaction.places import by_place


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnPattern:
    """A user's own pattern; where it has a group, the first group is the secret."""

    name: str
    pattern: re.Pattern[str]

    def find(self, text: str) -> Iterator[Found]:
        """Every stretch that it matches, and that is not empty."""
        group = 1 if self.pattern.groups else 0
        for match in self.pattern.finditer(text):
            start, end = match.span(group)
            if end > start >= 0:
                yield Found(start, end, self.name)


def secrets_in(text: str, own: Sequence[OwnPattern] = ()) -> list[Found]:
    """Every secret in a text, in order; stretches that overlap are one, of the wider's kind."""
    found = [*by_form(text), *by_name(text), *by_place(text)]
    for pattern in own:
        found.extend(pattern.find(text))
    return merged(found)


def merged(found: Iterable[Found]) -> list[Found]:
    """In order and without overlaps; the kind is that of the widest of what was joined."""
    joined: list[Found] = []
    widest = 0
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if joined and item.start < joined[-1].end:
            last = joined[-1]
            kind = item.kind if item.end - item.start > widest else last.kind
            widest = max(widest, item.end - item.start)
            joined[-1] = Found(last.start, max(last.end, item.end), kind)
        else:
            joined.append(item)
            widest = item.end - item.start
    return joined
