"""Quantities, durations and points in time as numbers that can be compared."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_BINARY = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4, "p": 1024**5}
_DECIMAL = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4, "p": 1000**5}

NUMBER = r"\d+(?:[.,]\d+)?"
QUANTITY = re.compile(
    rf"(?<![\w.:/-])({NUMBER})\s?"
    r"([KMGTPkmgtp]i[bB]?|[KMGTPkmgtp][bB]|[KMGTk](?![\w/-])|bytes|Bytes|mCPU|millicores?"
    r"|milliCPU|m(?![\w/-])|cores?|v?CPUs?|cpus?|Kerne?n?)(?![\w/-])"
)
DURATION = re.compile(
    r"(?<![\w.:/=-])(\d+(?:\.\d+)?)[\s-]?"
    r"(milliseconds?|ms|seconds?|secs?|s|Sekunden?|minutes?|mins?|m|Minuten?|hours?|h|hrs?|Stunden?"
    r"|days?|d|Tagen?|Tage|weeks?|w|Wochen?)(?![\w/-])"
)
COMPACT = re.compile(r"(?<![\w.])((?:\d+(?:\.\d+)?(?:ms|[dhms])){2,})(?!\w)")
_COMPACT = re.compile(r"(?<![\w.])((?:\d+(?:\.\d+)?(?:ms|[dhms]))+)(?!\w)")
_COMPACT_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])")
_WORDED = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s?(?:-\s?)?(s|sec|min|seconds?|minutes?|hours?|days?)\b"
)

# A setting whose name ends with the unit, as DATASET_MB does.
_UNIT_IN_NAME = re.compile(r"_([KMGT]i?[bB])\b[\"']?[:=]\s*[\"']?(\d+)")
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan feb mar/mär apr may/mai jun jul aug sep oct/okt nov dec/dez".split(),  # noqa: SIM905
        start=1,
    )
    for name in names.split("/")
}
_DATE = r"(\d{4})[-/](\d{2})[-/](\d{2})"
_WORD_DATE = (
    r"(\d{1,2})\.?\s+([A-Za-zä]{3,9})\.?,?\s+(\d{4})|([A-Z][a-z]{2,8})\.?\s+(\d{1,2}),?\s+(\d{4})"
)
CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?"
TIME = re.compile(
    rf"(?<![\w.:-])(?:(?:{_DATE}|{_WORD_DATE})(?:(?:T|\s|,\s|\sat\s|\sum\s){CLOCK})?|{CLOCK})(?!\w|:\d)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A number with what it may mean: bytes in both traditions, or thousandths of a core."""

    meanings: tuple[tuple[str, float], ...]
    tolerance: float

    def matches(self, others: Iterable[tuple[str, float]], *, roughly: bool) -> bool:
        """Whether one of the others is the same, up to the precision that was written."""
        margin = max(self.tolerance, 0.1 if roughly else 0.0)
        return any(
            unit == other_unit and abs(mine - value) <= margin * max(abs(mine), abs(value))
            for other_unit, value in others
            for unit, mine in self.meanings
        )


def measure(number: str, unit: str) -> Measure:
    """`128`, `Mi` -> bytes; `250`, `m` -> 0.25 cores; `2`, `cores`."""
    value = float(number.replace(",", "."))
    decimals = len(number.replace(",", ".").partition(".")[2])
    tolerance = min(0.05, 0.5 * 10**-decimals / value) if decimals and value else 0.005
    if unit == "m" or unit.lower().startswith("milli") or unit == "mCPU":
        return Measure(meanings=(("cpu", value),), tolerance=tolerance)
    if unit.lower().startswith(("core", "cpu", "vcpu", "kern")):
        return Measure(meanings=(("cpu", value * 1000),), tolerance=tolerance)
    if unit.lower() == "bytes":
        return Measure(meanings=(("bytes", value),), tolerance=tolerance)
    prefix = unit[0].lower()
    scaled = {value * _BINARY[prefix], value * _DECIMAL[prefix]}
    if unit[1:2] in {"i", "I"}:
        scaled = {value * _BINARY[prefix]}
    return Measure(meanings=tuple(("bytes", v) for v in sorted(scaled)), tolerance=tolerance)


def measures(text: str) -> set[tuple[str, float]]:
    """Everything in a text that may be a quantity; a bare number may be bytes or cores."""
    found: set[tuple[str, float]] = set()
    for match in re.finditer(
        rf"(?<![\w.])({NUMBER})\s?([KMGTPkmgtp]i?[bB]?|bytes|m|cores?)?(?![\w.]\w)", text
    ):
        number, unit = match[1], match[2]
        if unit:
            found.update(measure(number, unit).meanings)
        else:
            value = float(number.replace(",", "."))
            found |= {("bytes", value), ("cpu", value * 1000)}
    for match in _UNIT_IN_NAME.finditer(text):
        found.update(measure(match[2], match[1]).meanings)
    return found


def seconds(number: str, unit: str) -> tuple[float, float]:
    """The length of a duration, and of the unit that it is given in."""
    name = unit.lower()
    if name == "ms" or name.startswith("milli"):
        size = 0.001
    elif name.startswith("s"):
        size = 3600.0 if name.startswith("stunde") else 1.0
    elif name.startswith("m"):
        size = 60.0
    elif name.startswith("h"):
        size = 3600.0
    elif name.startswith("w"):
        size = 604800.0
    else:
        size = 86400.0
    return float(number) * size, size


def durations(text: str) -> set[float]:
    """Every length of time in a text: `4m2s`, `30s`, `5 minutes`, `timeoutSeconds: 5`."""
    found: set[float] = set()
    for match in _COMPACT.finditer(text):
        found.add(sum(seconds(n, u)[0] for n, u in _COMPACT_PART.findall(match[1])))
    found.update(seconds(match[1], match[2])[0] for match in _WORDED.finditer(text))
    found.update(float(n) for n in re.findall(r"[sS]econds\"?[:=]\s*(\d+)", text))
    found.update(float(n) / 1000 for n in re.findall(r"ms\"?[:=]\s*(\d+(?:\.\d+)?)", text))
    return found


def moments(text: str) -> tuple[set[tuple[int, int, int]], set[tuple[int, int, int]]]:
    """The dates and the times of day in a text."""
    dates: set[tuple[int, int, int]] = set()
    clocks: set[tuple[int, int, int]] = set()
    for match in TIME.finditer(text):
        date, clock = moment(match)
        if date:
            dates.add(date)
        if clock:
            clocks.add((clock[0], clock[1], max(0, clock[2])))
    return dates, clocks


def moment(match: re.Match[str]) -> tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]:
    """Date and time of day of one match of TIME; seconds are -1 where they are not given."""
    g = match.groups()
    date = None
    if g[0]:
        date = (int(g[0]), int(g[1]), int(g[2]))
    elif (g[4] or g[6]) and (month := _MONTHS.get((g[4] or g[6])[:3].lower())):
        date = (int(g[5] or g[8]), month, int(g[3] or g[7]))
    hour, minute, second = g[9:12] if g[9] else g[12:15]
    clock = None
    if hour is not None and int(hour) < 24 and int(minute) < 60:
        clock = (int(hour), int(minute), int(second) if second else -1)
    return date, clock


def gaps(clocks: set[tuple[int, int, int]]) -> set[float]:
    """Lengths of time between any two times of day, for what is said of how long something took."""
    points = sorted(h * 3600 + m * 60 + s for h, m, s in clocks)
    if len(points) > MOST_MOMENTS:
        return {float(b - a) for a, b in pairwise(points)}
    return {float(b - a) for i, a in enumerate(points) for b in points[i + 1 :]}


MOST_MOMENTS = 200
"""Above it only neighbours are subtracted: all pairs would be every duration there is."""
