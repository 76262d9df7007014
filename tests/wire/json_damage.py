"""Damage to a JSON document: parts that are lost, replaced, renamed, repeated, moved, nested."""

import json
import random
from collections.abc import Callable
from typing import Any, TypeAlias

SECRET = "sk-test-1234567890"  # noqa: S105  # the key that the fuzzed client sends

Path: TypeAlias = tuple[Any, ...]

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 3.5, 10**400, -(10**20), float("inf"), float("nan")),
    *("", " ", "null", "{}", "[]", "{", '"', "\ud800", "\x00", "a" * 5000, "</think>", "<think>"),
    *([], {}, [[]], [None], {"": ""}, [{}], {"name": "get_logs"}, "list_pods", "get_logs", "rm"),
    *('{"namespace":', '{"namespace":["web"]}', '{"namespace":"web"}', {"namespace": 7}),
    *("stop", "length", "tool_calls", "content_filter", "error", "insufficient_quota", SECRET),
    *('```json\n{"name": "list_pods", "arguments": {"namespace": {}}}\n```', "<tool_call>"),
    '{"name": "get_logs", "arguments": {"namespace": "web", "pod": "a", "level": "loud"}}',
    *('{"namespace": "\\ud800"}', '{"name": "list_pods", "arguments": {"namespace": "\\ud800"}}'),
)
NAMES = (
    *("choices", "message", "delta", "content", "tool_calls", "function", "arguments", "name"),
    *("id", "index", "error", "usage", "finish_reason", "reasoning", "reasoning_content", "detail"),
    *("function_call", "text", "model", "role", "object", "type", "code", "param", ""),
)


def _paths(value: Any, at: Path = ()) -> list[Path]:  # noqa: ANN401 - any JSON
    found = [at]
    if isinstance(value, dict):
        found += [path for key, part in value.items() for path in _paths(part, (*at, key))]
    if isinstance(value, list):
        found += [path for i, part in enumerate(value) for path in _paths(part, (*at, i))]
    return found


def _with(value: Any, path: Path, new: Any) -> Any:  # noqa: ANN401 - any JSON
    if not path:
        return new
    value[path[0]] = _with(value[path[0]], path[1:], new)
    return value


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON
    for step in path:
        value = value[step]
    return value


def _drop(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    paths = [path for path in _paths(value) if path]
    if paths:
        *above, key = rng.choice(paths)
        del _at(value, tuple(above))[key]
    return value


def _replace(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    return _with(value, rng.choice(_paths(value)), rng.choice(VALUES))


def _rename(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    paths = [path for path in _paths(value) if path and isinstance(path[-1], str)]
    if paths:
        *above, key = rng.choice(paths)
        holder = _at(value, tuple(above))
        holder[rng.choice(NAMES)] = holder.pop(key)
    return value


def _add(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    holders = [path for path in _paths(value) if isinstance(_at(value, path), dict)]
    if holders:
        _at(value, rng.choice(holders))[rng.choice(NAMES)] = rng.choice(VALUES)
    return value


def _repeat(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    path = rng.choice(_paths(value))
    part = _at(value, path)
    return _with(value, path, [part] * rng.choice([1, 2, 30]))


def _swap(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    """Put one part of the document where another stands, as a copy."""
    paths = _paths(value)
    part = json.loads(json.dumps(_at(value, rng.choice(paths))))
    return _with(value, rng.choice(paths), part)


def _nest(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    path = rng.choice(_paths(value))
    deep = _at(value, path)
    for _ in range(rng.choice([3, 90])):
        deep = {"arguments": deep} if rng.random() < 0.5 else [deep]
    return _with(value, path, deep)


def _encode_again(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    path = rng.choice(_paths(value))
    return _with(value, path, json.dumps(_at(value, path)))


def _decode(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    """Text that holds JSON (arguments, most of all) as the JSON itself, damaged."""
    texts = [path for path in _paths(value) if str(_at(value, path)).lstrip()[:1] == "{"]
    texts = [path for path in texts if isinstance(_at(value, path), str)]
    if not texts:
        return value
    path = rng.choice(texts)
    inner = rng.choice([_drop, _replace, _rename, _add])(json.loads(_at(value, path)), rng)
    return _with(value, path, inner if rng.random() < 0.3 else json.dumps(inner))


CHANGES: dict[str, Callable[[Any, random.Random], Any]] = {
    "drop": _drop,
    "replace": _replace,
    "rename": _rename,
    "add": _add,
    "repeat": _repeat,
    "swap": _swap,
    "nest": _nest,
    "encode again": _encode_again,
    "decode": _decode,
}
