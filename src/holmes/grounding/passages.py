"""Cut an answer into passages, each a claim, a proposal or a general remark.

Only claims say something of the system that a tool must have shown. A reader keeps what lies above
(a heading "Fix", an open code fence, the columns of a table), so that a text can also be read line
by line while it streams in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from holmes.grounding import words

Stance: TypeAlias = Literal["claim", "proposal", "general"]
Form: TypeAlias = Literal["prose", "cell", "code", "quoted", "heading"]

_FENCE = re.compile(r"\s*(```+|~~~+)\s*([\w+-]*)")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*)|\s*\*\*([^*]+)\*\*:?\s*$")
_LABEL = re.compile(r"\s*(?:[-*+]\s+|\d+[.)]\s+)?[*_]{0,2}([^:.|`]{2,60}?)[*_]{0,2}:[*_]{0,2}\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_MARKER = re.compile(r"\s*(?:>\s*)*(?:[-*+•]\s+|\d{1,2}[.)]\s+)?(?:\[[ xX]\]\s+)?")
_QUOTED_LINE = re.compile(r"\s*>\s*[^\n]*[^\s.!?\]:][\"'`]?\s*\Z")
_ROW = re.compile(r"\s*\|")
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-*:?\s*)*\|?\s*$")
_SENTENCE = re.compile(r"(?<=[.!?])[)\"'”“*_]*\s+(?=[\W\d]*[A-ZÄÖÜa-z])|;\s+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|z\.\s?B|bzw|ca|approx|vs|etc|No|Nr|d\.h|u\.a))\.\Z", re.IGNORECASE
)
_LOOSE = re.compile(
    r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{2,3}|(?<=[\w`\"')])[*_](?![\w])|`(?=[~≈]?\d[\w.,%/]*`)|(?<=[\w%])`"
)
_VALUE_TICKS = re.compile(r"`([~≈]?\d[\d.,]*\s?[\w%]{0,4}(?:/\d+)?)`")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{2,3})(?=[^\s*])|(?<=[^\s*])(\*{1,3}|_{2,3})(?![\w*])")
_SPAN = re.compile(r"`[^`]+`|\"[^\"]{1,300}\"|“[^”]{1,300}”|„[^“”]{1,300}[“”]")
_SHELL = {"sh", "bash", "shell", "console", "zsh", "powershell", "dockerfile", "diff", "hcl", "sql"}
_DATA = {"yaml", "yml", "json", "toml", "ini", "conf", "nginx", "python", "go", "properties"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A part of a sentence, a table cell or a line of a code block.

    text     without emphasis, of the same words; code spans keep their backticks
    places   where each character of `text` stands in the answer, and one for the end
    block    passages of one paragraph, list item, table row or code block share a number
    sentence passages of one sentence share a number
    form     "code" is a line of a fenced block, "quoted" one behind ">"; "cell" a table cell, under
             `column`
    """

    text: str
    places: tuple[int, ...]
    stance: Stance
    block: int
    sentence: int
    form: Form = "prose"
    column: str = ""
    language: str = ""


class Reader:
    """Reads an answer whole or in pieces of whole lines, keeping what lies above."""

    def __init__(self) -> None:
        self._section: Stance = "claim"
        self._label: Stance = "claim"
        self._fence = ""
        self._language = ""
        self._columns: list[str] = []
        self._after_blank = False
        self._cue = ""
        self._block = 0
        self._sentence = 0

    def read(self, text: str) -> Iterator[Passage]:
        """The passages of the next lines, in order."""
        paragraph = ""
        began = 0
        position = 0
        for line in text.splitlines(keepends=True):
            bare = line.rstrip("\n")
            if not self._fence and self._continues(bare) and paragraph:
                paragraph += line
            else:
                if paragraph:
                    yield from self._paragraph(paragraph, began)
                    paragraph = ""
                if self._is_prose(bare):
                    paragraph, began = line, position
                else:
                    yield from self._other(bare, position)
            position += len(line)
        if paragraph:
            yield from self._paragraph(paragraph, began)

    def _is_prose(self, line: str) -> bool:
        return bool(
            not self._fence
            and line.strip()
            and not _FENCE.match(line)
            and not _ROW.match(line)
            and not _HEADING.match(line)
        )

    def _continues(self, line: str) -> bool:
        return self._is_prose(line) and not _ITEM.match(line) and not _LABEL.match(line)

    def _other(self, line: str, position: int) -> Iterator[Passage]:
        fence = _FENCE.match(line)
        if fence and (not self._fence or fence[1].startswith(self._fence)):
            self._block += 1
            self._fence = "" if self._fence else fence[1][:3]
            self._language = fence[2].lower()
        elif self._fence:
            self._sentence += 1
            stance = self._code_stance(line)
            yield self._passage(
                line, tuple(range(position, position + len(line) + 1)), stance, "code"
            )
        elif not line.strip():
            self._after_blank = True
            self._columns = []
        elif _ROW.match(line):
            yield from self._row(line, position)
        else:
            yield from self._heading(line, position)

    def _heading(self, line: str, position: int) -> Iterator[Passage]:
        match = _HEADING.match(line)
        title = (match[2] or match[3] or "") if match else line
        stance: Stance = "proposal" if words.PROPOSAL_LABEL.match(title.strip()) else "claim"
        if match and match[1]:
            self._section = self._label = stance
        else:
            self._label = stance if self._section == "claim" else self._section
        self._after_blank = False
        self._block += 1
        self._sentence += 1
        text, places = _cleaned(line, position)
        yield self._passage(text, places, stance, "heading")

    def _code_stance(self, line: str) -> Stance:
        if words.COMMAND.match(line.strip()) or line.strip().startswith("#"):
            return "proposal"
        if self._language in _SHELL:
            return "proposal"
        if self._section == "proposal" or self._label == "proposal":
            return "proposal"
        return "claim"

    def _row(self, line: str, position: int) -> Iterator[Passage]:
        if _RULE.match(line):
            return
        self._block += 1
        cells = list(re.finditer(r"[^|]+", line))
        if not self._columns:
            self._columns = [m.group().strip(" *") for m in cells]
            return
        for number, cell in enumerate(cells):
            self._sentence += 1
            column = self._columns[number] if number < len(self._columns) else ""
            proposed = words.PROPOSAL_COLUMN.search(column) or self._section == "proposal"
            text, places = _cleaned(cell.group(), position + cell.start())
            base = self._passage(text, places, "proposal" if proposed else "claim", "cell")
            yield from self._stances(replace(base, column=column))

    def _paragraph(self, text: str, position: int) -> Iterator[Passage]:
        self._block += 1
        item = _ITEM.match(text)
        if self._after_blank and not item and not text.startswith((" ", "\t")):
            self._label = "claim"
        self._after_blank = False
        cleaned, places = _cleaned(text, position)
        start = _MARKER.match(cleaned)
        skip = start.end() if start else 0
        stance: Stance = "claim"
        label = words.PROPOSAL_LABEL.match(cleaned, skip)
        if _LABEL.match(text):
            self._label = "proposal" if label or words.PROPOSAL_CUE.search(cleaned) else "claim"
            if words.PROPOSAL_START.match(cleaned, skip):
                self._label = "proposal"
        if self._section == "proposal" or self._label == "proposal" or label:
            stance = "proposal"
        if stance == "claim" and _QUOTED_LINE.match(text):
            self._sentence += 1
            yield self._passage(cleaned[skip:], places[skip:], stance, "quoted")
            return
        for first, last in _sentences(cleaned, skip):
            self._sentence += 1
            base = self._passage(cleaned[first:last], places[first : last + 1], stance, "prose")
            if stance == "claim" and words.PROPOSAL_LABEL.match(base.text):
                stance = "proposal"  # "Fix: …" holds to the end of the paragraph
                base = replace(base, stance=stance)
            yield from self._stances(base)

    def _stances(self, passage: Passage) -> Iterator[Passage]:
        """A sentence as it is, or cut where it turns from what is to what could be."""
        if passage.stance != "claim":
            yield passage
            return
        if words.PROPOSAL_START.match(passage.text):
            yield replace(passage, stance="proposal")
            return
        cue = words.PROPOSAL_CUE.search(_SPAN.sub(lambda m: "x" * len(m.group()), passage.text))
        if cue and cue.start() == 0:
            yield replace(passage, stance="proposal")
        elif cue:
            at = cue.start()
            yield replace(passage, text=passage.text[:at], places=passage.places[: at + 1])
            rest = replace(passage, text=passage.text[at:], places=passage.places[at:])
            yield replace(rest, stance="proposal")
        elif words.GENERAL.search(passage.text):
            yield replace(passage, stance="general")
        else:
            yield passage

    def _passage(
        self,
        text: str,
        places: tuple[int, ...],
        stance: Stance,
        form: Form,
    ) -> Passage:
        return Passage(
            text=text,
            places=places,
            stance=stance,
            block=self._block,
            sentence=self._sentence,
            form=form,
            language=self._language if form == "code" else "",
        )


def _cleaned(text: str, position: int) -> tuple[str, tuple[int, ...]]:
    """The text without emphasis and without backticks around plain values, and its places."""
    gone: set[int] = set()
    spans = [(m.start(), m.end()) for m in re.finditer(r"`[^`\n]+`", text)]
    for match in _EMPHASIS.finditer(text):
        if not any(a < match.start() < b - 1 for a, b in spans):
            gone.update(range(match.start(), match.end()))
    for match in _VALUE_TICKS.finditer(text):
        gone |= {match.start(), match.end() - 1}
    kept = [i for i in range(len(text)) if i not in gone]
    cleaned = "".join(" " if text[i] in "\n\t" else text[i] for i in kept)
    return cleaned, (*(position + i for i in kept), position + len(text))


def _sentences(text: str, skip: int) -> Iterator[tuple[int, int]]:
    """Beginnings and ends of the sentences, none of which is cut inside a code span or quote."""
    spans = [(m.start(), m.end()) for m in _SPAN.finditer(text)]
    first = skip
    for match in _SENTENCE.finditer(text, skip):
        inside = any(a < match.start() < b - 1 for a, b in spans)
        if inside or _ABBREVIATION.search(text[first : match.start()]):
            continue
        yield first, match.end()
        first = match.end()
    if text[first:].strip():
        yield first, len(text)
