"""Secrets that show by what stands before them: a setting's name, a flag, a header, a sentence."""

import re
from collections.abc import Iterator

from holmes.redaction.found import Found, lowered
from holmes.redaction.keys import kind_of
from holmes.redaction.values import (
    decoded,
    is_empty,
    is_mixed,
    is_name,
    is_random,
    is_scrambled,
    is_strong,
)

_IDENTIFIER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_LONGEST_NAME = 80
_LONGEST_VALUE = 4000
# On lowered text: ignoring case costs nine times as much (10 MB of logs: 1.7 s and 0.19 s).
_HIT = re.compile(
    r"(?:pass|pwd|pw(?![a-z])|secret|token|key|auth|cred|jwt|sig|dockerc|kennwort|senha|contrase"
    r"|_pat(?![a-z])|otp|pin(?![a-z])|cv[vc](?![a-z])|mnemonic|phrase|words(?![a-z])"
    r"|salt|pepper|seed|code(?![a-z]))[a-z0-9_.\-\u00f1]{0,60}"
)
# name = value, "name": "value", name => value, with escaped quotes of JSON in JSON.
_ASSIGNMENT = re.compile(
    r"""(?P<quote>(?:\\*["'`])?)\]?(?: \([^()\n]{1,30}\))?[ ]{0,60}"""
    r"""(?P<op>:=|[=-]>|\u2192|==?|[:\uff1a|\t])[ \t]{0,60}(?P<open>\[?(?:\\*["'`])?)"""
)
# An environment variable of a pod: `name: X` and on the next line, or after a comma, `value: …`.
_PAIR = re.compile(
    r"""["']?\s{0,200}(?:,\s{0,200})?(?:"\w{1,60}"\s{0,9}:\s{0,9}null\s{0,9},\s{0,200})?["']?[Vv]alue["']?"""
    r"""\s*[:=][ \t]*(?P<open>["']?)"""
)
# The same with the value first.
_PAIR_BEFORE = re.compile(
    r"""\bvalue["']?[ \t]*:[ \t]*["']?(?P<value>[^\s"']+)["']?[\s,]*"""
    r"""["']?name["']?[ \t]*:[ \t]*["']?\Z"""
)
_LONGEST_PAIR = 300
# <password>…</password>, <property name="db.password">…</property>
_MARKUP = re.compile(r"""["']?>(?:<value>)?|</name>\s{0,80}<value>""")
_MARKED = re.compile(r"""(?:<|<name>|name=["'])\Z""")
# ["password", "x"], ("password", b"x"), {<<"password">>,<<"x">>}: two that stand alone together.
_LISTED_BEFORE = re.compile(r"""[\[({]\s{0,20}(?:<<|b)?\\*["']\Z""")
_LISTED = re.compile(r"""\\*["'](?:>>)?\s{0,20},\s{0,20}(?:<<|b)?(?P<open>\\*["'])""")
_LISTED_AFTER = re.compile(r"""\\*["'](?:>>)?\s{0,20}[\])}]""")
_TAG = re.compile(r"!(?:!binary|!str|vault|decrypt)[ \t]+")
# What `kubectl describe configmap` puts between a key and its value.
_RULED = ":\n----\n"
# Signs that stand between many things: a name and its value among them.
_RARE = frozenset({"->", "\u2192", "|", "\t"})
_FLAG = re.compile(r"""["']?,?\s+(?:- |\\\n\s*)?(?P<open>["']?)(?!-)""")
_SAID = re.compile(
    r"""(?: (?:for|of)(?: \S+){1,4}?)?"""
    r"""(?: (?:has|been|is|was|should|be|now|set|changed|reset|to)){1,5}:? ?"""
    r"""(?P<open>["'`]?)"""
)
_SAID_LAST = re.compile(r"(?: [^\s:]+){1,6}: (?P<value>[A-Za-z0-9+/=]{16,})(?=\s|\Z)")
_SAID_OF = re.compile(r" (?:for|of|to|für|von|pour|para)(?= )")
# "… is now X", "X as the password": what stands between is anything, so X has to be a password.
_SENTENCE = re.compile(r"[^\n]{0,120}?(?=\n|\Z|[.;!?]\s)|[^\n]{0,120}")
_SAID_TO_BE = re.compile(r" (?:is|was|be|to|as|are|ist|lautet|est|es|\u00e8)(?= )")
_CANDIDATE = re.compile(r"""(?<= )["'`]?(?P<value>[^\s"'`]{8,})""")
_AS = re.compile(r"""(?P<value>[^\s"'`]{8,80})["'`]? as (?:[a-z]{1,12} ){0,3}\Z""")
# The value alone on the next line, maybe below a rule or an empty line.
_NEXT = re.compile(
    r"""["'`]?(?: (?:for|of|to|für|von|pour|para)(?: [^\s:]{1,60}){1,4})?"""
    r"""[ \t]{0,60}(?P<sign>[:=]?)[ \t]{0,60}(?P<goes_on>\\?)\n"""
    r"""(?:[ \t]{0,60}(?:-{3,60}|={3,60})?[ \t]{0,60}\n)?"""
    r"""[ \t>]{0,60}(?P<open>["'`]?)"""
)
# Twelve words or more of a list like BIP 39's.
_PHRASE = re.compile(r"(?:[a-z]{3,8} ){11,23}[a-z]{3,8}\b")
# Names that no ASCII word is in; the value stands on the same line.
_FOREIGN = re.compile(
    r"""(?:contraseña|пароль|密码|密碼|口令|パスワード|비밀번호|hasło|şifre)["']?\s{0,3}"""
    r"""(?:[:\uff1a=]|=>|是|为)[ \t]{0,3}["']?(?P<value>[^\s"',;\uff0c。]+)""",
    re.IGNORECASE,
)
# The name of a resource, not of a setting: arn:aws:secretsmanager:eu-west-1:1234:secret:shop/db
_RESOURCE = re.compile(r"(?<![\w:-])arn:[\w:-]*:\Z")
_SPACED = re.compile(r"(?<![A-Za-z])([A-Za-z]+) \Z")
_BARE = re.compile(r""" (?P<open>["'`]?)""")
_BLOCK = re.compile(r"[|>][+-]?[ \t]*\n[ \t]*")
_PLAIN = re.compile(r"""[^\s"'`<>\\]+|<[^>\n]*>""")
_SCHEME = re.compile(r"(?:bearer|basic|token|negotiate|digest|apikey)[ \t]+", re.IGNORECASE)
# In a header of that name any word may stand before the credential: Splunk, GenieKey, SSWS.
_ANY_SCHEME = re.compile(r"[A-Z][\w-]{1,24}[ \t]+(?=\S{8})")
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
        if left.endswith("checksum/") or _RESOURCE.search(left):
            continue
        if kind := kind_of(name.lstrip("-")):
            found = _value_after(text, start, start + len(name), kind)
        elif (spaced := _SPACED.search(left)) and (kind := kind_of(f"{spaced[1]}_{name}")):
            found = _after_two_words(text, start, position, kind)
        elif name.lower().endswith("authorization"):
            found = _value_after(text, start, position, "auth")
        else:
            found = None
        if found is not None:
            yield found
            position = max(position, found.end)
    yield from _by_scheme(text, low)
    if not text.isascii():
        for match in _FOREIGN.finditer(text):
            if is_mixed(match["value"]) and len(match["value"]) >= 6:
                yield Found(*match.span("value"), "password")


def _after_two_words(text: str, start: int, end: int, kind: str) -> Found | None:
    """The value after "private key: " and the like; the words are common, so it has to be long."""
    if kind in {"code", "phrase"}:
        return _value_after(text, start, end, kind)
    if (assigned := _ASSIGNMENT.match(text, end)) and text[assigned.end() :][:1] != "\n":
        return _judged(text, assigned.end(), assigned["open"], kind, loose=True, least=20)
    if bare := _BARE.match(text, end):
        found = _judged(text, bare.end(), bare["open"], kind, loose=True, least=16)
        if found is not None and text[found.start : found.end].isalnum():
            return found
    return (
        _on_next_line(text, end, kind)
        or _said_last(text, end, kind)
        or _in_sentence(text, start, end, kind)
    )


def _by_scheme(text: str, low: str) -> Iterator[Found]:
    for match in _HEADER_SCHEME.finditer(low):
        value = text[match.start(1) : match.end(1)]
        basic = match[0].startswith("basic")
        if (":" in decoded(value)) if basic else is_random(value):
            yield Found(*match.span(1), "token")


def _value_after(text: str, start: int, end: int, kind: str) -> Found | None:
    if text.startswith(_RULED, end):
        return _judged(text, end + len(_RULED), "", kind, loose=False)
    if assigned := _ASSIGNMENT.match(text, end):
        return _assigned(text, assigned, kind, text[start:end]) or _on_next_line(text, end, kind)
    if pair := _PAIR.match(text, end):
        return _judged(text, pair.end(), pair["open"], kind, loose=False)
    return (
        _around(text, start, end, kind)
        or _on_next_line(text, end, kind)
        or _said(text, start, end, kind)
        or _in_sentence(text, start, end, kind)
    )


def _around(text: str, start: int, end: int, kind: str) -> Found | None:
    """The value in the element of that name, or of the pair that gives its value first."""
    markup = _MARKUP.match(text, end)
    if markup and _MARKED.search(text[max(0, start - 6) : start]):
        return _judged(text, markup.end(), "", kind, loose=True)
    listed = _LISTED.match(text, end)
    if listed and _LISTED_BEFORE.search(text[max(0, start - 30) : start]):
        found = _judged(text, listed.end(), listed["open"], kind, loose=True)
        return found if found and _LISTED_AFTER.match(text, found.end) else None
    if "name" in text[max(0, start - 12) : start]:
        left = max(0, start - _LONGEST_PAIR)
        if before := _PAIR_BEFORE.search(text[left:start]):
            return _judged(text, left + before.start("value"), "", kind, loose=False)
    return None


def _on_next_line(text: str, end: int, kind: str) -> Found | None:
    """The value that stands alone on the line after its name."""
    head = _NEXT.match(text, end)
    if head is None or not _alone(text, head.end()):
        return None
    sure = not (head["sign"] or head["goes_on"])
    least = 8 if kind in {"password", "code"} or head["goes_on"] else 20
    return _judged(text, head.end(), head["open"], kind, loose=True, least=least, sure=sure)


def _in_sentence(text: str, start: int, end: int, kind: str) -> Found | None:
    """The value that a sentence says, before its name or after it."""
    if kind not in {"password", "token", "key", "secret"}:
        return None
    left = text[max(0, start - 120) : start]
    before = _AS.search(left) if " as " in left[-45:] else None
    if before and is_strong(before["value"]):
        at = start - len(left) + before.start("value")
        return Found(at, at + len(before["value"]), kind)
    sentence = _SENTENCE.match(text, end)
    said = _SAID_TO_BE.search(text, end, sentence.end()) if sentence else None
    for word in _CANDIDATE.finditer(text, said.end(), sentence.end()) if said and sentence else ():
        if found := _judged(text, word.start("value"), "", kind, loose=True, sure=True):
            return found
    return None


def _said(text: str, start: int, end: int, kind: str) -> Found | None:
    """The value that follows a flag, or the name in a sentence."""
    name = text[start:end]
    if name.startswith("-") and (flag := _FLAG.match(text, end)):
        return _judged(text, flag.end(), flag["open"], kind, loose=True)
    if said := _SAID.match(text, end):
        return _judged(text, said.end(), said["open"], kind, loose=True)
    if last := _said_last(text, end, kind):
        return last
    if kind in {"token", "key", "password", "code"} and (bare := _BARE.match(text, end)):
        # As in ALTER USER x PASSWORD '…', or a list of variables without a sign between.
        plain = bare["open"] or (name.isupper() and "_" in name) or _after_login(text, start)
        least = 6 if kind == "password" and plain else 20
        found = _judged(text, bare.end(), bare["open"], kind, loose=True, least=least)
        sure = kind == "password" and not found
        return _judged(text, bare.end(), "", kind, loose=True, sure=True) if sure else found
    return None


def _said_last(text: str, end: int, kind: str) -> Found | None:
    said = _SAID_LAST.match(text, end)
    made = is_random if _SAID_OF.match(text, end) else is_scrambled
    return Found(*said.span("value"), kind) if said and made(said["value"]) else None


def _after_login(text: str, start: int) -> bool:
    return (
        re.search(r"(?:(?:login|USER) \S+|with) \Z", text[max(0, start - 80) : start]) is not None
    )


def _assigned(text: str, match: re.Match[str], kind: str, name: str) -> Found | None:
    at, opening = match.end(), match["open"]
    if tag := _TAG.match(text, at):
        at = tag.end()
    if scheme := _SCHEME.match(text, at):
        at = scheme.end()
    elif kind == "auth" and name.lower().endswith("authorization"):
        if other := _ANY_SCHEME.match(text, at):
            return _judged(text, other.end(), opening, "token", loose=True, least=16)
        return _judged(text, at, opening, "token", loose=True)
    if not opening and (block := _BLOCK.match(text, at)):
        at = block.end()
    strict = match["op"] == ":" and not opening and not match["quote"] and not _alone(text, at)
    sure = match["op"] in _RARE
    return _judged(text, at, opening, kind, loose=strict or sure, sure=sure)


def _alone(text: str, at: int) -> bool:
    """Whether the value at `at` is the last word of its line, as in a file of settings."""
    end = text.find("\n", at, at + _LONGEST_VALUE)
    rest = text[at : at + _LONGEST_VALUE if end < 0 else end]
    return " " not in rest.strip() and len(rest) < _LONGEST_VALUE


def _judged(  # what is known of a value, each told by another caller
    text: str, at: int, opening: str, kind: str, *, loose: bool, least: int = 8, sure: bool = False
) -> Found | None:
    """The value at `at` where it is a secret.

    `loose`: what introduced it is common in prose; `sure`: it says nothing, so the value has to
    show by itself that it is a password or a token.
    """
    if kind == "phrase":
        phrase = _PHRASE.match(text, at)
        return Found(*phrase.span(), kind) if phrase else None
    value = _read(text, at, opening.lstrip("["))
    if not value or is_empty(value) or text.startswith(" bytes", at + len(value)):
        return None
    own_form = kind in _BY_OWN_FORM
    if loose and not own_form and not (is_mixed(value) and len(value) >= least):
        return None
    if sure and not is_strong(value) and not (len(value) >= 20 and is_scrambled(value)):
        return None
    if not _BY_OWN_FORM.get(kind, _is_secret)(value, kind):
        return None
    return Found(at, at + len(value), "token" if kind in {"auth", "secret"} else kind)


def _is_secret(value: str, kind: str) -> bool:
    if kind == "auth":
        return ":" in decoded(value)
    if kind == "password":
        return len(value) >= 3 and not (value.isdigit() and len(value) < 4)
    return len(value) >= 6 and not is_name(value) and not (value.isdigit() and len(value) < 10)


def _is_pin(value: str, _kind: str) -> bool:
    return value.isdigit() and 3 <= len(value) <= 10


def _is_code(value: str, _kind: str) -> bool:
    return (value.isdigit() and 4 <= len(value) <= 10) or (len(value) >= 8 and is_mixed(value))


def _is_salt(value: str, _kind: str) -> bool:
    return len(value) >= 12 and is_mixed(value) and not is_name(value)


_BY_OWN_FORM = {"pin": _is_pin, "code": _is_code, "salt": _is_salt}


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
