"""Whether one specific occurs in one source, or can be counted there."""

import re
from collections.abc import Callable, Iterable, Mapping

from holmes.grounding import values
from holmes.grounding.index import Indexed, folded
from holmes.grounding.specifics import Kind, Specific

_GAP = re.compile(r"\s*(?:…|\.{3,}|\[…\]|\[\.{3}\])\s*")
_SOFT = "?"
_OBJECT_KINDS = {
    "pod": "pod",
    "replica": "pod",
    "replikate": "pod",
    "node": "node",
    "knoten": "node",
    "deployment": "deployment",
    "service": "service",
    "namespace": "namespace",
    "job": "job",
    "statefulset": "statefulset",
    "daemonset": "daemonset",
}
_SEEN = frozenset(
    {"time", "mal", "event", "error", "warning", "attempt", "retrie", "failure", "endpoint"}
)
_MONTH_DAY = 2


def holds(specific: Specific, source: Indexed) -> bool:
    """Whether the source shows it, up to the spelling and precision that mean the same."""
    return _HOLDS[specific.kind](specific, source)


def _name(specific: Specific, source: Indexed) -> bool:
    parts = [part.casefold().rstrip(".") for part in specific.value]
    if parts[-1] == _SOFT:
        first, second = parts[:2]
        return not source.is_namespace(first) or source.together(first, second)
    if len(parts) == 2:
        return source.together(*parts)
    return source.names(parts[0]) or source.has(parts[0])


def _quote(specific: Specific, source: Indexed) -> bool:
    at = 0
    for piece in _GAP.split(specific.value[0]):
        wanted = folded(piece).strip(" .,;:!?()[]|")
        if not wanted:
            continue
        if len(wanted.split()) == 1 and all(map(source.has, filter(None, wanted.split("=")))):
            continue
        found = source.folded.find(wanted, at)
        if found == -1:
            return False
        at = found + len(wanted)
    return True


def _image(specific: Specific, source: Indexed) -> bool:
    text = specific.value[0].removeprefix("docker.io/").removeprefix("library/")
    return any(source.has(form) for form in {text, text.removeprefix("v"), f"v{text}"})


def _ip(specific: Specific, source: Indexed) -> bool:
    return source.has(specific.value[0])


def _port(specific: Specific, source: Indexed) -> bool:
    return source.has_port(int(specific.value[0]))


def _exit_code(specific: Specific, source: Indexed) -> bool:
    return source.has_exit_code(int(specific.value[0]))


def _status_code(specific: Specific, source: Indexed) -> bool:
    return source.has(specific.value[0])


def _quantity(specific: Specific, source: Indexed) -> bool:
    if len(specific.value) == 3:
        part, whole = int(specific.value[0]), int(specific.value[2])
        counted = source.counts.of if "/" not in specific.text else {}
        return _ratio(part, whole, source) or any({part, whole} <= n for n in counted.values())
    number, unit = specific.value
    if source.has(specific.text):
        return True
    if values.measure(number, unit).matches(source.measures, roughly=specific.roughly):
        return True
    # "5m" is a fifth of a hundredth of a core, or five minutes.
    return unit == "m" and _lasts(*values.seconds(number, "m"), specific, source)


def _ratio(part: int, whole: int, source: Indexed) -> bool:
    return (part, whole) in source.ratios or source.has_in_line(part, whole)


def _percentage(specific: Specific, source: Indexed) -> bool:
    wanted = float(specific.value[0].replace(",", "."))
    margin = max(wanted * 0.1, 1) if specific.roughly else 0.51
    return any(abs(wanted - value) < margin for value in source.percentages)


def _time(specific: Specific, source: Indexed) -> bool:
    if specific.value == ("moment",):
        match = values.TIME.search(specific.text)
        if match is None:
            return False
        date, clock = values.moment(match)
        dates, clocks = source.moments
        return (date is None or date in dates) and (clock is None or _at(clock, clocks))
    if source.has(specific.text):
        return True
    number, unit = specific.value
    if unit == "m" and values.measure(number, "m").matches(source.measures, roughly=False):
        return True
    return _lasts(*values.seconds(number, unit), specific, source)


def _at(clock: tuple[int, int, int], clocks: Iterable[tuple[int, int, int]]) -> bool:
    if clock[2] == -1:
        return any(other[:_MONTH_DAY] == clock[:_MONTH_DAY] for other in clocks)
    return clock in clocks


def _lasts(length: float, unit: float, specific: Specific, source: Indexed) -> bool:
    """Whether it lasts so long, rounded up or down to the unit that the answer uses."""
    margin = max(unit if unit > 1 else unit * 0.51, length * (0.25 if specific.roughly else 0))
    return any(abs(length - other) < margin or length == other for other in source.durations)


def _count(specific: Specific, source: Indexed) -> bool:
    number = int(specific.value[0])
    noun = specific.noun.removesuffix("s")
    if noun in {"restart", "neustart"}:
        return source.has_restarts(number)
    if noun in _SEEN and source.has_times(number):
        return True
    kind = _OBJECT_KINDS.get(noun, noun)
    if number in source.counts.of.get(kind, set()) | source.counts.of.get("object", set()):
        return True
    return source.has_number_of(number, noun) or (kind == "pod" and number in source.listed)


def _change(specific: Specific, source: Indexed) -> bool:
    """Whether it changed so: never to itself, and not otherwise than an arrow in the source says.

    A 1.5B copied the old image twice ("2.3.0 → 2.3.0", 24 Nov 2026), each name of which is true.
    """
    before, after = (side.casefold() for side in specific.value)
    if before == after:
        return False
    known = source.changes.get(before)
    return known is None or any(after.startswith(k) or k.startswith(after) for k in known)


_HOLDS: Mapping[Kind, Callable[[Specific, Indexed], bool]] = {
    "name": _name,
    "namespace": _name,
    "image": _image,
    "ip": _ip,
    "port": _port,
    "exit code": _exit_code,
    "status code": _status_code,
    "quantity": _quantity,
    "percentage": _percentage,
    "time": _time,
    "count": _count,
    "quote": _quote,
    "change": _change,
}
