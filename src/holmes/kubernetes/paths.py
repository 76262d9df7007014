"""Paths into an object as kubectl's users write them: `.spec.containers[*].image`.

kubectl would evaluate them over the object as the cluster has it, secrets included; here they are
evaluated over one that is masked. Of kubectl's JSONPath this reads what names a place: fields,
`['key']`, an index, `[*]`, `[?(@.type=="Ready")]`, and `..name` at any depth. Not `{range}`, nor
text between paths: a table has columns for that.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

_LONGEST = 1000
_MOST_VALUES = 10_000
_Step: TypeAlias = Callable[[Any], Iterator[Any]]

_FIELD = r"(?:[^\s.\[\]{}'\"\\]|\\.)+"
_TOKEN = re.compile(
    rf"""\.\.(?P<deep>{_FIELD})|\.?\[(?P<inside>[^\]]*)\]|\.(?P<field>{_FIELD})|\.(?P<end>\Z)"""
)
_QUOTED = re.compile(r"""(['"])(?P<key>.*)\1""")
_FILTER = re.compile(
    r"""\?\(\s*@(?P<path>\.[^=!<>\s]+)\s*(?P<op>==|!=)\s*(?P<quote>['"]?)(?P<value>.*?)(?P=quote)\s*\)"""
)
_COLUMN = re.compile(r"(?P<title>[^.:\[\]{}]+):(?P<path>.+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column with the path to its values."""

    title: str
    steps: tuple[_Step, ...]

    def cell(self, obj: object) -> str:
        """What stands there in an object, several values with commas between."""
        values: list[Any] = [obj]
        for step in self.steps:
            found = (each for value in values for each in step(value))
            values = list(islice(found, _MOST_VALUES))
        return ",".join(_text(value) for value in values if value is not None) or "<none>"


def is_path(text: object) -> bool:
    """Whether a text is a path into objects, not the title of a column."""
    return any(mark in str(text or "") for mark in ".[{")


def columns(text: str) -> tuple[Column, ...]:
    """The columns of `NODE:.spec.nodeName,.status.phase`; a title may be left out.

    Raises ValueError for what is no path.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"columns are {_LONGEST:,} characters at most")
    parts = re.split(r",(?![^\[]*\])", text.strip().removeprefix("custom-columns="))
    return tuple(_column(part.strip()) for part in parts if part.strip())


def _column(text: str) -> Column:
    named = _COLUMN.fullmatch(text)
    path = named["path"] if named else text
    path = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    words = re.findall(r"[\w-]+", re.sub(r"\[[?*\d][^\]]*\]", "", path)) or ["value"]
    title = named["title"] if named else words[-1]
    return Column(title=title.strip().upper(), steps=tuple(_steps(path)))


def _steps(path: str) -> Iterator[_Step]:
    path = path if path.startswith((".", "[")) else f".{path}"
    at = 0
    while at < len(path):
        token = _TOKEN.match(path, at)
        if token is None:
            raise ValueError(f'"{path}" is not a path like .spec.nodeName or .status.conditions[0]')
        at = token.end()
        if token["deep"]:
            yield _deep(_plain(token["deep"]))
        elif token["field"]:
            yield _all if token["field"] == "*" else _field(_plain(token["field"]))
        elif token["inside"] is not None:
            yield _inside(token["inside"].strip(), path)


def _plain(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)


def _inside(inside: str, path: str) -> _Step:
    if inside == "*":
        return _all
    if re.fullmatch(r"-?\d+", inside):
        return _item(int(inside))
    if quoted := _QUOTED.fullmatch(inside):
        return _field(quoted["key"])
    if (chosen := _FILTER.fullmatch(inside)) is not None:
        column = Column(title="", steps=tuple(_steps(chosen["path"])))
        return _where(column, chosen["value"], equal=chosen["op"] == "==")
    raise ValueError(f'"[{inside}]" in "{path}" is none of [0], [*], [\'key\'], [?(@.a=="b")]')


def _field(name: str) -> _Step:
    def step(value: Any) -> Iterator[Any]:  # noqa: ANN401  (JSON is anything)
        if isinstance(value, dict) and name in value:
            yield value[name]

    return step


def _item(index: int) -> _Step:
    def step(value: Any) -> Iterator[Any]:  # noqa: ANN401
        if isinstance(value, list) and -len(value) <= index < len(value):
            yield value[index]

    return step


def _where(column: Column, wanted: str, *, equal: bool) -> _Step:
    def step(value: Any) -> Iterator[Any]:  # noqa: ANN401
        items: Sequence[Any] = value if isinstance(value, list) else ()
        return (item for item in items if (column.cell(item) == wanted) is equal)

    return step


def _all(value: Any) -> Iterator[Any]:  # noqa: ANN401
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _deep(name: str) -> _Step:
    def step(value: Any) -> Iterator[Any]:  # noqa: ANN401
        if isinstance(value, dict) and name in value:
            yield value[name]
        for inner in _all(value):
            yield from step(inner)

    return step


def _text(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
