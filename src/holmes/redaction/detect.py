"""All detectors at once, and their findings made one list without overlaps."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from holmes.redaction.assigned import by_name
from holmes.redaction.encoded import encoded_runs, undressed, unescaped
from holmes.redaction.formats import by_form
from holmes.redaction.found import Found
from holmes.redaction.places import by_place
from holmes.redaction.values import is_scrambled

_LONG = 30
# The rest of a token that was broken at the end of a line stands alone on the next.
_REST = re.compile(r"[ \t]{0,4}\n[ \t]{0,60}(?P<rest>[\w.+/=-]{16,})(?=[\s\"']|\Z)")


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
    found = [item for pattern in own for item in pattern.find(text)]
    plain = None if text.isascii() else undressed(text)
    read = plain.text if plain else text
    seen = [*_in_plain(read)]
    for at, view in unescaped(read):
        for start, end, kind in _in_plain(view.text):
            first, last = view.original(start, end)
            seen.append(Found(at + first, at + last, kind))
    for start, end, decoded in encoded_runs(read):
        inside = next(_in_plain(decoded), None)
        if inside is not None:
            seen.append(Found(start, end, inside.kind))
    if plain:
        seen = [Found(*plain.original(item.start, item.end), item.kind) for item in seen]
    return merged([*found, *seen])


def _in_plain(text: str) -> Iterator[Found]:
    for item in (*by_form(text), *by_name(text)):
        rest = _REST.match(text, item.end) if item.end - item.start >= _LONG else None
        cut = rest is not None and is_scrambled(rest["rest"])
        yield Found(item.start, rest.end() if rest and cut else item.end, item.kind)
    yield from by_place(text)


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
