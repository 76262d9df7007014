"""Typed data out of the less common shapes: outlines of `kubectl describe`, YAML, ruled tables."""

import json
import re
from contextlib import suppress

from holmes.core.messages import JsonValue
from holmes.core.tool_output import Json, Table
from holmes.tools.data import is_header, tables_of

LARGEST_YAML = 1_000_000
"""Characters; a larger document stays text."""

_KEY = re.compile(r"([^:]{1,120}):(?:\s+(.*)|$)")
_RULE = re.compile(r"-{2,}(?:\s+-{2,})+\s*")
_CELL = re.compile(r"\S+(?: \S+)*")
_DEEPEST = 40
_BAR_RULE = re.compile(r"[|+: -]*-{2,}[|+][|+: -]*-{2,}[|+: -]*|\+-{2,}\+")
_FEW = 5
_FEWEST = 2
_WIDEST = 8


def document_of(text: str) -> Json | Table | None:
    """What an outline, YAML, lines of JSON, or a table with rules or tabs says, as data."""
    if len(text) > LARGEST_YAML:
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip()[:1] == "{" for line in lines):
        with suppress(ValueError, RecursionError):
            return Json(value=[json.loads(line) for line in lines])
    if table := _ruled(lines) or _even(lines) or _below(lines):
        return table
    if re.match(r"\S[^:\n]{0,80}:  +\S", text):
        return Json(value=outline(text))  # YAML never aligns its values
    if not re.match(r"[A-Za-z]\w*:(?: |\n)", text):
        return None
    import yaml  # noqa: PLC0415  # 0.1 s, and most results are no YAML

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        value = yaml.load(text, loader)  # noqa: S506  # it makes nothing but strings
    except (yaml.YAMLError, RecursionError):
        return None
    return Json(value=value) if isinstance(value, dict) else None


def _ruled(lines: list[str]) -> Table | None:
    """The table that SQL clients draw with bars, or that stands between tabs."""
    rules = [at for at, line in enumerate(lines[:4]) if _BAR_RULE.fullmatch(line)]
    if rules and max(rules) > 0:
        cells = [line.strip().strip("|").split("|") for line in lines[max(rules) - 1 :]]
        cells.pop(1)
    else:
        cells = [line.split("\t") for line in lines]
    rows = [tuple(cell.strip() for cell in row) for row in cells if len(row) == len(cells[0])]
    # The sum of the rows, in brackets, or a rule may end it.
    fits = len(rows) > 1 and len(rows[0]) > 1 and len(rows) + 2 >= len(cells)
    return Table(columns=rows[0], rows=tuple(rows[1:])) if fits else None


def _below(lines: list[str]) -> Table | None:
    """The table that stands behind a few lines of another kind."""
    first = next((at for at, line in enumerate(lines[:_FEW]) if is_header(line)), 0)
    found = tables_of(lines[first:]) if first else []
    return found[0] if len(found) == 1 else None


def _even(lines: list[str]) -> Table | None:
    """Lines of as many words each, of which one is a number, as `uniq -c` prints them."""
    words = [tuple(line.split()) for line in lines]
    width = len(words[0]) if words else 0
    if len(words) < _FEWEST or not 1 < width <= _WIDEST or any(len(w) != width for w in words):
        return None
    if not any(all(cell.isdigit() for cell in column) for column in zip(*words, strict=True)):
        return None
    return Table(columns=tuple(f"{at} of {width}" for at in range(width)), rows=tuple(words))


def outline(text: str) -> JsonValue:
    """Keys with their values; what stands deeper belongs to the key above, a table is its rows."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return _read([(len(line) - len(line.lstrip()), line.strip()) for line in lines], 0)


def _read(lines: list[tuple[int, str]], depth: int) -> JsonValue:
    found: dict[str, JsonValue] = {}
    loose: list[JsonValue] = []
    at = 0
    while at < len(lines):
        indent, line = lines[at]
        end = at + 1
        if end < len(lines) and _RULE.fullmatch(lines[end][1]):
            end = _past(lines, at, indent - 1)
            loose += _rows(line, [text for _, text in lines[at + 2 : end]])
        else:
            end = _past(lines, at, indent)
            inner = lines[at + 1 : end]
            below = _read(inner, depth + 1) if inner and depth < _DEEPEST else None
            key = _KEY.match(line)
            if key is None:
                loose += [line, *([] if below is None else [below])]
            elif not key[2] or below is None:
                found[key[1]] = below if below is not None else key[2] or ""
            else:
                found[key[1]] = [key[2], *(below if isinstance(below, list) else [below])]
        at = end
    if not found:
        return loose
    return {**found, "": loose} if loose else dict(found)


def _past(lines: list[tuple[int, str]], at: int, indent: int) -> int:
    """The first line below that is not deeper than `indent`."""
    end = at + 1
    while end < len(lines) and lines[end][0] > indent:
        end += 1
    return end


def _rows(titles: str, lines: list[str]) -> list[JsonValue]:
    """Each line of a table as its cells under the titles."""
    heads = list(_CELL.finditer(titles))
    starts = [head.start() for head in heads]
    places = list(zip(heads, starts, [*starts[1:], None], strict=True))
    return [{head.group(): line[a:b].strip() for head, a, b in places} for line in lines]
