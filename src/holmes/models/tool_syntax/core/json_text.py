"""JSON as models write it: read strictly first, mended where the mending is sure."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from holmes.core.messages import JsonValue
from holmes.models.tool_syntax.base import MORE, More

MAX_DEPTH = 64
MAX_MENDED_CHARS = 64_000

_STRUCTURE = re.compile(r'\\.|["{}\[\]]', re.DOTALL)
_DOUBLED = re.compile(r"\s*\{\s*\{")
_CLOSER_OF = {"{": "}", "[": "]"}
_SEPARATORS = " \t\r\n,;"


def _reject_constant(token: str) -> JsonValue:
    msg = f"{token} is not JSON"
    raise ValueError(msg)


# strict=False takes a raw newline inside a string, whose meaning is beyond doubt.
_DECODER = json.JSONDecoder(strict=False, parse_constant=_reject_constant)


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonText:
    """A JSON value found in text, `end` being the offset just after it.

    `repaired` says what was mended; `error` what could not be, and `value` is then None.
    """

    value: JsonValue
    raw: str
    end: int
    repaired: str = ""
    error: str = ""


def loads(text: str) -> JsonValue:
    """Decode one JSON value that fills `text`; ValueError where it is anything else."""
    try:
        value, end = _DECODER.raw_decode(text, skip_blanks(text, 0))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if skip_blanks(text, end) != len(text):
        msg = f"there is more text after the JSON ends at character {end}"
        raise ValueError(msg)
    checked: JsonValue = value
    return checked


def read_json(text: str, at: int, *, stops: Sequence[str] = (), final: bool) -> JsonText | More:
    """Read the object or array that begins at `at`; where it is broken it ends before a stop."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        pass
    else:
        raw = text[at:end]
        if raw.count("{") + raw.count("[") <= MAX_DEPTH or _bounds(raw, 0, end).depth <= MAX_DEPTH:
            return JsonText(value=value, raw=raw, end=end)
    limit = min((i for i in (text.find(s, at) for s in stops) if i >= 0), default=-1)
    bounds = _bounds(text, at, limit if limit >= 0 else len(text))
    if not bounds.closed and limit < 0 and not final:
        return MORE
    return _mend(text[at : bounds.end], bounds)


def read_values(
    text: str, at: int, *, stops: Sequence[str], final: bool
) -> tuple[list[JsonText], int, str] | More:
    """Read JSON values one after another, apart by blanks, commas or semicolons.

    Returns them with the offset where reading ended and the stop found there ("" for none);
    the offset is before the stop.
    """
    values: list[JsonText] = []
    while True:
        at = skip_blanks(text, at, _SEPARATORS)
        stop = next((s for s in stops if text.startswith(s, at)), "")
        if stop or text[at : at + 1] not in ("{", "["):
            rest = text[at : at + max(map(len, stops))]
            if not final and not stop and any(s.startswith(rest) for s in stops):
                return MORE
            return values, at, stop
        found = read_json(text, at, stops=stops, final=final)
        if found == MORE:
            return MORE
        values.append(found)
        at = found.end


def read_text_value(raw: str) -> JsonText:
    """Read JSON that a model gave as text of its own, such as arguments inside a string."""
    start = skip_blanks(raw, 0)
    if raw[start : start + 1] not in ("{", "["):
        try:
            return JsonText(value=loads(raw), raw=raw, end=len(raw))
        except ValueError as error:
            return JsonText(value=None, raw=raw, end=len(raw), error=str(error))
    found = read_json(raw, start, final=True)
    # `final` rules it out, which the type does not say.
    return JsonText(value=None, raw=raw, end=len(raw)) if found == MORE else found


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bounds:
    end: int
    closed: bool
    depth: int
    missing: str
    in_string: bool


def skip_blanks(text: str, at: int, blanks: str = " \t\r\n") -> int:
    """The offset of the first character from `at` on that is not blank."""
    while at < len(text) and text[at] in blanks:
        at += 1
    return at


def _bounds(text: str, at: int, limit: int) -> _Bounds:
    """Find where the brackets that open at `at` close, or what is missing at `limit`."""
    opened: list[str] = []
    in_string = False
    deepest = 0
    for token in _STRUCTURE.finditer(text, at, limit):
        mark = token[0]
        if mark == '"':
            in_string = not in_string
        elif in_string or mark[0] == "\\":
            continue
        elif mark in _CLOSER_OF:
            opened.append(_CLOSER_OF[mark])
            deepest = max(deepest, len(opened))
            if deepest > MAX_DEPTH:
                break
        else:
            opened.pop()
            if not opened:
                return _Bounds(
                    end=token.end(), closed=True, depth=deepest, missing="", in_string=False
                )
    return _Bounds(
        end=limit,
        closed=False,
        depth=deepest,
        missing="".join(reversed(opened)),
        in_string=in_string,
    )


def _mend(raw: str, bounds: _Bounds) -> JsonText:
    try:
        loads(raw)
        problem = "it can't be read"
    except ValueError as error:
        problem = _place(error)
    if bounds.depth > MAX_DEPTH:
        cause = f"the JSON of the call is nested more than {MAX_DEPTH} deep"
        return JsonText(value=None, raw=raw, end=bounds.end, error=cause)
    undoubled = _undouble(raw)
    if undoubled is not None:
        return JsonText(value=undoubled, raw=raw, end=bounds.end, repaired="Undid doubled braces.")
    if not bounds.closed:
        closed = _close(raw, bounds)
        if closed is not None:
            note = f"Added the missing {bounds.missing!r} at the end of the call."
            return JsonText(value=closed, raw=raw, end=bounds.end, repaired=note)
    if bounds.missing and not _ends_whole(raw, bounds):
        cause = f"the call breaks off before its JSON is complete, after {raw.rstrip()[-40:]!r}"
        return JsonText(value=None, raw=raw, end=bounds.end, error=cause)
    return _guess(raw, bounds.end, problem)


def _guess(raw: str, end: int, problem: str) -> JsonText:
    """Let json_repair mend what is whole but badly written."""
    if len(raw) > MAX_MENDED_CHARS:
        error = f"the JSON of the call is not valid ({problem}) and too long to be mended"
        return JsonText(value=None, raw=raw, end=end, error=error)
    import json_repair  # noqa: PLC0415  # its import costs more than most replies need

    try:
        value = json_repair.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict | list) or not value:
        error = f"the JSON of the call is not valid: {problem}"
        return JsonText(value=None, raw=raw, end=end, error=error)
    note = f"Mended the JSON of the call, which was not valid: {problem}."
    return JsonText(value=value, raw=raw, end=end, repaired=note)


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    return str(error)


def _undouble(raw: str) -> JsonValue:
    """Read `{{"name": …}}`, as the damaged Qwen2.5-Coder GGUF template teaches (24 Nov 2026)."""
    if not _DOUBLED.match(raw):
        return None
    for candidate in (raw.replace("{{", "{").replace("}}", "}"), raw.strip()[1:-1]):
        try:
            return loads(candidate)
        except ValueError:
            continue
    return None


def _close(raw: str, bounds: _Bounds) -> JsonValue:
    """Add missing closing brackets where nothing else is missing, else None.

    A number or a word at the very end may itself be cut short, so it is not closed.
    """
    if bounds.in_string or not _ends_whole(raw, bounds):
        return None
    try:
        return loads(raw + bounds.missing)
    except ValueError:
        return None


def _ends_whole(raw: str, bounds: _Bounds) -> bool:
    return not bounds.in_string and raw.rstrip()[-1:] in ("}", "]", '"', "'")
