"""The markdown of an answer as blocks: what is prose, what is code, which cell is in which row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["prose", "heading", "row", "head", "quote", "code"]

_FENCE = re.compile(r"[ \t]*(?:[-*+] )?(`{3,}|~{3,})[ \t]*([\w+-]*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+")
_RULE = re.compile(r"[ \t|:]*-{2,}[-:| \t]*")
# An abbreviation ("i.e. ") goes on in lower case.
_STOP = re.compile(
    r"(?<![A-Za-z]\.[A-Za-z])(?<!\d Min)[.!?](?=[*_\"”)]{0,3}(?:\s(?! ?[a-z])|\Z))|[。!?]"
)
CITATION = re.compile(r"(\s?)(?<!\w)\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A paragraph, list item, table row, heading, quotation or code block.

    start, end  its place in the answer
    lead        the block that introduces it: the paragraph before a list, the head of a table
    parts       sentences, or the cells of a row
    language    of code: what stands behind the fence
    """

    form: Form
    number: int
    start: int
    end: int
    lead: "Block | None" = None
    parts: tuple[tuple[int, int], ...] = ()
    language: str = ""


def blocks(text: str) -> list[Block]:
    """Every block of a text, in order."""
    found: list[Block] = []
    lead: Block | None = None
    for form, start, end, language in _pieces(text):
        parent = lead if _ITEM.match(text, start) else None
        if form in {"head", "row"}:
            parts = tuple(_cells(text, start, end))
            if form == "row":
                before = found[-1] if found else None
                head = before.lead if before and before.form == "row" else before
                parent = head if head and head.form == "head" else None
            else:
                parent = lead
        else:
            marker = _ITEM.match(text, start)
            parts = tuple(_sentences(text, marker.end() if marker else start, end))
        block = Block(
            form=form,
            number=len(found),
            start=start,
            end=end,
            lead=parent,
            parts=parts,
            language=language,
        )
        found.append(block)
        if form == "heading" or (form == "prose" and not _ITEM.match(text, start)):
            lead = block if form == "prose" else None
    return found


def _pieces(text: str) -> Iterator[tuple[Form, int, int, str]]:
    """Form, place and language of each block."""
    lines = list(_lines(text))
    at = 0
    while at < len(lines):
        start, end = lines[at]
        line = text[start:end]
        if fence := _FENCE.match(line):
            last = _closing(text, lines, at, fence[1])
            yield "code", start, lines[last][1], fence[2]
            at = last + 1
            continue
        at += 1
        form = _form(line)
        if form is None:
            continue
        if form == "row":
            under = text[slice(*lines[at])] if at < len(lines) else ""
            if _RULE.fullmatch(under) and "|" in under:
                form = "head"
                at += 1
        elif form != "heading":
            while at < len(lines) and _goes_on(text[slice(*lines[at])], form):
                end = lines[at][1]
                at += 1
        yield form, start, end, ""


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _form(line: str) -> Form | None:
    bare = line.strip()
    if not bare:
        return None
    if bare.startswith("#"):
        return "heading"
    if bare.startswith("|"):
        return "row"
    return "quote" if bare.startswith(">") else "prose"


def _goes_on(line: str, form: Form) -> bool:
    return _form(line) == form and not _ITEM.match(line) and not _FENCE.match(line)


def _closing(text: str, lines: list[tuple[int, int]], at: int, fence: str) -> int:
    for last in range(at + 1, len(lines)):
        bare = text[slice(*lines[last])].strip()
        if bare.startswith(fence) and not bare.strip(fence[0]):
            return last
    return len(lines) - 1


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = text.index("|", start) + 1
    while at < end:
        bar = text.find("|", at, end)
        close = bar if bar >= 0 else end
        if bar >= 0 or text[at:close].strip():
            yield at, close
        at = close + 1


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    code = iter(code_spans(text, start, end))
    inside = next(code, None)
    for stop in _STOP.finditer(text, start, end):
        close = stop.end()
        while inside is not None and inside[1] < close:
            inside = next(code, None)
        if inside is not None and inside[0] < close:
            continue
        # A number behind the stop, as in "is available. [2]", belongs to what stands before it.
        while cited := CITATION.match(text, close, end):
            close = cited.end()
        if close > at and text[at:close].strip():
            yield at, close
            at = close
    if text[at:end].strip():
        yield at, end


def code_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places of `inline code`, without its backticks."""
    spans = []
    at = text.find("`", start, end)
    while at >= 0:
        close = text.find("`", at + 1, end)
        if close < 0:
            break
        if close > at + 1:
            spans.append((at + 1, close))
        at = text.find("`", close + 1, end)
    return spans
