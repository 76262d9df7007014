"""Choosing the lines of a text that matter most, within a number of characters."""

import heapq
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from holmes.tools.log_templates import TELLING, kind_of

_GAP_COST = 26  # characters of a mark that says how many lines are missing
_COMMON = 0.3  # of the lines: a word of the question that more of them hold tells them not apart
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,}[A-Za-z0-9]")
_MISSES = 40  # lines in a row that are too long for what is left, before nothing more is tried


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """A line with its weight; `above` is the line without which it can't be understood, or None."""

    text: str
    weight: float
    above: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The chosen lines by their place, in order."""

    kept: Mapping[int, str] = field(default_factory=dict)


def less_if_alike(lines: Sequence[Weighed], by: float) -> list[Weighed]:
    """The lines, those like an earlier one (but for names and numbers) less by so much."""
    seen: set[str] = set()
    weighed = []
    for line in lines:
        kind = kind_of(line.text) if line.weight > by else ""
        weighed.append(replace(line, weight=line.weight - by) if kind in seen else line)
        seen.add(kind)
    return weighed


def choose(lines: Sequence[Weighed], room: int) -> Choice:
    """The heaviest lines that fit into `room`, with the lines above them; the earlier one first.

    A line of negative weight is left out.
    """
    order = [(-line.weight, index) for index, line in enumerate(lines)]
    heapq.heapify(order)
    kept: set[int] = set()
    used = misses = 0
    while order and misses < _MISSES:
        lightness, index = heapq.heappop(order)
        if lightness > 0 and kept:
            break  # noise, also where there is room for it
        if index in kept:
            continue
        wanted = _with_those_above(lines, index, kept)
        cost = sum(
            len(lines[i].text) + 1 + (0 if {i - 1, i + 1} & kept else _GAP_COST) for i in wanted
        )
        if used + cost > room and kept:
            misses += 1
            continue
        kept.update(wanted)
        used += cost
        misses = 0
    return Choice(kept={index: lines[index].text for index in sorted(kept)})


def with_gaps(choice: Choice, count: int) -> list[str]:
    """The chosen lines of `count`, with a mark wherever some are missing."""
    shown: list[str] = []
    following = 0
    for index, text in choice.kept.items():
        if index > following:
            shown.append(gap(index - following))
        shown.append(text)
        following = index + 1
    if count > following:
        shown.append(gap(count - following))
    return shown


def gap(lines: int) -> str:
    """The mark in the place of missing lines."""
    return f"[… {lines} line{'s' if lines > 1 else ''} …]"


def shortened(line: str, most: int) -> str:
    """At most about `most` characters of a line: its beginning, and what tells of trouble in it."""
    if len(line) <= most:
        return line
    told = TELLING.search(line, most // 2)
    if told is None or told.end() < most:
        return f"{line[:most]}[… {len(line) - most:,} characters of this line …]"
    start = max(most // 2, told.start() - most // 4)
    end = start + most // 2
    rest = len(line) - end
    kept = f"{line[: most // 2]}[… {start - most // 2:,} characters …]{line[start:end]}"
    return kept if rest <= 0 else f"{kept}[… {rest:,} characters …]"


def asked_about(lines: Sequence[str], question: str) -> list[bool]:
    """For each line whether it holds a word of the question that most lines do not hold."""
    words = {word.lower() for word in _WORD.findall(question)}
    if not words:
        return [False] * len(lines)
    lowered = [line.lower() for line in lines]
    rare = [w for w in words if 0 < sum(w in line for line in lowered) <= _COMMON * len(lines)]
    return [any(word in line for word in rare) for line in lowered]


def tells(line: str) -> bool:
    """Whether a line tells of trouble."""
    return bool(TELLING.search(line))


def _with_those_above(lines: Sequence[Weighed], index: int, kept: Container[int]) -> list[int]:
    wanted: list[int] = []
    at: int | None = index
    while at is not None and at not in kept:
        wanted.append(at)
        at = lines[at].above
    return wanted
