"""The indented outline that `kubectl describe` prints, as nested data."""

import re

from holmes.core.messages import JsonValue
from holmes.core.tool_output import Json

LARGEST_YAML = 1_000_000
"""Characters; a larger document stays text."""

_KEY = re.compile(r"([^:]{1,120}):(?:\s+(.*)|$)")
_RULE = re.compile(r"-{2,}(?:\s+-{2,})+\s*")
_CELL = re.compile(r"\S+(?: \S+)*")
_DEEPEST = 40


def document_of(text: str) -> Json | None:
    """What `kubectl describe` or a YAML document says, as nested data."""
    if re.match(r"\S[^:\n]{0,80}:  +\S", text):
        return Json(value=outline(text))  # YAML never aligns its values
    if not re.match(r"[A-Za-z]\w*:(?: |\n)", text) or len(text) > LARGEST_YAML:
        return None
    import yaml  # noqa: PLC0415  # 0.1 s, and most results are no YAML

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        value = yaml.load(text, loader)  # noqa: S506  # it makes nothing but strings
    except (yaml.YAMLError, RecursionError):
        return None
    return Json(value=value) if isinstance(value, dict) else None


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
