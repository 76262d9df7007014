"""Frozen dataclasses as JSON, and back: the one codec of transcripts, streams and documents.

A dataclass that is one of several says which by its field `kind`, a Literal of one word with that
default. Fields that have their default are left out; on the way back a missing field takes it, and
a field that nobody knows, written by a newer version, is passed over.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from holmes.core.messages import JsonValue

_T = TypeVar("_T")
_SCALARS: Mapping[Any, Any] = {
    str: str,
    int: int,
    float: (int, float),
    bool: bool,
    NoneType: NoneType,
}


def encode(value: object) -> JsonValue:
    """The value as JSON has it; raises TypeError for what is no dataclass and no JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value):
        items = (
            (name, getattr(value, name), default) for name, default in _layout(value.__class__)
        )
        return {name: encode(item) for name, item, default in items if item != default}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [encode(item) for item in value]
    raise TypeError(type(value).__name__)


def decode(kind: type[_T], value: JsonValue) -> _T:
    """The dataclass (or one of a union) that was encoded; raises ValueError with what is wrong."""
    found: _T = _decode(kind, value, getattr(kind, "__name__", "line"))
    return found


def kind_of(one: type) -> str:
    """The word in the field `kind` of such a dataclass, or nothing where it has none."""
    default = next((each.default for each in fields(one) if each.name == "kind"), "")
    return str(default)


@cache
def _layout(one: type) -> tuple[tuple[str, Any], ...]:
    """The names of the fields with their defaults; `kind` first, and always written.

    Whoever looks through a file of lines sees at once what each is. Looked up once a type: a log
    is a dataclass a line.
    """
    ordered = sorted(fields(one), key=lambda each: each.name != "kind")
    return tuple(
        (each.name, MISSING if each.name == "kind" else _default(each)) for each in ordered
    )


def _decode(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401  # any type, any JSON
    origin = get_origin(hint)
    if hint is Any or isinstance(hint, str):  # JsonValue refers to itself, and is a text
        return value
    if origin in {Union, UnionType}:
        return _one_of(get_args(hint), value, where)
    if origin is Literal:
        return _checked(value in get_args(hint), value, where)
    if origin is tuple:
        return _tuple(get_args(hint), value, where)
    if origin is not None and issubclass(origin, Mapping):
        _checked(isinstance(value, dict), value, where)
        item = get_args(hint)[1]
        return {key: _decode(item, each, f"{where}.{key}") for key, each in value.items()}
    if is_dataclass(hint):
        return _dataclass(hint, value, where)
    fits = isinstance(value, _SCALARS[hint]) and (hint is bool or not isinstance(value, bool))
    return _checked(fits, value, where)


def _dataclass(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401
    _checked(isinstance(value, dict), value, where)
    given = {}
    for each in fields(hint):
        if each.name in value:
            given[each.name] = _decode(each.type, value[each.name], f"{where}.{each.name}")
        elif _default(each) is MISSING:
            raise ValueError(f'{where} has no "{each.name}"')
    return hint(**given)


def _one_of(hints: tuple[Any, ...], value: Any, where: str) -> Any:  # noqa: ANN401
    if value is None and NoneType in hints:
        return None
    several = _by_kind(hints)
    if len(several) > 1 or (several and len(hints) == len(several)):
        word = value.get("kind") if isinstance(value, dict) else None
        _checked(isinstance(word, str), value, where)
        if word not in several:
            raise UnknownKindError(str(word), where)
        return _decode(several[word], value, where)
    failures = []
    for hint in hints:
        try:
            return _decode(hint, value, where)
        except ValueError as error:
            failures.append(error)
    raise failures[-1]


@cache
def _by_kind(hints: tuple[Any, ...]) -> dict[str, Any]:
    return {kind_of(each): each for each in hints if isinstance(each, type) and is_dataclass(each)}


def _tuple(hints: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:  # noqa: ANN401
    _checked(isinstance(value, list), value, where)
    if len(hints) == 2 and hints[1] is Ellipsis:
        hints = (hints[0],) * len(value)
    _checked(len(hints) == len(value), value, where)
    pairs = enumerate(zip(hints, value, strict=True))
    return tuple(_decode(hint, item, f"{where}[{place}]") for place, (hint, item) in pairs)


def _checked(fits: bool, value: Any, where: str) -> Any:  # noqa: ANN401, FBT001
    if not fits:
        raise ValueError(f"{where} can't be {value!r:.60}")
    return value


def _default(each: Field[Any]) -> Any:  # noqa: ANN401
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default


class UnknownKindError(ValueError):
    """What is whole, and of a kind that this version does not know."""

    def __init__(self, kind: str, where: str) -> None:
        super().__init__(f'{where} can\'t be of kind "{kind}"')
        self.kind = kind
