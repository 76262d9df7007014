"""One piece of evidence, prepared once so that every line of an answer is held against it quickly.

Names and numbers are searched where they are asked for; sets of everything are made only when
spelling or units may differ. Logs of megabytes are read at the speed of `str.find`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from holmes.core.evidence import Evidence
from holmes.grounding import values
from holmes.grounding.tables import (
    Counts,
    Table,
    counted,
    tables_in,
)

MOST_PLACES = 2_000
"""Places of one number that are looked at: more of them tell nothing new."""

# Straight, typographic and German quotes, and the marks of emphasis and of escaping.
_QUOTES = str.maketrans(
    dict.fromkeys("\"'`*\\\u201c\u201d\u201e\u201a\u2018\u2019\u00ab\u00bb\u2039\u203a", "")
)
_BEFORE_PORT = re.compile(r"(?:[\w\])/]:|\bport\w*\W{1,6}(?:\w+\W{1,3})?)\Z")
_AFTER_PORT = re.compile(r"/(?:tcp|udp|sctp)\b|:\d+/(?:tcp|udp)")
_PORT_LINE = re.compile(r"port|listen|addr|bind|connect|dial|probe|http|tcp|endpoint")
_BEFORE_EXIT = re.compile(
    r"\b(?:exit|exited|exitcode|returned|terminated)\W{0,4}(?:with\W{1,2})?(?:code|status)?\W{0,6}\Z"
)
_BEFORE_RESTARTS = re.compile(
    r"(?:\brestarts?\W{0,3}(?:count)?\W{0,6}|\brestartcount\W{0,4}|\brestart(?:ed)? )\Z"
)
_AFTER_RESTARTS = re.compile(r" restarts?\b")
_BEFORE_TIMES = re.compile(r"(?:\bx|\bcount\"?\W{1,3}|\bseen |\battempt\w*\W{1,3})\Z")
_AFTER_TIMES = re.compile(r" times\b")
_NOTHING = re.compile(r"(?!)")
_RATIO = re.compile(r"(?<![\w./-])(\d+)\s?/\s?(\d+)(?![\w/])|\b(\d+) of (\d+)\b")
_CHANGE = re.compile(r"([^\s,;]+)\s*(?:→|->|=>)\s*(\S+)")
_ARROWS = ("→", "->", "=>")
_CUT = re.compile(r"([\w.,:/=-]{6,})…")
_POD = re.compile(r"(?<![\w-])[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[a-z0-9]{5}(?![\w-])")
_LISTED = re.compile(r"^- [a-z]+ (?:[a-z0-9-]+/)?([a-z0-9.-]+):", re.MULTILINE)
_SHOWN = re.compile(r"^name: +([a-z0-9.-]+)$", re.MULTILINE)
_CONTEXT = 48


def folded(text: str) -> str:
    """Lower case, single spaces, no quotes: how quoted lines are compared."""
    return " ".join(text.translate(_QUOTES).casefold().split())


class Indexed:
    """A text in which names, values and quotes are looked up."""

    def __init__(self, text: str, command: str = "", *, number: int = 0) -> None:
        self.number = number
        self.text = text
        self.command = command
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
        """The tables that kubectl prints."""
        return tables_in(self.text)

    @cached_property
    def counts(self) -> Counts:
        """What can be counted in the tables."""
        return counted(self.tables)

    @cached_property
    def changes(self) -> dict[str, set[str]]:
        """What changed to what, where the text says so with an arrow."""
        found: dict[str, set[str]] = {}
        for line in self.lower.splitlines():
            if any(arrow in line for arrow in _ARROWS):
                for before, after in _CHANGE.findall(line):
                    found.setdefault(before, set()).add(after.rstrip("…,;."))
        return found

    @cached_property
    def cut(self) -> frozenset[str]:
        """Words that the tool itself cut off with an ellipsis."""
        return frozenset(_CUT.findall(self.lower) if "…" in self.lower else ())

    @cached_property
    def listed(self) -> frozenset[int]:
        """How many pods a line names, how many there are of each beginning, and in all."""
        found: set[int] = set()
        by: Counter[str] = Counter()
        every: set[str] = set()
        for line in self.lower.splitlines():
            if "-" in line:
                here = set(_POD.findall(line))
                found.add(len(here))
                every |= here
        for name in every:
            parts = name.split("-")
            by.update("-".join(parts[:n]) for n in range(1, len(parts)))
        return frozenset(found | set(by.values()) | {len(every)})

    @cached_property
    def objects(self) -> frozenset[str]:
        """Names of objects that it lists, shows or was asked about, and of their workloads."""
        found = {row.get("NAME", "") for table in self.tables for row in table.rows}
        found.update(_LISTED.findall(self.lower))
        found.update(_SHOWN.findall(self.lower))
        named = self.command.split()[2 if " logs " in self.command else 3 :]
        found.update(word for word in named if not word.startswith("-"))
        for pod in _POD.findall(" ".join(found)):
            parts = pod.split("-")
            found |= {"-".join(parts[:-1]), "-".join(parts[:-2])}
        return frozenset(found)

    def names(self, name: str) -> bool:
        """Whether something is called so: a whole word, or one that goes on with a dash or a dot.

        A pod's name begins with that of its Deployment.
        """
        return any(
            not (before.isalnum() or before in {"-", "_"}) and not (after.isalnum() or after == "_")
            for before, after, _ in _places(self.lower, name)
        )

    def has(self, text: str) -> bool:
        """Whether the text stands there, not as a part of a longer word; its end may be cut off."""
        wanted = text.casefold()
        return _bounded(self.lower, wanted) or any(
            wanted.startswith(cut) and len(cut) * 2 > len(wanted) for cut in self.cut
        )

    def is_namespace(self, word: str) -> bool:
        """Whether a word is used as a namespace here."""
        if any(f"{mark}{word}" in self.lower for mark in ("-n ", "namespace: ", "namespace ")):
            return True
        return f" {word}/" in self.lower or any(
            row.get("NAMESPACE") == word for table in self.tables for row in table.rows
        )

    def is_node(self, name: str) -> bool:
        """Whether a table of nodes lists it."""
        return any(
            row.get("NAME") == name
            for table in self.tables
            if table.kind == "node"
            for row in table.rows
        )

    def has_port(self, number: int) -> bool:
        """Whether a number is a port by its shape, or stands in a line on connections."""
        return self._near(number, _BEFORE_PORT, _AFTER_PORT, _PORT_LINE)

    def has_exit_code(self, number: int) -> bool:
        """Whether it is an exit code; a container killed for its memory has 137 by definition."""
        return self._near(number, _BEFORE_EXIT) or (number == 137 and "oomkilled" in self.lower)

    def has_restarts(self, number: int) -> bool:
        """Whether something restarted so often: by words, fields and the column of that name."""
        return self._near(number, _BEFORE_RESTARTS, _AFTER_RESTARTS) or self._in_column(
            "RESTARTS", number
        )

    def has_times(self, number: int) -> bool:
        """Whether something was seen or tried so often."""
        return (
            self._near(number, _BEFORE_TIMES, _AFTER_TIMES)
            or self.has_restarts(number)
            or self._in_column("COUNT", number)
        )

    def has_number_of(self, number: int, noun: str) -> bool:
        """Whether it stands by a noun: `0/2 nodes`, `3 old pods`, `2 of 3 pods`, `pods: 3`."""
        word = re.escape(noun)
        before = re.compile(rf"\b{word}(?:s|\(s\))?[^\w\n]{{1,24}}\Z")
        after = re.compile(rf"(?: ?/ ?\d+)?(?: [^\s,;]+){{0,3}}? {word}(?:s|\(s\))?\b")
        return self._near(number, before, after)

    def has_in_line(self, first: int, second: int) -> bool:
        """Whether two numbers stand in one line; those of a table are of different things."""
        if self.tables:
            return False
        other = re.compile(rf"(?<![\w.]){second}(?![\w.]\w)")
        return self._near(first, _NOTHING, _NOTHING, other)

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
        return any(word.search(*self._line(at)) for _, _, at in _places(self.lower, name))

    def _near(
        self,
        number: int,
        before: re.Pattern[str],
        after: re.Pattern[str] = _NOTHING,
        in_line: re.Pattern[str] = _NOTHING,
    ) -> bool:
        """Whether a number stands behind, before, or in one line with something."""
        digits = str(number)
        for left, right, at in _places(self.lower, digits):
            if left.isdigit() or right.isdigit() or left == ".":
                continue
            end = at + len(digits)
            start = max(0, at - _CONTEXT)
            if before.search(self.lower, start, at) or after.match(self.lower, end):
                return True
            if in_line is not _NOTHING and not left.isalnum() and in_line.search(*self._line(at)):
                return True
        return False

    def _line(self, at: int) -> tuple[str, int, int]:
        """The text and the ends of the line around a place, for a search in it."""
        start = self.lower.rfind("\n", 0, at) + 1
        end = self.lower.find("\n", at)
        return self.lower, start, end if end != -1 else len(self.lower)

    def _in_column(self, column: str, number: int) -> bool:
        return any(
            row.get(column, "").split(" ")[0] == str(number)
            for table in self.tables
            for row in table.rows
        )


def of_evidence(entry: Evidence) -> Indexed:
    """The whole output and its note; the command's own words only where it found something."""
    output = entry.output
    command = output.command if output.status in {"ok", "no_data"} else ""
    text = f"{output.text}\n{output.note}" if output.note else output.text
    return Indexed(text, command, number=entry.number)


def _places(haystack: str, needle: str) -> Iterator[tuple[str, str, int]]:
    """Each place of a text, with the characters before and behind it."""
    return islice(_every_place(haystack, needle), MOST_PLACES)


def _every_place(haystack: str, needle: str) -> Iterator[tuple[str, str, int]]:
    at = haystack.find(needle)
    while at != -1:
        end = at + len(needle)
        yield haystack[at - 1 : at], haystack[end : end + 1], at
        at = haystack.find(needle, end)


def _bounded(haystack: str, needle: str) -> bool:
    for before, _, at in _places(haystack, needle):
        end = at + len(needle)
        if not _joins(before, needle[0]) and not _goes_on(needle[-1], haystack[end : end + 2]):
            return True
    return False


def _joins(before: str, first: str) -> bool:
    return bool(before) and first.isalnum() and (before.isalnum() or before in "_-.")


def _goes_on(last: str, after: str) -> bool:
    """Whether a word continues: `a` + `b`, and `.` or `-` only where something follows it."""
    if not after or not last.isalnum():
        return False
    return after[0].isalnum() or after[0] == "_" or (after[0] in ".-" and after[1:].isalnum())
