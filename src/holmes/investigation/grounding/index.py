"""One piece of evidence, prepared once so that every line of an answer is held against it quickly.

Everything is computed when it is first asked for: most answers ask for names and two or three
values, and a log of megabytes is not worth reading five times for nothing.
"""

import re
from collections import Counter
from functools import cached_property

from holmes.evidence.log import Evidence
from holmes.investigation.grounding import values
from holmes.investigation.grounding.names import GENERATED
from holmes.investigation.grounding.tables import Counts, Table, counted, tables_in

# Straight, typographic and German quotes, and the marks of emphasis and of escaping.
_QUOTES = str.maketrans(
    dict.fromkeys("\"'`*\\\u201c\u201d\u201e\u201a\u2018\u2019\u00ab\u00bb\u2039\u203a", "")
)
_TOKEN = re.compile(r"[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?")
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.]\w)")
_PORTS = re.compile(
    r"(?<=[\w\])]):(\d{2,5})(?!\d)|\b(\d{1,5})/(?:tcp|udp|sctp)\b|\bport\w*\W{1,6}(\d{1,5})\b"
    r"|(\d{1,5}):\d{1,5}/(?:tcp|udp)|\bport\s+(\d{1,5})\b|(?<=:)(\d{2,5})\b",
    re.IGNORECASE,
)
_PORT_LINE = re.compile(
    r"port|listen|addr|bind|connect|dial|probe|http|tcp|endpoint", re.IGNORECASE
)
_EXITS = re.compile(
    r"\b(?:exit|exited|exitcode|returned|terminated)\W{0,4}(?:with\W{1,2})?"
    r"(?:code|status)?\W{0,4}(\d{1,3})(?!\d)",
    re.IGNORECASE,
)
_RESTARTS = re.compile(
    r"\brestarts?\W{0,3}(?:count)?\W{0,6}(\d+)|\brestartcount\W{0,4}(\d+)|(\d+) restarts?\b"
    r"|\brestarted (\d+)|restart (\d+) times",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\bx(\d+)\b|(\d+) times|\bcount\"?\W{1,3}(\d+)|\bseen (\d+)|attempt\w*\W{1,3}(\d+)",
    re.IGNORECASE,
)
_RATIO = re.compile(r"(?<![\w./-])(\d+)\s?/\s?(\d+)(?![\w/])|\b(\d+) of (\d+)\b")
_CHANGE = re.compile(r"([^\s,;]+)\s*(?:→|->|=>)\s*(\S+)")
_CUT = re.compile(r"([\w.,:/=-]{6,})…")


def folded(text: str) -> str:
    """Lower case, single spaces, no quotes: how quoted lines are compared."""
    return " ".join(text.translate(_QUOTES).casefold().split())


class Indexed:
    """A text in which names, values and quotes are looked up."""

    def __init__(self, text: str, command: str = "", *, number: int = 0) -> None:
        self.number = number
        self.text = text
        self.command = command
        self._said: dict[str, frozenset[int]] = {}
        self._together: dict[tuple[str, str], bool] = {}

    @cached_property
    def folded(self) -> str:
        """The whole text as quotes are compared."""
        return folded(self.text)

    @cached_property
    def lower(self) -> str:
        """Text and command in lower case."""
        return f"{self.text}\n{self.command}".casefold()

    @cached_property
    def tokens(self) -> frozenset[str]:
        """Words with dots, dashes and underscores inside, and the parts between the dots."""
        whole = set(_TOKEN.findall(self.lower))
        whole.update(part for token in tuple(whole) if "." in token for part in token.split("."))
        return frozenset(whole)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """Beginnings of tokens up to a dash: the Deployment that a pod's name tells."""
        found: set[str] = set()
        for token in self.tokens:
            parts = token.split("-")
            found.update("-".join(parts[:n]) for n in range(1, len(parts)))
        return frozenset(found)

    @cached_property
    def numbers(self) -> frozenset[int]:
        """Whole numbers that stand by themselves."""
        return frozenset(int(n) for n in _NUMBER.findall(self.text))

    @cached_property
    def measures(self) -> set[tuple[str, float]]:
        """Quantities of memory and CPU."""
        return values.measures(self.text)

    @cached_property
    def durations(self) -> set[float]:
        """Lengths of time, and those between two moments."""
        return values.durations(self.text) | values.gaps(self.moments[1])

    @cached_property
    def moments(self) -> tuple[set[tuple[int, int, int]], set[tuple[int, int, int]]]:
        """Dates and times of day."""
        return values.moments(self.text)

    @cached_property
    def ports(self) -> frozenset[int]:
        """Numbers that are ports by their shape, or stand in a line that speaks of connections."""
        found = _groups(_PORTS, self.text)
        for line in self.text.splitlines():
            if _PORT_LINE.search(line):
                found.update(int(n) for n in _NUMBER.findall(line))
        return frozenset(found)

    @cached_property
    def exit_codes(self) -> frozenset[int]:
        """Exit codes; a container killed for its memory has 137 by definition."""
        found = _groups(_EXITS, self.text)
        return frozenset(found | ({137} if "oomkilled" in self.lower else set()))

    @cached_property
    def restarts(self) -> frozenset[int]:
        """Counts of restarts, from words, fields and the column of that name."""
        found = _groups(_RESTARTS, self.text)
        for table in self.tables:
            for row in table.rows:
                if match := re.match(r"\d+", row.get("RESTARTS", "")):
                    found.add(int(match.group()))
        return frozenset(found)

    @cached_property
    def times(self) -> frozenset[int]:
        """How often something was seen or tried."""
        counted = (row.get("COUNT", "") for table in self.tables for row in table.rows)
        return self.restarts | _groups(_TIMES, self.text) | {int(c) for c in counted if c.isdigit()}

    @cached_property
    def ratios(self) -> frozenset[tuple[int, int]]:
        """`2/3`, `2 of 3`."""
        pairs = (m.groups() for m in _RATIO.finditer(self.text))
        return frozenset((int(a or c), int(b or d)) for a, b, c, d in pairs)

    @cached_property
    def percentages(self) -> frozenset[float]:
        """`45%`, and what the ratios come to."""
        said = {float(n) for n in re.findall(r"(\d+(?:\.\d+)?)\s?%", self.text)}
        return frozenset(said | {round(100 * a / b, 1) for a, b in self.ratios if b})

    @cached_property
    def tables(self) -> list[Table]:
        """Kubectl's tables."""
        return tables_in(self.text)

    @cached_property
    def counts(self) -> Counts:
        """What can be counted in the tables."""
        return counted(self.tables)

    @cached_property
    def changes(self) -> dict[str, set[str]]:
        """What changed to what, where the text says so with an arrow."""
        found: dict[str, set[str]] = {}
        for before, after in _CHANGE.findall(self.lower):
            found.setdefault(before, set()).add(after.rstrip("…,;."))
        return found

    def said(self, noun: str) -> frozenset[int]:
        """Numbers that stand before a noun, or behind it: `0/2 nodes`, `3 old pods`, `pods: 3`."""
        if noun not in self._said:
            found: set[int] = set()
            for match in re.finditer(rf"\b{re.escape(noun)}(?:s|\(s\))?\b", self.lower):
                before = self.lower[max(0, match.start() - 40) : match.start()]
                near = before.rpartition("\n")[2].split()[-4:]
                found.update(int(n) for word in near for n in re.findall(r"(?<![\w.])\d+", word))
                behind = self.lower[match.end() : match.end() + 30]
                if after := re.match(r"[^\w\n]{1,24}(\d+)", behind):
                    found.add(int(after[1]))
            self._said[noun] = frozenset(found)
        return self._said[noun]

    @cached_property
    def listed(self) -> frozenset[int]:
        """How many pods a line names, how many there are of each beginning, and in all."""
        found: set[int] = set()
        by: Counter[str] = Counter()
        every = set()
        for line in self.lower.splitlines():
            here = set(GENERATED.findall(line))
            found.add(len(here))
            every |= here
        for name in every:
            parts = name.split("-")
            by.update("-".join(parts[:n]) for n in range(1, len(parts)))
        return frozenset(found | set(by.values()) | {len(every)})

    def names(self, name: str) -> bool:
        """Whether an object may be called so: the whole word, or the beginning of a pod's name."""
        return name in self.tokens or name in self.prefixes

    def has(self, text: str) -> bool:
        """Whether the text stands there, not as a part of a longer word; its end may be cut off."""
        wanted = text.casefold()
        return _bounded(self.lower, wanted) or any(
            wanted.startswith(cut) and len(cut) * 2 > len(wanted) for cut in self.cut
        )

    @cached_property
    def cut(self) -> frozenset[str]:
        """Words that the tool itself cut off with an ellipsis."""
        return frozenset(_CUT.findall(self.lower))

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """Words that can only be namespaces here."""
        found = {row.get("NAMESPACE", "") for table in self.tables for row in table.rows}
        found.update(re.findall(r"(?:\s-n |\bnamespace:? +)\"?([a-z0-9-]+)", self.lower))
        found.update(re.findall(r"\b[a-z]+ ([a-z0-9-]+)/[a-z]", self.lower))
        return frozenset(found)

    def has_number_line(self, first: int, second: int) -> bool:
        """Whether two numbers stand in one line; those of a table are of different things."""
        both = {first, second}
        return (
            both <= self.numbers
            and not self.tables
            and any(
                both <= {int(n) for n in _NUMBER.findall(line)} for line in self.text.splitlines()
            )
        )

    def together(self, namespace: str, name: str) -> bool:
        """Whether a line, or a command and its output, has both: the object is in the namespace."""
        key = (namespace, name)
        if key not in self._together:
            self._together[key] = self._are_together(namespace, name)
        return self._together[key]

    def _are_together(self, namespace: str, name: str) -> bool:
        if not (self.names(namespace) and self.names(name)):
            return False
        scope = re.compile(rf"(?:-n |namespace:? +\"?){re.escape(namespace)}(?![\w-])")
        if scope.search(self.lower):
            return True
        word = re.compile(rf"(?<![\w-]){re.escape(namespace)}(?![\w-])")
        return any(name in line and word.search(line) for line in self.lower.splitlines())


def of_evidence(entry: Evidence) -> Indexed:
    """The whole output and its note; the command's own words only where it found something."""
    output = entry.output
    command = output.command if output.status in {"ok", "no_data"} else ""
    text = f"{output.text}\n{output.note}" if output.note else output.text
    return Indexed(text, command, number=entry.number)


def _groups(pattern: re.Pattern[str], text: str) -> set[int]:
    return {int(g) for m in pattern.finditer(text) for g in m.groups() if g}


def _bounded(haystack: str, needle: str) -> bool:
    at = haystack.find(needle)
    while at != -1:
        before, after = haystack[at - 1 : at], haystack[at + len(needle) : at + len(needle) + 2]
        if not _joins(before, needle[0]) and not _goes_on(needle[-1], after):
            return True
        at = haystack.find(needle, at + 1)
    return False


def _joins(before: str, first: str) -> bool:
    return bool(before) and first.isalnum() and (before.isalnum() or before in "_-.")


def _goes_on(last: str, after: str) -> bool:
    """Whether a word continues: `a` + `b`, and `.` or `-` only where something follows it."""
    if not after or not last.isalnum():
        return False
    return after[0].isalnum() or after[0] == "_" or (after[0] in ".-" and after[1:].isalnum())
