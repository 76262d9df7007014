"""Find in a passage what a tool must have shown: names, images, addresses, values, quotes, counts.

Each pattern takes the characters that it recognises, so that a later one does not read the port of
an image's registry or the minutes of a time once more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holmes.grounding import values, words
from holmes.grounding.names import names_in, shape_of
from holmes.grounding.passages import Passage

Kind: TypeAlias = Literal[
    "name",
    "namespace",
    "image",
    "ip",
    "port",
    "exit code",
    "status code",
    "quantity",
    "percentage",
    "time",
    "count",
    "quote",
    "change",
]
NUMERIC: frozenset[Kind] = frozenset(
    {"port", "exit code", "status code", "quantity", "percentage", "time", "count"}
)

MARK = re.compile(r"«[a-z ]+ not found in the evidence»")
"""What stands in an answer in the place of what was struck."""

_TICKED = re.compile(r"`([^`]+)`")
_QUOTED = re.compile(
    r"\"([^\"]{2,400})\"|“([^”“]{2,400})[”“]|„([^“”„]{2,400})[“”]|«([^»]{2,400})»|»([^«]{2,400})«"
    r"|\u2018([^\u2019]{2,400})\u2019|(?<![\w])'([^']{2,400})'(?![\w])"
)
_PLACEHOLDER = re.compile(r"«[a-z][\w-]*:\d+»")
_URL = re.compile(r"\b[a-z][a-z0-9+]*://[^\s`\"'<>)\]]+[^\s`\"'<>)\].,;:]", re.IGNORECASE)
_IMAGE = re.compile(
    r"(?<![\w./@:-])((?:[a-z0-9][\w.-]*(?::\d+)?/)*[a-z0-9][\w.-]*"
    r"(?::[\w][\w.-]*[\w]|:[\w])(?:@sha256:[0-9a-f]{6,})?|[a-z0-9][\w./-]*@sha256:[0-9a-f]{6,}"
    r"|sha256:[0-9a-f]{6,})(?![\w/:])"
)
_WORD_TAGS = {"latest", "stable", "main", "master", "alpine", "slim", "edge", "dev", "prod"}
_IP = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(/\d{1,2})?(?::(\d{1,5}))?(?![\w.]\w)")
_EVERY_IP = {"0.0.0.0", "127.0.0.1", "255.255.255.255"}  # noqa: S104  # compared, never bound
_PORT = re.compile(
    r"\b[Pp]orts?(?: number)?[:= ]{1,2}((?:\d{1,5}(?:\s?(?:,|and|or|und|oder|/)\s?)?)+)(?![\w.]\w)"
    r"|(?<![\w./-])(\d{1,5})/(?:TCP|UDP|tcp|udp)\b|(?<=[a-z\d\]]):(\d{2,5})(?![\w:.]\w|\d)"
)
_EXIT = re.compile(
    r"\bexit(?:s|ed|ing)?[ -]?(?:with |by |on )?(?:an? )?(?:exit )?(?:status |code ?)*"
    r"(?:of |is |was |war |ist |: ?|= ?|\()*(\d{1,3})(?![\w.]\w|/)"
    r"|\b(?:return|termination)[ -]?codes?:? (?:of |is |was )?(\d{1,3})\b|\(code (\d{1,3})\)"
    r"|\b(?:exit ?|exit-)codes? (?:\d+ (?:and|or|und) )(\d{1,3})"
    r"|退出代?码\s?[为是:]?\s?(\d{1,3})",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"\b(?:HTTP(?:/\d(?:\.\d)?)?|HTTP[- ]status(?:code)?|status ?code:?)(?: status| code|-)*:? "
    r"?(?:of |is |was )?([1-5]\d\d)\b|\b([45]\d\d) (?:errors?|responses?|Not Found|Forbidden)\b"
    r"|(?<![\w.-])([45]\d\d)s(?= )",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)\s?(?:%|percent\b|Prozent\b)")
_RATIO = re.compile(
    r"(?<![\w./:-])(\d{1,5})(?:\s?/\s?| (?:out )?of (?:the |its )?| von (?:den )?)(\d{1,5})"
    r"(?![\w/%]|\.\d)"
)
_VERSION = re.compile(
    r"(?<![\w.:/-])v?(\d+\.\d+\.\d+(?:[-+.][a-z0-9.]*[a-z0-9])?)(?![\w.]\w)"
    r"|\b(?:tag|Tag|version|Version|revision|Revision)s?:? [`\"']?(v?\d[\w.-]*\w|v?\d)(?!\w)",
)
_NUMBER_WORD = "|".join(words.NUMBERS)
_NOUNS = (
    r"pods?|nodes?|deployments?|services?|replicas?|containers?|namespaces?|jobs?|restarts?|times"
    r"|events?|statefulsets?|daemonsets?|errors?|warnings?|endpoints?|configmaps?|secrets?"
    r"|attempts?|retries|Neustarts?|Mal|Knoten|Replikate"
)
_COUNT = re.compile(
    rf"(?<![\w./:-])(\d{{1,6}}|{_NUMBER_WORD})[ -]"
    rf"(?:(?!of\b|and\b|or\b)[a-zäöü/-]+ ){{0,2}}?({_NOUNS})\b"
    r"|\b(Restart Count|RESTARTS|restartCount|[Rr]estarts?|[Nn]eustarts?)[:= ]{1,3}(\d{1,6})\b"
    r"|重启(?:了|次数)?[:= ]{0,3}(\d{1,6})",
    re.IGNORECASE,
)
_COLUMNS: dict[str, Kind] = {
    "restart": "count",
    "exit": "exit code",
    "port": "port",
    "pod": "count",
    "replica": "count",
}
_CHANGE = re.compile(
    r"([^\s,;()\"`]+)`?\s*(?:→|->|=>)\s*`?([^\s;()\"`]+)|\b(?:from|von) `?([^\s,;`]+)`? "
    r"(?:to|auf|zu) `?([^\s;`]+)`?"
)
_WAS = re.compile(
    r"\b(?:from|von|currently|aktuell|instead of|statt|anstelle von) "
    r"`?([^\s,;`]+?)`?(?=[\s,;.)]|\Z)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Specific:
    """Something in an answer that can be looked up.

    text        as it stands there
    start, end  its place in the answer
    value       what is compared: a name, or the numbers as text, in the form that the kind takes
    noun        of a count: what is counted
    roughly     "about" stands before it
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: tuple[str, ...]
    block: int
    sentence: int
    noun: str = ""
    roughly: bool = False


class Extractor:
    """Takes the specifics out of one passage."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._text = passage.text
        self.found: list[Specific] = []

    def run(self) -> list[Specific]:
        """Everything that the passage's stance lets count."""
        if self._passage.form in {"code", "quoted"}:
            self._code_line()
            return self.found
        if self._passage.stance == "proposal":
            self._before_a_change()
            self._names(generated_only=True)
            return self.found
        for take in (
            self._cell,
            self._changes,
            self._spans,
            self._addresses,
            self._times,
            self._codes,
            self._counts,
            self._amounts,
        ):
            take()
        self._names()
        self._without_general()
        return sorted(self.found, key=lambda s: s.start)

    def _add(
        self, kind: Kind, start: int, end: int, *value: str, noun: str = "", mask: bool = True
    ) -> None:
        passage = self._passage
        self.found.append(
            Specific(
                kind=kind,
                text=passage.text[start:end],
                start=passage.places[start],
                end=passage.places[end - 1] + 1,
                value=value or (passage.text[start:end],),
                block=passage.block,
                sentence=passage.sentence,
                noun=noun,
                roughly=bool(words.APPROXIMATE.search(passage.text[:start])),
            )
        )
        if mask:
            self._mask(start, end)

    def _mask(self, start: int, end: int) -> None:
        self._text = self._text[:start] + "\0" * (end - start) + self._text[end:]

    def _each(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        yield from list(pattern.finditer(self._text))

    def _code_line(self) -> None:
        if self._passage.stance == "proposal":
            self._names(generated_only=True)
        elif len(re.findall(r"\w", self._text)) >= SHORTEST_QUOTE:
            stripped = self._text.strip()
            start = self._text.index(stripped)
            self._add("quote", start, start + len(stripped))

    def _cell(self) -> None:
        """A bare number says what it is by its column."""
        number = re.fullmatch(r"\s*(\d{1,6})\s*(?:\(.*\))?\s*", self._text)
        if self._passage.form != "cell" or number is None:
            return
        for word, kind in _COLUMNS.items():
            if word in self._passage.column.lower():
                self._add(kind, number.start(1), number.end(1), noun=f"{word}s")

    def _spans(self) -> None:
        for match in self._each(MARK):
            self._mask(match.start(), match.end())
        for match in self._each(_PLACEHOLDER):
            self._add("name", match.start(), match.end())
        for match in self._each(_TICKED):
            self._span(match.start(1), match.end(1), ticked=True)
        for match in self._each(_QUOTED):
            group = next(i for i, g in enumerate(match.groups(), start=1) if g is not None)
            self._span(match.start(group), match.end(group), ticked=False)
        for match in self._each(_URL):
            self._add("name", match.start(), match.end())

    def _span(self, start: int, end: int, *, ticked: bool) -> None:
        inner = self._text[start:end]
        if "\0" in inner:
            return
        if words.COMMAND.match(inner) or inner.startswith(("-", "<", "$")):
            self._mask(start, end)
            return
        if _of_namespace(self._text[:start], self._text[end:]) and re.fullmatch(
            r"[a-z0-9-]+", inner
        ):
            self._add("namespace", start, end)
            return
        if re.search(r"\s", inner.strip()):
            if _is_quote(inner, ticked=ticked):
                self._add("quote", start, end)
            return
        if (shape := shape_of(inner, ticked=ticked)) == "none":
            self._mask(start, end)
        elif shape == "name":
            self._slashed(start, end, inner)
        elif shape == "text":
            self._add("quote", start, end)

    def _slashed(self, start: int, end: int, inner: str) -> None:
        parts = inner.split("/")
        if len(parts) == 2 and all(parts):
            if words.KIND.match(parts[0]):
                self._add("name", start, end, parts[1])
            else:
                self._add("name", start, end, parts[0], parts[1])
        else:
            before, after = self._text[:start], self._text[end:]
            kind: Kind = "namespace" if _of_namespace(before, after) else "name"
            self._add(kind, start, end)

    def _changes(self) -> None:
        for match in self._each(_CHANGE):
            before, after = match[1] or match[3], (match[2] or match[4]).rstrip(".,`")
            if any(re.search(r"[\d_:]", side) for side in (before, after)):
                end = match.start() + len(match.group().rstrip(".,`"))
                self._add("change", match.start(), end, before, after, mask=False)

    def _before_a_change(self) -> None:
        """A proposal to go "from 128Mi to 256Mi" says that it is 128Mi now."""
        for match in self._each(_WAS):
            token, start = match[1], match.start(1)
            if quantity := values.QUANTITY.fullmatch(token):
                self._add("quantity", start, match.end(1), quantity[1], quantity[2])
            elif _is_image(token) and _IMAGE.fullmatch(token):
                self._add("image", start, match.end(1))

    def _addresses(self) -> None:
        for match in self._each(_IMAGE):
            if _is_image(match.group()):
                self._add("image", match.start(), match.end())
        for match in self._each(_IP):
            if match[1] in _EVERY_IP:
                self._mask(match.start(), match.end())
            elif all(int(part) < 256 for part in match[1].split(".")):
                self._add("ip", match.start(1), match.end(1))
                if match[3]:
                    self._add("port", match.start(3), match.end(3))
        for match in self._each(_VERSION):
            group = 1 if match[1] else 2
            before = self._text[: match.start()]
            product = re.search(r"(Kubernetes|k8s|since|Python|Java|Go|Helm|API)[\s*]*\Z", before)
            # Since which 1.N something is there is known; 1.N.P is what runs here.
            if not product or (group == 1 and product[1] in {"Kubernetes", "k8s"}):
                self._add("image", match.start(group), match.end(group))

    def _times(self) -> None:
        for match in self._each(values.TIME):
            if any(values.moment(match)):
                self._add("time", match.start(), match.end(), "moment")

    def _codes(self) -> None:
        self._numbers("exit code", _EXIT)
        self._numbers("status code", _STATUS)
        for match in self._each(_PORT):
            group = next(i for i, g in enumerate(match.groups(), start=1) if g)
            for number in re.finditer(r"\d+", match[group]):
                start = match.start(group) + number.start()
                self._add("port", start, start + len(number.group()))

    def _numbers(self, kind: Kind, pattern: re.Pattern[str]) -> None:
        for match in self._each(pattern):
            group = next(i for i, g in enumerate(match.groups(), start=1) if g)
            self._add(kind, match.start(group), match.end(group))

    def _counts(self) -> None:
        for match in self._each(_RATIO):
            if match.group() != "24/7":
                self._add("quantity", match.start(), match.end(), match[1], "/", match[2])
        for match in self._each(_COUNT):
            group = next(i for i in (1, 4, 5) if match[i])
            number = words.NUMBERS.get(match[group].lower(), match[group])
            if str(number) not in {"0", "1"} or match[group].isdigit():
                noun = (match[2] or "restarts").lower()
                self._add("count", match.start(group), match.end(group), str(number), noun=noun)

    def _amounts(self) -> None:
        for match in self._each(_PERCENT):
            self._add("percentage", match.start(), match.end(), match[1])
        for match in self._each(values.QUANTITY):
            self._add("quantity", match.start(), match.end(), match[1], match[2])
        for match in self._each(values.COMPACT):
            length = values.durations(match.group())
            self._add("time", match.start(), match.end(), str(max(length)), "s")
        for match in self._each(values.DURATION):
            self._add("time", match.start(), match.end(), match[1], match[2])

    def _names(self, *, generated_only: bool = False) -> None:
        in_cell = self._passage.column if self._passage.form == "cell" else ""
        for name in names_in(self._text, generated_only=generated_only, column=in_cell):
            self._add(name.kind, name.start, name.end, *name.value)

    def _without_general(self) -> None:
        """Numbers of a sentence that says what is always so are nobody's observation."""
        general = self._passage.stance == "general"
        if not general and words.DEFINITION.search(self._passage.text):
            general = all(s.kind in NUMERIC for s in self.found)
        if general:
            self.found = [s for s in self.found if s.kind not in NUMERIC]


SHORTEST_QUOTE = 6
"""Letters and digits of a line in a code block below which it says nothing ("}", "...")."""

FEWEST_WORDS = 3
"""Words in quotes from which on they are taken for a quotation, not for a term."""


def specifics(passage: Passage) -> list[Specific]:
    """What of a passage can be looked up, in order."""
    return Extractor(passage).run()


def _is_quote(inner: str, *, ticked: bool) -> bool:
    """Whether several words in quotes repeat a text: no setting such as `memory: 128Mi`."""
    count = len(inner.split())
    setting = re.match(r"[\w.\[\]/-]+(?: [\w]+)?\s?[:=]\s?\S+\Z", inner.strip())
    if setting and count <= FEWEST_WORDS:
        return False
    return count >= FEWEST_WORDS or (ticked and not re.match(r"[A-Z]+ /", inner))


def _is_image(token: str) -> bool:
    """Whether something with a colon has a tag or a digest, not a port and not a value."""
    if "sha256:" in token:
        return True
    path, _, tag = token.rpartition(":")
    if not path or _IP.fullmatch(path) or (tag.isdigit() and int(tag) > 99):
        return False
    return bool(re.search(r"\d", tag) or tag in _WORD_TAGS or "/" in path) and not path.isdigit()


def _of_namespace(before: str, after: str) -> bool:
    return bool(
        re.search(r"\b(?:namespaces?|ns|-n|Namespace)[:=]?\s*[`\"']?\Z", before)
        or re.match(r"[`\"']?\s*[- ]?[Nn]amespace\b", after)
    )
