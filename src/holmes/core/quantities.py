"""Quantities as people and programs write them, in one scale for each dimension.

No word is read: a unit is a symbol (SI, binary, %), and a number before a word may be in whatever
that word counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
SECONDS |= {"m": 60.0, "h": 3600.0, "d": 86400.0}
_POWERS = "KMGTP"
LIST_GAP = 8
LONG = 6
# Full-width forms, the minus sign and the spaces that do not break, each by one plain character,
# so that places in the text stay what they are.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN |= {0x3000: 32, 0xA0: 32, 0x202F: 32, 0x2009: 32, 0x2212: 45, 0x2011: 45}

_UNIT = r"(?:[kKMGTP]i?[bB]?|[mg]b|[nuµμm]?s|[Mm]in|[mhdB])(?![A-Za-z_])|%"
# Runs are bounded and start behind no digit, so that a long one costs no more than its length.
_GROUPS = (
    r"\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,9})?",
    r"\d{1,3}(?:\.\d{3}){1,6}(?:,\d{1,9})?",
    r"\d{1,3}(?: \d{3}){1,6}(?:,\d{1,9})?",
    r"\d{1,18}(?:[.,]\d{1,9})?",
)
_WRITTEN = re.compile(
    rf"(?<![A-Za-z0-9_.,/:@#])(?<![A-Za-z]-)"
    rf"({'|'.join(_GROUPS)})(?![.,:]?\d)(?: ?({_UNIT})|(?![A-Za-z_]))"
    r"( ?[^\W\d_])?"
)
_PRINTED = re.compile(
    rf"(?<![A-Za-wyz0-9_.])(?<![A-Za-z]-)(\d{{1,18}}(?:\.\d{{1,18}})?(?:[eE][+-]?\d{{1,2}}(?!\w))?)(?!\.?\d)"
    rf"(?:({_UNIT}| (?:[kKMGTP]i?B|ms|min)(?![A-Za-z_]))|(?![A-Za-z_]))"
)
# The unit that a field's or column's name ends in or has as a part: duration_us, "gib", DATASET_MB.
_LABEL = re.compile(r"(?<![A-Za-z])([kmgt]i?b|[num]s)(?![a-z])", re.IGNORECASE)
_HEAD = re.compile(r"(?<![A-Za-z])(%|[kKMGTP]i?B|[KMGTP]i|[nuµm]s|min|s)(?![A-Za-z])")
# The same right before a number: gc_pause_ms=980, "took_us": 1240.
_KEY = re.compile(r"_([kmgt]i?b|[num]?s)\"?[=:] ?\"?$", re.IGNORECASE)
_INTERVAL = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d{1,9})?)")
_MORE = re.compile(r"\.? ?(\d{1,4}) ?(ms|min|[hms])(?![A-Za-z0-9_])")
_CLOCK = re.compile(
    r"(?:(?<![\d.:])|(?<=/\d{4}:))([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:[.,]\d{1,9})?))?(?![\d:])"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One way to understand a quantity.

    dimension  "n" a bare number, "b" bytes, "s" seconds, "%" percent
    place      the worth of its last written digit
    """

    dimension: str
    value: float
    place: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number with its unit where it stands, in every way in which it can be understood.

    loose  readings that only a value of just that size in the evidence bears out
    """

    start: int
    end: int
    text: str
    readings: tuple[Reading, ...]
    loose: tuple[Reading, ...] = ()

    @property
    def main(self) -> Reading:
        """The plainest reading."""
        return self.readings[0]

    @property
    def bare(self) -> bool:
        """Whether it is a number without a unit."""
        return self.text[-1:].isdigit()

    @property
    def digits(self) -> int:
        """How many digits tell something: 3 of 2.84 s, 1 of 500m."""
        return len(re.sub(r"\D", "", self.text).strip("0"))

    @property
    def telling(self) -> bool:
        """Whether it is exact enough to have been seen or worked out.

        A proposal or a rule of thumb is round (500m, 25 %, 5 min) or a power of two (64Mi).
        """
        number = int(re.sub(r"\D", "", self.text))
        fives = number % 5 == 0 and self.digits < 3
        return self.digits > 1 and (self.bare or (number & (number - 1) != 0 and not fives))


def plain(text: str) -> str:
    """The text, as long as before, with plain digits, spaces and signs."""
    return text.translate(_PLAIN)


def written(text: str) -> Iterator[Quantity]:
    """The quantities in a text for people; decimal commas and groups of thousands are read."""
    end = 0
    held: list[Quantity] = []
    for match in _WRITTEN.finditer(text):
        if match.start() < end:
            continue
        if held and match.start(1) - held[-1].end > LIST_GAP:
            yield from held
            held = []
        number, unit, word = match.groups()
        unit = "min" if unit == "Min" else unit
        end = match.end(2) if unit else match.end(1)
        seconds = SECONDS.get(unit or "")
        numbers = _numbers(number)
        if seconds:
            more, end = _compound(text, end)
            if more:
                # An age may be a second more where the next tool reads it.
                numbers = [(value + more / seconds, 2 / seconds) for value, _ in numbers]
        readings = [r for value, place in numbers for r in _readings(value, place, unit or "")]
        if not unit and len(re.sub(r"\D", "", number)) >= LONG:
            # So long a number may be bytes, whether or not it is followed by a word.
            readings += [Reading(dimension="b", value=v, place=p) for v, p in numbers]
        loose = [
            Reading(dimension="?", value=v, place=p)
            for v, p in numbers
            if unit and "i" not in unit[1:2]
        ]
        if word and not unit:
            loose = [r for value, place in numbers for r in _in_words(value, place)]
        start = match.start(1)
        found = Quantity(
            start=start, end=end, text=text[start:end], readings=tuple(readings), loose=tuple(loose)
        )
        held.append(found)
        if unit:
            yield from _in_unit(held, unit)
            held = []
    yield from held


def _in_unit(found: list[Quantity], unit: str) -> Iterator[Quantity]:
    """Numbers in a row have the unit of the last: "256, 288, 320 MiB"."""
    for one in found[:-1]:
        more = [r for value, place in _numbers(one.text) for r in _readings(value, place, unit)]
        yield replace(one, readings=(*one.readings, *more))
    yield found[-1]


def under(head: str, quantity: Quantity) -> list[Reading]:
    """What a number is in the unit that stands over its column."""
    unit = _HEAD.search(head)
    found = _numbers(quantity.text) if unit and quantity.bare else []
    return [r for value, place in found for r in _readings(value, place, unit[1] if unit else "")]


def cell(label: str, text: str) -> list[Reading]:
    """The values in a field of this name; a unit in the name is that of a bare number."""
    if interval := _INTERVAL.fullmatch(text):
        seconds = int(interval[1]) * 3600 + int(interval[2]) * 60 + float(interval[3])
        return [Reading(dimension="s", value=seconds, place=0)]
    found: list[Reading] = []
    unit = _LABEL.search(label)
    for quantity in printed(text):
        found += quantity.readings
        if unit and quantity.bare:
            found += _readings(quantity.main.value, 0, unit[1].lower())
    return found


def printed(text: str) -> Iterator[Quantity]:
    """The quantities in what a program printed: plain numbers, and units right behind them."""
    end = 0
    for match in _PRINTED.finditer(text):
        if match.start() < end:
            continue
        number, unit = match[1], (match[2] or "").strip().replace("Min", "min")
        end = match.end()
        value = float(number)
        readings = _readings(value, 0, unit or "")
        if unit in SECONDS:
            more, end = _compound(text, end)
            if more:
                value, unit = value * SECONDS[unit] + more, "s"
                readings = _readings(value, 0, unit)
        # What has no unit may be in any basic one; what has one may be told without it.
        others = (
            "sb?" if not unit else "n" if unit == "%" or (unit in SECONDS and unit != "m") else ""
        )
        readings += [Reading(dimension=other, value=value, place=0) for other in others]
        if not unit and (key := _KEY.search(text[max(0, match.start() - 8) : match.start()])):
            readings += _readings(value, 0, key[1].lower())
        if not unit and "." in number and 0 < value <= 1:
            readings.append(Reading(dimension="%", value=value * 100, place=0))
        yield Quantity(
            start=match.start(), end=end, text=text[match.start() : end], readings=tuple(readings)
        )


def clocks(text: str) -> Iterator[tuple[int, int, float, int]]:
    """The times of day in a text: start, end, seconds since midnight, what they are exact to."""
    for match in _CLOCK.finditer(text):
        hours, minutes, seconds = match.groups()
        exact = 1 if seconds else 60
        yield (
            match.start(),
            match.end(),
            int(hours) * 3600 + int(minutes) * 60 + float((seconds or "0").replace(",", ".")),
            exact,
        )


def same(said: Reading, value: float, *, exact: bool = False) -> bool:
    """Whether a value, rounded as it is written, is what is said.

    A bare number is exact; 78Mi may be told as 80, a round number within 3 %.
    """
    slack = said.place * 0.5001
    if not exact and (said.dimension != "n" or said.place < 1):
        slack = max(slack, min(_round_place(said) * 0.5001, abs(said.value) * 0.03))
    return abs(said.value - value) <= slack + 1e-9 * abs(value)


def _round_place(said: Reading) -> float:
    place = said.place or 1e-9
    units = round(said.value / place)
    while units and units % 10 == 0:
        units //= 10
        place *= 10
    return place


def _compound(text: str, end: int) -> tuple[float, int]:
    """The smaller units behind a duration, as in 7m41s and 3 h 12 min."""
    total = 0.0
    while more := _MORE.match(text, end):
        total += int(more[1]) * SECONDS[more[2]]
        end = more.end()
    return total, end


def numbers_of(text: str) -> list[tuple[float, float]]:
    """The values of a quantity as a bare number, each with the worth of its last digit."""
    return _numbers(re.match(r"[\d., ]*", text)[0].strip(" .,"))  # type: ignore[index]


def _numbers(text: str) -> list[tuple[float, float]]:
    """The values that a written number can have, each with the worth of its last digit."""
    text = text.replace(" ", "")
    marks = [char for char in text if char in ".,"]
    found = []
    if len(set(marks)) == len(marks) and marks:
        whole, _, rest = text.rpartition(marks[-1])
        place = 10.0 ** -len(rest)
        found.append((float(re.sub(r"[.,]", "", whole) + "." + rest), place))
    grouped = not marks or all(len(part) == 3 for part in re.split(r"[.,]", text)[1:])
    if len(set(marks)) <= 1 and grouped:
        found.append((float(re.sub(r"[.,]", "", text)), 1.0))
    return found or [(float(re.sub(r"[.,]", "", text)), 1.0)]


def _readings(value: float, place: float, unit: str) -> list[Reading]:
    if unit == "%":
        return [Reading(dimension="%", value=value, place=place)]
    found = []
    if unit == "m" or not unit:
        # A thousandth of anything, as of a CPU; also minutes.
        factor = 0.001 if unit else 1.0
        found.append(Reading(dimension="n", value=value * factor, place=place * factor))
    if unit in SECONDS:
        factor = SECONDS[unit]
        found.append(Reading(dimension="s", value=value * factor, place=place * factor))
    elif unit == "B":
        found.append(Reading(dimension="b", value=value, place=place))
    elif unit and unit != "m":
        power = _POWERS.index(unit[0].upper()) + 1
        bases = [1024] if "i" in unit else [1000, 1024]
        found += [
            Reading(dimension="b", value=value * base**power, place=place * base**power)
            for base in bases
        ]
        if len(unit) == 1:
            found.append(
                Reading(dimension="n", value=value * 1000**power, place=place * 1000**power)
            )
    return found


def _in_words(value: float, place: float) -> list[Reading]:
    """A number before a word can be in a unit that is written out, in any language."""
    spans = [
        Reading(dimension="s", value=value * f, place=place * f)
        for f in (1, 60, 3600, 86400, 0.001)
    ]
    found = [*spans, *(Reading(dimension=d, value=value, place=place) for d in "b%")]
    if value >= 10 or value % 1:
        # "15 million", "8.5 tausend", 3 万: a power of ten in words.
        powers = (1e3, 1e4, 1e6, 1e8, 1e9)
        found += [Reading(dimension="n", value=value * f, place=place * f) for f in powers]
    return found
