"""Masking of typed data, as its text is masked: each value is judged with its key or column.

Most data holds no secret at all. So all of it is read once as lines `key=value`, and taken apart
only where something was found in there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, TypeAlias

from holmes.core.messages import JsonValue
from holmes.core.tool_output import LogLines, Table, ToolData

_Mask: TypeAlias = Callable[[str], str]
_Change: TypeAlias = Callable[[str, str], str]


def masked_data(data: ToolData, mask: _Mask) -> ToolData:
    """The same data with every text in it masked."""
    match data:
        case LogLines():
            return _masked_log(data, mask)
        case Table():
            return masked_table(data, mask)
        case _:
            if not _found(_leaves(data, ""), mask):
                return data
            masked: ToolData = _changed(data, "", _change(mask))
            return masked


def masked_table(table: Table, mask: _Mask) -> Table:
    """The table with every cell masked as a value of its column."""
    if not _found((pair for row in table.rows for pair in _cells(table, row)), mask):
        return table
    change = _change(mask)
    rows = (tuple(change(*pair) for pair in _cells(table, row)) for row in table.rows)
    return replace(table, rows=tuple(rows))


def masked_json(value: JsonValue, mask: _Mask) -> Any:  # noqa: ANN401  (JSON is anything)
    """The JSON value with every text in it masked.

    A text is judged by its key; the value of `{name, value}` by that name, and an argument by the
    flag before it: what is secret does not depend on who reads the field.
    """
    if not _found(_leaves(value, ""), mask):
        return value
    return _changed(value, "", _change(mask))


def masked_value(key: str, text: str, mask: _Mask) -> str:
    """A text masked as the value of a key."""
    head = f"{key}="
    whole = mask(head + text)
    return whole[len(head) :] if key and whole.startswith(head) else mask(text)


def _cells(table: Table, row: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return zip(table.columns, row, strict=False)


def _found(pairs: Iterator[tuple[str, str]], mask: _Mask) -> bool:
    text = "\n".join(f"{key}={text}" if key else text for key, text in pairs)
    return mask(text) != text


def _change(mask: _Mask) -> _Change:
    """Masks one value after the other, each only once: objects repeat themselves."""
    known: dict[tuple[str, str], str] = {}

    def change(key: str, text: str) -> str:
        if (key, text) not in known:
            known[key, text] = masked_value(key, text, mask)
        return known[key, text]

    return change


def _leaves(value: Any, key: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (anything)
    if isinstance(value, str):
        yield key, value
    else:
        for inner, item in _parts(value, key):
            yield from _leaves(item, inner)


def _changed(value: Any, key: str, change: _Change) -> Any:  # noqa: ANN401  (anything)
    if isinstance(value, str):
        return change(key, value)
    if isinstance(value, list | tuple):
        value = type(value)(_without_long_secrets(value, change))
    parts = list(_parts(value, key))
    if not parts:
        return value
    changed = [_changed(item, inner, change) for inner, item in parts]
    if isinstance(value, Mapping):
        keys = (change("", str(each)) for each in value)
        return dict(zip(keys, changed, strict=True))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **dict(zip(_texts(value), changed, strict=True)))
    return type(value)(changed)


def _without_long_secrets(items: Sequence[Any], change: _Change) -> Sequence[Any]:
    """The items; where they are the lines of a text, a secret over several of them is one item."""
    if len(items) < 2 or not all(isinstance(item, str) for item in items):
        return items
    text = "\n".join(items)
    masked = change("", text)
    return masked.split("\n") if masked.count("\n") < text.count("\n") else items


def _parts(value: Any, key: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (anything)
    """What is inside, each with the key that says what it is."""
    if isinstance(value, Mapping):
        name = value.get("name")
        named = isinstance(name, str) and "value" in value
        for inner, item in value.items():
            yield (str(name) if named and inner == "value" else str(inner)), item
    elif isinstance(value, list | tuple):
        before: object = None
        for item in value:
            flag = isinstance(before, str) and before.startswith("-") and "=" not in before
            yield (str(before).lstrip("-") if flag else key), item
            before = item
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _texts(value):
            yield "", getattr(value, name)


def _texts(value: Any) -> list[str]:  # noqa: ANN401  (a dataclass)
    """The fields of a dataclass that tell of the system; `kind` of a result says its type."""
    return [each.name for each in fields(value) if each.name != "kind" or each.default is MISSING]


def _masked_log(log: LogLines, mask: _Mask) -> LogLines:
    """Lines masked as one text: a private key goes over many of them, and leaves one."""
    texts = [line.text for line in log.lines]
    masked = mask("\n".join(texts)).split("\n")
    if masked == texts or not texts:
        return log
    lines, at = [], 0
    for index, text in enumerate(masked):
        lines.append(replace(log.lines[at], text=text))
        following = masked[index + 1] if index + 1 < len(masked) else None
        at += 1
        if text != texts[at - 1] and len(masked) < len(texts):
            # One placeholder for several lines: on to the line that comes after it.
            at = next((i for i in range(at, len(texts)) if texts[i] == following), at)
        at = min(at, len(texts) - 1)
    return replace(log, lines=tuple(lines))
