"""JSON as models write it: read strictly first, mended where the mending is sure."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from holmes.core.messages import JsonValue
from holmes.models.client.json_reply import MAX_DEPTH, MAX_REPLY_MENDED, mend, refuse_constant
from holmes.models.tool_syntax.base import MORE, More

_STRUCTURE = re.compile(r'\\.|["{}\[\]]', re.DOTALL)
_CLOSER_OF = {"{": "}", "[": "]"}
_SEPARATORS = " \t\r\n,;"


# strict=False takes a raw newline inside a string, whose meaning is beyond doubt.
_DECODER = json.JSONDecoder(strict=False, parse_constant=refuse_constant)


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
    return _mend(text[at : bounds.end], bounds, in_long_reply=len(text) > MAX_REPLY_MENDED)


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


def _mend(raw: str, bounds: _Bounds, *, in_long_reply: bool) -> JsonText:
    def mended(value: JsonValue, note: str) -> JsonText:
        return JsonText(value=value, raw=raw, end=bounds.end, repaired=note)

    def broken(error: str) -> JsonText:
        return JsonText(value=None, raw=raw, end=bounds.end, error=error)

    if bounds.depth > MAX_DEPTH:
        return broken(f"the JSON of the call is nested more than {MAX_DEPTH} deep")
    undoubled = _undouble(raw)
    if undoubled is not None:
        return mended(undoubled, "Undid doubled braces.")
    closed = None if bounds.closed else _close(raw, bounds)
    if closed is not None:
        return mended(closed, f"Added the missing {bounds.missing!r} at the end of the call.")
    if bounds.missing and not _ends_whole(raw, bounds):
        after = raw.rstrip()[-40:]
        return broken(f"the call breaks off before its JSON is complete, after {after!r}")
    problem = _problem(raw)
    if in_long_reply:
        return broken(f"the JSON of the call is not valid ({problem}) and the reply is too long")
    try:
        value = mend(raw)
    except ValueError as error:
        return broken(f"the JSON of the call is not valid ({problem}) and {error}")
    if not isinstance(value, dict | list) or not value:
        return broken(f"the JSON of the call is not valid: {problem}")
    return mended(value, f"Mended the JSON of the call, which was not valid: {problem}.")


def _problem(raw: str) -> str:
    try:
        loads(raw)
    except json.JSONDecodeError as error:
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    except ValueError as error:
        return str(error)
    return "it can't be read"


def _undouble(raw: str) -> JsonValue:
    """Read `{{"name": …}}`, as the damaged Qwen2.5-Coder GGUF template teaches (24 Nov 2026)."""
    if not raw.lstrip().removeprefix("{").lstrip().startswith("{"):
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
