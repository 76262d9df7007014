"""Secrets that show by their own form: a vendor's prefix, a JWT, a private key.

Each form is looked for by a literal that every one of them holds (`str.find` reads a gigabyte a
second); only there its pattern is tried. The forms are those that the vendors document.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from holmes.redaction.found import Found
from holmes.redaction.values import decoded, is_mixed, is_scrambled

_LONGEST_KEY = 40_000
"""Characters between the head and the foot of a private key; a longer one is cut off there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """`anchor` stands `before` characters or fewer behind the beginning of the pattern."""

    anchor: str
    source: str
    kind: str
    before: int = 0
    mixed: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled where the anchor is found first: most runs meet a few forms at most."""
        return _compiled(self.source)


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


def _form(  # a table's columns
    anchor: str,
    rest: str,
    kind: str = "token",
    *,
    lead: str = "",
    before: int = 0,
    mixed: bool = False,
) -> _Form:
    source = rf"(?<![A-Za-z0-9]){lead}{re.escape(anchor)}{rest}"
    return _Form(anchor=anchor, source=source, kind=kind, before=before, mixed=mixed)


_W = r"[A-Za-z0-9_-]"
_FORMS = (
    *(_form(head, r"[A-Z2-7]{16}(?![A-Z0-9])", "key") for head in ("AKIA", "ASIA")),
    _form("AIza", rf"{_W}{{35}}", "key"),
    _form("GOCSPX-", rf"{_W}{{20,}}"),
    _form("ya29.", rf"{_W}{{20,}}"),
    *(_form(f"gh{kind}_", r"[A-Za-z0-9]{30,}") for kind in "pousr"),
    _form("github_pat_", r"\w{40,}"),
    *(
        _form(f"gl{kind}-", r"[\w.-]{16,}")
        for kind in ("pat", "cbt", "dt", "rt", "ptt", "ft", "oas", "soat", "agent", "imt", "ffct")
    ),
    _form("xox", r"[abdeoprs](?:\.\w+)?-[A-Za-z0-9%_-]{10,}"),
    _form("xapp-", r"\d-[A-Za-z0-9-]{20,}"),
    _form("hooks.slack.com/", r"(?:services|workflows)/(?P<secret>[A-Z0-9a-z/]{20,})"),
    _Form(
        anchor="/api/webhooks/", source=rf"/api/webhooks/(?P<secret>\d{{15,}}/{_W}{{30,}})",
        kind="token",
    ),
    *(_form(f"{kind}_{mode}_", r"\w{16,}", "key")
      for kind in ("sk", "rk") for mode in ("live", "test")),
    _form("whsec_", r"[A-Za-z0-9+/=]{16,}"),
    _form("sk-", rf"{_W}{{20,}}", "key", mixed=True),
    _form("hf_", r"[A-Za-z0-9]{30,}"),
    _form("npm_", r"[A-Za-z0-9]{30,}"),
    _form("pypi-AgE", rf"{_W}{{40,}}"),
    _form("SG.", rf"{_W}{{16,}}\.{_W}{{16,}}", "key"),
    _form("key-", r"[0-9a-f]{32}(?![0-9a-f])", "key"),
    *(_form(f"do{kind}_v1_", r"[0-9a-f]{40,}") for kind in "opr"),
    *(_form(f"hv{kind}.", rf"{_W}{{20,}}") for kind in "sbr"),
    *(_form(head, rf"{_W}{{20,}}", mixed=True)
      for head in ("dckr_pat_", "dckr_oat_", "lin_api_", "glsa_", "gsk_", "xai-", "pplx-", "nfp_",
                   "sntrys_", "sntryu_", "lsv2_pt_", "ATATT3x", "ATBB", "CFPAT-", "r8_", "PMAK-",
                   "NRAK-", "rubygems_", "pat-na1-", "EAAC", "EAAA", "sq0csp-", "sq0atp-", "tskey-",
                   "nvapi-", "fm2_", "hcaik_", "hcbik_", "xkeysib-", "xsmtpsib-", "eyJrIjoi")),
    _form("ATATT3x", rf"{_W}{{20,}}=[0-9A-F]{{8}}(?![0-9A-F])"),
    _form("1//0", rf"{_W}{{40,}}"),
    _form("ABSK", r"[A-Za-z0-9+/]{60,}={0,2}", "key"),
    _form("dp.", r"(?:st|ct|pt|sa|scim|audit)\.(?:[\w-]+\.)?[A-Za-z0-9]{40,}"),
    _form("pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    _form("re_", r"[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}", "key", mixed=True),
    _form("pk_", r"\d{6,}_[A-Z0-9]{30,}", "key"),
    _form("SK", r"[0-9a-f]{32}(?![0-9a-f])", "key"),
    _form("-us", r"\d{1,2}(?![\w-])", "key", lead=r"[0-9a-f]{32}", before=32),
    *(_form(head, r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "key")
      for head in ("sdk-", "mob-")),
    *(_form(f"shp{kind}_", r"[0-9a-fA-F]{32}") for kind in ("at", "ca", "pa", "ss")),
    _form("dapi", r"[0-9a-f]{32}"),
    _form("pul-", r"[0-9a-f]{40}"),
    _form("AGE-SECRET-KEY-1", r"[A-Z0-9]{50,}", "key"),
    _form(".atlasv1.", rf"{_W}{{40,}}", lead=r"[A-Za-z0-9]{14}", before=14),
    _form("NRAL", r"(?![A-Za-z0-9])", "key", lead=r"[0-9a-f]{36}", before=36),
    _form(":AA", rf"{_W}{{33}}(?!{_W})", lead=r"(?:bot)?\d{8,10}", before=13),
    _form("eyJ", rf"{_W}{{8,}}(?:\.{_W}*){{2,4}}", "jwt"),
    _form("django-insecure-", r"(?P<secret>\S{20,})", "key"),
    _form("b3BlbnNzaC1rZXktdjEA", r"[A-Za-z0-9+/=\s]*", "private key"),
)  # fmt: skip
# What most vendors agreed on: a short word or two, and behind them letters and digits at random.
# "pk" and "pub" say that it is the public half; the others name what has the number, as APIs of
# models do ("resp_", "call_", "toolu_").
_IDS = "pk|pub|resp|msg|call|req|run|toolu|step|thread|asst|batch|file|fc|rs|conv|trace|span|evt"
_PREFIXED = re.compile(
    rf"(?<![A-Za-z0-9])(?!(?:{_IDS})_)[a-z][a-z0-9]{{1,9}}_(?:[a-z]{{2,9}}_)?"
    r"(?P<random>[A-Za-z0-9_-]{28,})"
)
_PRIVATE = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_PRIVATE_END = re.compile(r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=]{16,}|\\r|\\n|[\s|,:'\"-]|[A-Za-z0-9+/=]+(?=\s*$))*")
# A line of a PEM body, also behind a timestamp: 64 characters (OpenSSL), 70 (OpenSSH), 76 (MIME).
_LEAD = r"^(?:\d{4}-\S{1,40} )?[ \t|\"'>]{0,40}"
_BODY_LINE = re.compile(
    rf"{_LEAD}(?P<body>[A-Za-z0-9+/]{{64}}(?:[A-Za-z0-9+/]{{6}}){{0,2}})[ \t\"',]*$", re.MULTILINE
)
_BASE64_LINE = re.compile(rf"{_LEAD}[A-Za-z0-9+/]{{1,100}}={{0,2}}[ \t\"',]*$")
_BLOCK_MARK = re.compile(r"-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----")
_ENCODED_PEM = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]+={0,2}")


def by_form(text: str) -> Iterator[Found]:
    """Everything that shows by its own form."""
    for form in _FORMS:
        at = text.find(form.anchor)
        while at >= 0:
            match = _matched(form, text, at)
            if match is None or (form.mixed and not is_mixed(match[0])):
                at = text.find(form.anchor, at + 1)
                continue
            start, end = match.span("secret" if "secret" in match.re.groupindex else 0)
            yield Found(start, end, form.kind)
            at = text.find(form.anchor, match.end())
    yield from _prefixed(text)
    yield from _private_keys(text)
    yield from _parts_of_keys(text)


def _prefixed(text: str) -> Iterator[Found]:
    at = text.find("_")
    while at >= 0:
        match = _PREFIXED.search(text, max(0, at - 10), at + 200)
        if match and match.start() < at < match.end() and is_scrambled(match["random"]):
            yield Found(*match.span(), "token")
            at = match.end()
        at = text.find("_", at + 1)


def _matched(form: _Form, text: str, at: int) -> re.Match[str] | None:
    if not form.before:
        return form.pattern.match(text, at)
    match = form.pattern.search(text, max(0, at - form.before), at + 200)
    return match if match and match.start() <= at < match.end() else None


def _private_keys(text: str) -> Iterator[Found]:
    at, foot_at = text.find("PRIVATE KEY"), -1
    while at >= 0:
        head = _PRIVATE.search(text, max(0, at - 40), at + 40)
        if head is None:
            at = text.find("PRIVATE KEY", at + 1)
            continue
        if foot_at < head.end():
            foot_at = text.find("-----END", head.end())
            foot_at = len(text) if foot_at < 0 else foot_at
        near = foot_at < head.end() + _LONGEST_KEY
        foot = _PRIVATE_END.match(text, foot_at) if near else None
        body = _KEY_BODY.match(text, head.end(), head.end() + _LONGEST_KEY)
        end = foot.end() if foot else body.end() if body else head.end()
        yield Found(head.start(), end, "private key")
        at = text.find("PRIVATE KEY", max(end, at + 1))
    at = text.find("LS0tLS1CRUdJTi")
    while at >= 0:
        encoded = _ENCODED_PEM.match(text, at)
        end = encoded.end() if encoded else at + 1
        if encoded and "PRIVATE" in decoded(encoded[0], 48):
            yield Found(at, end, "private key")
        at = text.find("LS0tLS1CRUdJTi", end)


def _parts_of_keys(text: str) -> Iterator[Found]:
    """The end of a private key, and lines of its body: whoever cut the text left the head out."""
    at = text.find("-----END")
    while at >= 0:
        if _PRIVATE_END.match(text, at):
            yield Found(_start_of_body(text, at), at, "private key")
        at = text.find("-----END", at + 1)
    marks = [(mark.start(), mark[1]) for mark in _BLOCK_MARK.finditer(text)]
    passed = 0
    for line in _BODY_LINE.finditer(text):
        while passed < len(marks) and marks[passed][0] < line.start():
            passed += 1
        # Inside a block that its head names it is a part of that: a certificate, a public key.
        inside = passed > 0 and marks[passed - 1][1] == "BEGIN"
        if not inside and _is_key_material(line["body"]):
            yield Found(*line.span("body"), "private key")


def _start_of_body(text: str, end: int) -> int:
    """Where the lines of Base64 begin that stand right above a foot."""
    start = text.rfind("\n", 0, end) + 1
    floor = max(0, end - _LONGEST_KEY)
    while start > floor:
        above = text.rfind("\n", 0, start - 1) + 1
        if not _BASE64_LINE.match(text[above : start - 1]):
            break
        start = above
    return start


def _is_key_material(body: str) -> bool:
    """Whether it is Base64 of random bytes, not a checksum in hexadecimal."""
    return (
        any(map(str.isupper, body)) and any(map(str.islower, body)) and any(map(str.isdigit, body))
    )
