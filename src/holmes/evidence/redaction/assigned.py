"""Secrets that show by what stands before them: a setting's name, a flag, a header, a sentence."""

import re
from collections.abc import Iterator

from holmes.evidence.redaction.found import Found, lowered
from holmes.evidence.redaction.keys import kind_of
from holmes.evidence.redaction.values import decoded, is_empty, is_mixed, is_name, is_random

_IDENTIFIER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_LONGEST_NAME = 80
_LONGEST_VALUE = 4000
# On lowered text: ignoring case costs nine times as much (10 MB of logs: 1.7 s and 0.19 s).
_HIT = re.compile(r"(?:pass|pwd|secret|token|key|auth|cred|jwt|sig|dockerc)[a-z0-9_.\-]{0,60}")
# name = value, "name": "value", name => value, with escaped quotes of JSON in JSON.
_ASSIGNMENT = re.compile(
    r"""(?P<quote>(?:\\*["'`])?)\]?[ \t]{0,60}(?P<op>:=|=>|==?|:)[ \t]{0,60}"""
    r"""(?P<open>\[?(?:\\*["'`])?)"""
)
# An environment variable of a pod: `name: X` and on the next line, or after a comma, `value: …`.
_PAIR = re.compile(r"""["']?\s*,?\s*["']?value["']?\s*:[ \t]*(?P<open>["']?)""")
_FLAG = re.compile(r"""["']?,?\s+(?:- )?(?P<open>["']?)(?!-)""")
_SAID = re.compile(
    r"""(?: (?:for|of) \S+)?(?: (?:set|changed|reset))? (?:is|was|to):? ?(?P<open>["'`]?)"""
)
_BARE = re.compile(r""" (?P<open>["'`]?)""")
_BLOCK = re.compile(r"[|>][+-]?[ \t]*\n[ \t]*")
_PLAIN = re.compile(r"""[^\s"'`<>\\]+|<[^>\n]*>""")
_SCHEME = re.compile(r"(?:bearer|basic|token|negotiate|digest|apikey)[ \t]+", re.IGNORECASE)
_QUOTED = {quote: re.compile(rf"(?:[^{quote}\\\n]|\\.)*", re.DOTALL) for quote in ('"', "'", "`")}
_SEPARATOR = re.compile(r"[,;](?=\s|\Z|\w+[=:])|&(?=[\w.-]+=|\Z)|[\])}]+[,;.]?\Z|[,;.]\Z")
_HEADER_SCHEME = re.compile(r"(?:bearer|basic)[ \t]+([a-z0-9+/_.~=-]{8,})")


def by_name(text: str) -> Iterator[Found]:
    """Everything that a secret's name, or a sentence about one, introduces."""
    low = lowered(text)
    position = 0
    while hit := _HIT.search(low, position):
        position = hit.end()
        left = text[max(0, hit.start() - _LONGEST_NAME) : hit.start()]
        start = hit.start() - len(left) + len(left.rstrip(_IDENTIFIER))
        name = text[start:position].rstrip(".-")
        if left.endswith("checksum/"):
            continue
        if kind := kind_of(name.lstrip("-")):
            found = _value_after(text, start, start + len(name), kind)
        elif name.lower().endswith("authorization"):
            found = _value_after(text, start, position, "auth")
        else:
            found = None
        if found is not None:
            yield found
            position = max(position, found.end)
    yield from _by_scheme(text, low)


def _by_scheme(text: str, low: str) -> Iterator[Found]:
    for match in _HEADER_SCHEME.finditer(low):
        value = text[match.start(1) : match.end(1)]
        basic = match[0].startswith("basic")
        if (":" in decoded(value)) if basic else is_random(value):
            yield Found(*match.span(1), "token")


def _value_after(text: str, start: int, end: int, kind: str) -> Found | None:
    name = text[start:end]
    if assigned := _ASSIGNMENT.match(text, end):
        return _assigned(text, assigned, kind, name)
    if pair := _PAIR.match(text, end):
        return _judged(text, pair.end(), pair["open"], kind, loose=False)
    if name.startswith("-") and (flag := _FLAG.match(text, end)):
        return _judged(text, flag.end(), flag["open"], kind, loose=True)
    if said := _SAID.match(text, end):
        return _judged(text, said.end(), said["open"], kind, loose=True)
    if kind in {"token", "key", "password"} and (bare := _BARE.match(text, end)):
        least = 6 if kind == "password" and _after_login(text, start) else 20
        return _judged(text, bare.end(), bare["open"], kind, loose=True, least=least)
    return None


def _after_login(text: str, start: int) -> bool:
    return re.search(r"login \S+ \Z", text[max(0, start - 80) : start]) is not None


def _assigned(text: str, match: re.Match[str], kind: str, name: str) -> Found | None:
    at, opening = match.end(), match["open"]
    if scheme := _SCHEME.match(text, at):
        at = scheme.end()
    elif kind == "auth" and name.lower().endswith("authorization"):
        return _judged(text, at, opening, "token", loose=True)
    if not opening and (block := _BLOCK.match(text, at)):
        at = block.end()
    strict = match["op"] == ":" and not opening and not match["quote"] and not _alone(text, at)
    return _judged(text, at, opening, kind, loose=strict)


def _alone(text: str, at: int) -> bool:
    """Whether the value at `at` is the last word of its line, as in a file of settings."""
    end = text.find("\n", at, at + _LONGEST_VALUE)
    rest = text[at : at + _LONGEST_VALUE if end < 0 else end]
    return " " not in rest.strip() and len(rest) < _LONGEST_VALUE


def _judged(  # what is known of a value, each told by another caller
    text: str, at: int, opening: str, kind: str, *, loose: bool, least: int = 8
) -> Found | None:
    """The value at `at` where it is a secret; `loose`: what introduced it is common in prose."""
    value = _read(text, at, opening.lstrip("["))
    if not value or is_empty(value) or text.startswith(" bytes", at + len(value)):
        return None
    if loose and not (is_mixed(value) and len(value) >= least):
        return None
    if not _is_secret(value, kind):
        return None
    return Found(at, at + len(value), "token" if kind in {"auth", "secret"} else kind)


def _is_secret(value: str, kind: str) -> bool:
    if kind == "auth":
        return ":" in decoded(value)
    if kind == "password":
        return len(value) >= 3 and not (value.isdigit() and len(value) < 4)
    return len(value) >= 6 and not is_name(value) and not (value.isdigit() and len(value) < 10)


def _read(text: str, at: int, opening: str) -> str:
    if opening:
        closing = text.find(opening, at, at + _LONGEST_VALUE) if opening.startswith("\\") else -1
        if closing >= 0:
            return text[at:closing]
        match = _QUOTED[opening[-1]].match(text, at, at + _LONGEST_VALUE)
        return match[0] if match else ""
    match = _PLAIN.match(text, at, at + _LONGEST_VALUE)
    if match is None:
        return ""
    value = match[0]
    if value.startswith(("$(", "${", "{{", "<", "(")):
        return value
    cut = _SEPARATOR.search(value)
    return value[: cut.start()] if cut else value
