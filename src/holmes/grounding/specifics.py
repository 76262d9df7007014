"""What of an answer can be looked up: names, images, quotations, times, quantities."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from holmes.core.markdown import Block, code_spans
from holmes.core.quantities import Quantity, clocks, written
from holmes.grounding.sources import SAFE

Kind: TypeAlias = Literal[
    "pod", "uid", "image", "address", "version", "name", "word", "setting", "quote",
    "time", "date", "ratio", "quantity",
]  # fmt: skip

# The hash of a template and five letters, or those letters with a digit, as no word has them.
_POD = (
    rf"[a-z0-9][a-z0-9.-]{{0,240}}-"
    rf"(?:[{SAFE}]{{6,10}}-[{SAFE}]{{5}}|(?=[{SAFE}]{{0,4}}\d)[{SAFE}]{{5}})"
)
_SHAPES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("uid", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("pod", re.compile(_POD)),
    ("pod", re.compile(r"[a-z0-9.-]{0,240}(?:…|\.\.\.)-?[a-z0-9-]{3,60}")),
    ("address", re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?")),
    ("version", re.compile(r"v?\d{1,6}(?:\.\d{1,6}){2,4}(?:[-+][\w.-]+)?")),
    (
        "image",
        re.compile(
            r"(?:[\w-]+(?:\.[\w-]+)+(?::\d+)?/)?[a-z0-9][\w-]*(?:[./][\w-]+)*"
            r"(?::v?\d+(?:\.[\w-]+)+|:v?\d[\w.]*-[\w.-]+|@sha256:[0-9a-f]{8,64})"
        ),
    ),
    ("name", re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)*[-/][a-z0-9]+(?:[-./][a-z0-9]+)*")),
)
LONGEST_NAME = 400
LONGEST_PART = 5000
"""Characters of a sentence or cell that are read."""
_SETTING = re.compile(r"(?<![\w.-])([\w.-]+(?:/[\w.-]+)?)(?: ?= ?|: ?)([^\s/]\S{0,200})")
_TOKEN = re.compile(r"[A-Za-z0-9…][\w…-]*(?:[./:=@][\w…-]+)*")
_WORD = re.compile(r"[A-Za-z/][\w:/-]*[A-Za-z]")
_STRONG = re.compile(r"\*\*([a-z0-9-]{3,253})\*\*")
_QUOTE = re.compile(
    '"([^"\n]{3,600})"|“([^”\n]{3,600})”|„([^“”\n]{3,600})[“”]|«([^»\n]{3,600})»|「([^」\n]{3,600})」'
)
# A day and a month alone are told by a full stop in mid-sentence, or by the time behind them.
_DATE = re.compile(
    r"(?<![\d.])(?:\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}|\d{1,2}\.? [^\W\d]{3,12}\.? 20\d\d"
    r"|\d\d\.\d\d\.(?=[,;)]| [a-z\d(])|\d\d/\d\d(?=,? \d\d?:\d\d))(?!\d)"
)
# A number with a word hung on to it (182-fach), and a rate (requests/s).
_NO_NAME = re.compile(r"\d+-[a-z]+|\w+/(?:s|min|h|d)")
_RATIO = re.compile(r"(?<![\w./:-])\d{1,5}/\d{1,5}(?![\w/]|\.\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One specific where it stands.

    part     the sentence or cell of its block
    code     whether it stands in backticks
    seconds  of a time of day, and what it is `exact` to
    """

    kind: Kind
    text: str
    start: int
    block: Block
    part: int = 0
    code: bool = False
    quantity: Quantity | None = None
    seconds: float = 0
    exact: int = 1

    @property
    def end(self) -> int:
        """Where it ends in the answer."""
        return self.start + len(self.text)

    @property
    def short(self) -> bool:
        """Whether it is an abbreviated name."""
        return self.kind == "pod" and ("…" in self.text or "..." in self.text)


def spots(text: str, block: Block, most: int) -> list[Spot]:
    """The first specifics of a block, in order; `text` is the whole answer as it is read."""
    parts = (
        _Part(text[start : min(end, start + LONGEST_PART)], start, block, index)
        for index, (start, end) in enumerate(block.parts)
    )
    found = islice((spot for part in parts for spot in part.spots()), most)
    return sorted(found, key=lambda spot: spot.start)


def is_command(text: str) -> bool:
    """Whether a text has the shape of a command line: a program, and what it is handed.

    A line of a log ends words in punctuation, a command does not; one of lower-case words alone
    could be either, and is left in peace.
    """
    words = text.split()
    if len(words) < 2 or not re.fullmatch(r"[a-z][\w.-]*", words[0]):
        return False
    if any(word[-1] in ":," for word in words):
        return False
    plain = len(words) <= 4 and all(re.fullmatch(r"[a-z][\w-]*", word) for word in words)
    return plain or any(re.match(r"-{1,2}[A-Za-z]|\w+/|\w+=|[<$|]", word) for word in words[1:])


def _kind(token: str) -> Kind | None:
    """What a token is by its shape, if it is an identifier."""
    if len(token) > LONGEST_NAME:
        return None
    return next((kind for kind, pattern in _SHAPES if pattern.fullmatch(token)), None)


class _Part:
    """One sentence or cell; what was read is blanked out."""

    def __init__(self, text: str, offset: int, block: Block, part: int) -> None:
        self._text, self._offset, self._block, self._part = text, offset, block, part
        self._left = list(text)

    def spots(self) -> Iterator[Spot]:
        """Its specifics."""
        cell = self._text.strip(" *_~")
        if self._block.form in {"row", "head"} and _WORD.fullmatch(cell):
            at = self._text.index(cell)
            yield self._spot("word", at, at + len(cell))
        for start, end in code_spans(self._text, 0, len(self._text)):
            yield from self._code(start, end)
            self._blank(start - 1, end + 1)
        for match in _STRONG.finditer(self._rest()):
            if "-" in match[1] and not _NO_NAME.fullmatch(match[1]):
                yield from self._code(*match.span(1))
                self._blank(*match.span())
        for match in _QUOTE.finditer(self._rest()):
            group = match.lastindex or 0
            if " " in match[group].strip():
                yield self._spot("quote", *match.span(group))
                self._blank(*match.span())
        yield from self._prose(0, len(self._text))

    def _rest(self) -> str:
        return "".join(self._left)

    def _blank(self, start: int, end: int) -> None:
        self._left[start:end] = " " * (end - start)

    def _spot(self, kind: Kind, start: int, end: int, *, code: bool = False) -> Spot:
        return Spot(
            kind=kind, text=self._text[start:end], start=self._offset + start, block=self._block,
            part=self._part, code=code,
        )  # fmt: skip

    def _code(self, start: int, end: int) -> Iterator[Spot]:
        """What a code span is; one of several words that is no command is a quotation."""
        inner = self._text[start:end]
        kind = _kind(inner)
        if kind is None and _SETTING.fullmatch(inner):
            kind = "setting"
        if kind is None and " " in inner and not is_command(inner):
            kind = "quote"
        if kind is None and " " not in inner:
            prose = [spot for spot in self._prose(start, end) if spot.text == inner]
            if prose:
                yield from prose
                return
            kind = "word"
        if kind is not None:
            yield self._spot(kind, start, end, code=True)

    def _prose(self, start: int, end: int) -> Iterator[Spot]:
        """Identifiers, times and quantities outside of code."""
        part = _Part(self._text[start:end], self._offset + start, self._block, self._part)
        part._left = self._left[start:end]
        yield from part._values()

    def _values(self) -> Iterator[Spot]:
        for match in _DATE.finditer(self._rest()):
            yield self._spot("date", *match.span())
            self._blank(*match.span())
        for start, end, seconds, exact in list(clocks(self._rest())):
            yield Spot(
                kind="time", text=self._text[start:end], start=self._offset + start,
                block=self._block, part=self._part, seconds=seconds, exact=exact,
            )  # fmt: skip
            self._blank(start, end)
        for match in _RATIO.finditer(self._rest()):
            yield self._spot("ratio", *match.span())
            self._blank(*match.span())
        for match in _TOKEN.finditer(self._rest()):
            kind = _kind(match[0])
            if kind and (kind != "name" or re.search(r"\d|/", match[0])):
                if not _NO_NAME.fullmatch(match[0]):
                    yield self._spot(kind, *match.span())
                    self._blank(*match.span())
            elif re.match(r"[A-Za-z…].*\d", match[0]):
                yield self._spot("word", *match.span())
                self._blank(*match.span())
        for quantity in written(self._rest()):
            yield Spot(
                kind="quantity", text=quantity.text, start=self._offset + quantity.start,
                block=self._block, part=self._part, quantity=quantity,
            )  # fmt: skip
