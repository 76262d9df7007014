"""What of an answer can be looked up: names, images, quotations, times, quantities."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holmes.grounding import numbers
from holmes.grounding.blocks import Block, code_spans
from holmes.grounding.numbers import Quantity
from holmes.grounding.sources import SAFE

Kind: TypeAlias = Literal[
    "pod", "uid", "image", "address", "version", "name", "word", "setting", "quote", "time", "date",
    "ratio", "quantity",
]

# The hash of a template and five letters, or those letters with a digit, as no word has them.
_POD = re.compile(
    rf"[a-z0-9][a-z0-9.-]{{0,240}}-(?:[{SAFE}]{{6,10}}-[{SAFE}]{{5}}|(?=[{SAFE}]{{0,4}}\d)[{SAFE}]{{5}})"
)
_SHORT = re.compile(r"[a-z0-9.-]{0,240}(?:…|\.\.\.)-?[a-z0-9-]{3,60}")
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_IMAGE = re.compile(
    r"(?:[\w-]+(?:\.[\w-]+)+(?::\d+)?/)?[a-z0-9][\w-]*(?:[./][\w-]+)*"
    r"(?::v?\d+(?:\.[\w-]+)+|:v?\d[\w.]*-[\w.-]+|@sha256:[0-9a-f]{8,64}|(?<=/[\w-]):\w[\w.-]*)"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?")
_VERSION = re.compile(r"v?\d{1,6}(?:\.\d{1,6}){2,4}(?:[-+][\w.-]+)?")
_NAME = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)*[-/][a-z0-9]+(?:[-./][a-z0-9]+)*")
_LONG_DATE = re.compile(r"(?<![\d.])(\d{1,2})\.? ([^\W\d]{3,12})\.? (20\d\d)(?!\d)")
_STRONG = re.compile(r"\*\*([a-z0-9]+(?:-[a-z0-9]+)+)\*\*")
_SETTING = re.compile(r"([\w.-]+(?:/[\w.-]+)?)(?:=|: ?)(\S{1,200})")
_TOKEN = re.compile(r"[A-Za-z0-9…][\w…-]*(?:[./:=@][\w…-]+)*")
_WORD = re.compile(r"[A-Za-z][\w:/-]*[A-Za-z]")
_QUOTE = re.compile(r"\"([^\"\n]{3,600})\"|“([^”\n]{3,600})”|„([^“”\n]{3,600})[“”]|«([^»\n]{3,600})»|「([^」\n]{3,600})」")
_ISO_DATE = re.compile(r"(?<![\d.])(\d{4})-(\d\d)-(\d\d)(?!\d)|(?<![\d.])(\d\d)\.(\d\d)\.(\d{4})(?!\d)")
_RATIO = re.compile(r"(?<![\w./:-])\d{1,5}/\d{1,5}(?![\w/]|\.\d)")
@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One specific where it stands.

    part  the sentence or cell of its block
    code  whether it stands in backticks
    """

    kind: Kind
    text: str
    start: int
    end: int
    part: int
    code: bool = False
    quantity: Quantity | None = None
    seconds: int = 0
    exact: int = 1


def spots(text: str, block: Block) -> list[Spot]:
    """The specifics of a block, in order; `text` is the whole answer as it is read."""
    found: list[Spot] = []
    for index, (start, end) in enumerate(block.parts):
        found += _in_part(text, start, end, index)
        cell = text[start:end].strip(" *_~")
        if block.form in {"row", "head"} and _WORD.fullmatch(cell):
            at = text.index(cell, start)
            found.append(Spot(kind="word", text=cell, start=at, end=at + len(cell), part=index))
    return sorted(found, key=lambda spot: spot.start)


def _in_part(text: str, start: int, end: int, part: int) -> Iterator[Spot]:
    left = list(text[start:end])

    def blank(first: int, last: int) -> None:
        left[first - start : last - start] = " " * (last - first)

    for first, last in code_spans(text, start, end):
        inner = text[first:last]
        if taken := _in_code(inner, first, part):
            yield from taken
        elif is_command(inner):
            pass
        else:
            yield from _quoted(inner, first, part, code=True)
        blank(first - 1, last + 1)
    for match in _STRONG.finditer("".join(left)):
        yield from _in_code(match[1], start + match.start(1), part)
        blank(start + match.start(), start + match.end())
    for match in _QUOTE.finditer("".join(left)):
        at = match.lastindex or 0
        if " " in match[at].strip():
            yield from _quoted(match[at], start + match.start(at), part, code=False)
            blank(start + match.start(), start + match.end())
    yield from _in_prose("".join(left), start, part)


def _quoted(inner: str, first: int, part: int, *, code: bool) -> Iterator[Spot]:
    yield Spot(kind="quote", text=inner, start=first, end=first + len(inner), part=part, code=code)


def is_command(text: str) -> bool:
    """Whether a text has the shape of a command line: a program, and what it is handed.

    A line of a log ends words in punctuation, a command does not; one of lower-case words alone
    could be either, and is left in peace.
    """
    words = text.split()
    if len(words) < 2 or not re.fullmatch(r"[a-z][\w.-]*", words[0]) or words[1].endswith(":"):
        return False
    plain = all(re.fullmatch(r"[a-z][\w-]*", word) for word in words)
    handed = any(re.match(r"-{1,2}[A-Za-z]|\w+/|\w+=|[<$|]", word) for word in words[1:])
    return handed or (plain and len(words) <= 4)


def _in_code(inner: str, first: int, part: int) -> list[Spot]:
    """What a code span without spaces is; a quantity or a setting may have one."""
    end = first + len(inner)
    if kind := token_kind(inner):
        return [Spot(kind=kind, text=inner, start=first, end=end, part=part, code=True)]
    setting = _SETTING.fullmatch(inner)
    if setting and not setting[2].startswith("/"):
        return [Spot(kind="setting", text=inner, start=first, end=end, part=part, code=True)]
    if " " not in inner:
        prose = [s for s in _in_prose(inner, first, part) if s.kind != "name"]
        if prose and prose[0].start == first and prose[0].end == end:
            return prose
        return [Spot(kind="word", text=inner, start=first, end=end, part=part, code=True)]
    return []


def token_kind(token: str) -> Kind | None:
    """What a token without spaces is by its shape, if it is an identifier."""
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("uid", _UID), ("pod", _POD), ("pod", _SHORT), ("address", _ADDRESS),
        ("version", _VERSION), ("image", _IMAGE), ("name", _NAME),
    )  # fmt: skip
    return next((kind for kind, pattern in kinds if pattern.fullmatch(token)), None)


def _in_prose(text: str, offset: int, part: int) -> Iterator[Spot]:
    """Identifiers, times and quantities outside of code."""
    left = list(text)

    def spot(kind: Kind, start: int, end: int) -> Spot:
        left[start:end] = " " * (end - start)
        return Spot(
            kind=kind, text=text[start:end], start=offset + start, end=offset + end, part=part
        )

    for dates in (_ISO_DATE, _LONG_DATE):
        for match in dates.finditer("".join(left)):
            yield spot("date", match.start(), match.end())
    for start, end, seconds, exact in list(numbers.clocks("".join(left))):
        here = spot("time", start, end)
        yield Spot(
            kind="time", text=here.text, start=here.start, end=here.end, part=part,
            seconds=seconds, exact=exact,
        )  # fmt: skip
    for match in _RATIO.finditer("".join(left)):
        yield spot("ratio", match.start(), match.end())
    for match in _TOKEN.finditer("".join(left)):
        kind = token_kind(match[0].rstrip("-…") if "…" not in match[0][:-1] else match[0])
        if kind and (kind != "name" or re.search(r"\d|/", match[0])):
            if not re.fullmatch(r"\d+-[a-z]+", match[0]):
                yield spot(kind, match.start(), match.end())
        elif re.match(r"[A-Za-z…].*\d", match[0]):
            left[match.start() : match.end()] = " " * len(match[0])
    for quantity in list(numbers.written("".join(left))):
        yield Spot(
            kind="quantity", text=quantity.text, start=offset + quantity.start,
            end=offset + quantity.end, part=part, quantity=quantity,
        )  # fmt: skip
