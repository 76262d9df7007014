"""Secrets that show by the place they stand in: a URL, a command line, a cookie, a Secret."""

import re
from collections.abc import Iterator

from holmes.evidence.redaction.found import Found, lowered
from holmes.evidence.redaction.values import is_empty, is_mixed, is_random

_USERINFO = re.compile(
    r"""://(?P<user>[^\s:/?#@"'<>\[\]]*):(?P<secret>(?!\d+[/?#])[^\s"'<>/]+)@(?=[\w\[(*.-])"""
)
_USER_ONLY = re.compile(r"://(?P<secret>[A-Za-z0-9_-]{20,})@(?=[\w\[])")
_COOKIE = re.compile(r"cookie[\"']?[ \t]*[:=][ \t]*[\"']?")
_COOKIE_PAIR = re.compile(r"([\w.\-]+)=([^;\s\"']+)")
_COOKIE_NAMES = re.compile(r"sess|sid\b|auth|token|csrf|xsrf|jwt|remember", re.IGNORECASE)
_SECRET_KIND = re.compile(r"""["']?kind["']?[ \t]*:[ \t]*["']?Secret\b(?!\w)""")
_YAML_BLOCK = re.compile(
    r"^([ \t]*)(?:data|stringData):[ \t]*\n((?:\1[ \t]+\S.*(?:\n|\Z))+)", re.MULTILINE
)
_YAML_ENTRY = re.compile(r"^[ \t]+[\w.\-]+:[ \t]+[\"']?([^\s\"']+)[\"']?[ \t]*$", re.MULTILINE)
_JSON_BLOCK = re.compile(r'"(?:data|stringData)"\s*:\s*\{([^{}]*)\}')
_JSON_ENTRY = re.compile(r'"[\w.\-]+"\s*:\s*"((?:[^"\\]|\\.)+)"')
_MANIFEST = 50_000
"""Characters on both sides of `kind: Secret` that are looked at for its values."""

_COMMAND = 500
"""Characters of a command line that are looked at."""

_COMMAND_END = re.compile(r"[\n|;]")

# Literal that must stand in the text, the pattern tried from there, the group's kind.
_COMMANDS = tuple(
    (anchor, re.compile(pattern))
    for anchor, pattern in (
        ("mysql", r"mysql\w*\b[^\n|;]*?\s-p(?P<secret>[^\s\"']+)"),
        ("mariadb", r"mariadb\w*\b[^\n|;]*?\s-p(?P<secret>[^\s\"']+)"),
        ("sshpass", r"sshpass\s+-p\s*[\"']?(?P<secret>[^\s\"']+)"),
        ("redis-cli", r"redis-cli\b[^\n|;]*?\s-a\s*[\"']?(?P<secret>[^\s\"']+)"),
        ("docker login", r"docker login\b[^\n|;]*?\s-p\s*[\"']?(?P<secret>[^\s\"']+)"),
        ("curl", r"curl\b[^\n|;]*?\s(?:-u|--user)[ =]*[\"']?[^\s:'\"]+:(?P<secret>[^\s\"']+)"),
        ("requirepass", r"requirepass[ \t]+[\"']?(?P<secret>[^\s\"']+)"),
        ("masterauth", r"masterauth[ \t]+[\"']?(?P<secret>[^\s\"']+)"),
        (":thin:", r":thin:[\w.$-]+/(?P<secret>[^\s\"'@]+)@"),
        ("code=", r"code=(?P<secret>[A-Za-z0-9_-]{20,})"),
    )
)
_DSN = re.compile(r"(?<![\w/:])[\w.$-]+:(?P<secret>[^\s\"'`/]+)\Z")


def by_place(text: str) -> Iterator[Found]:
    """Everything that its place gives away."""
    yield from _in_urls(text)
    yield from _in_commands(text)
    yield from _in_cookies(text)
    yield from _in_manifests(text)


def _in_urls(text: str) -> Iterator[Found]:
    at = text.find("://")
    while at >= 0:
        match = _USERINFO.match(text, at, at + 2000) or _USER_ONLY.match(text, at, at + 300)
        if match and not is_empty(match["secret"]):
            named = "user" in match.re.groupindex
            if named or is_mixed(match["secret"]):
                yield Found(*match.span("secret"), "password" if named else "token")
        at = text.find("://", at + 3)
    for driver in ("@tcp(", "@unix("):
        at = text.find(driver)
        while at >= 0:
            low = max(0, at - 200)
            match = _DSN.search(text[low:at])
            if match and not is_empty(match["secret"]):
                yield Found(low + match.start("secret"), at, "password")
            at = text.find(driver, at + 1)


def _in_commands(text: str) -> Iterator[Found]:
    for anchor, pattern in _COMMANDS:
        at = text.find(anchor)
        while at >= 0:
            match = pattern.match(text, at, at + _COMMAND)
            if match is None:
                # Nor will a later mention in the same command: a long line is read once.
                ended = _COMMAND_END.search(text, at, at + _COMMAND)
                at = text.find(anchor, ended.end() if ended else at + _COMMAND)
                continue
            is_code = anchor == "code="
            if not is_empty(match["secret"]) and (not is_code or is_random(match["secret"], 20)):
                yield Found(*match.span("secret"), "token" if is_code else "password")
            at = text.find(anchor, match.end())


def _in_cookies(text: str) -> Iterator[Found]:
    low = lowered(text)
    header = _COOKIE.search(low)
    while header:
        end = text.find("\n", header.end(), header.end() + 8000)
        stop = header.end() + 8000 if end < 0 else end
        for pair in _COOKIE_PAIR.finditer(text, header.end(), stop):
            value = pair[2]
            if is_empty(value):
                continue
            if (_COOKIE_NAMES.search(pair[1]) and len(value) >= 8) or is_random(value, 20):
                yield Found(*pair.span(2), "cookie")
        header = _COOKIE.search(low, stop)


def _in_manifests(text: str) -> Iterator[Found]:
    done, document_end = 0, -1  # a list of many Secrets is read once
    for kind in _SECRET_KIND.finditer(text):
        low = max(kind.start() - _MANIFEST, done)
        low = max(low, text.rfind("\n---", low, kind.start()))
        if document_end < kind.end():
            document_end = text.find("\n---", kind.end())
            document_end = len(text) if document_end < 0 else document_end
        high = min(document_end, kind.end() + _MANIFEST)
        if high <= done:
            continue
        done = high
        for block, entry, group in ((_YAML_BLOCK, _YAML_ENTRY, 2), (_JSON_BLOCK, _JSON_ENTRY, 1)):
            for data in block.finditer(text, low, high):
                for value in entry.finditer(text, *data.span(group)):
                    if not is_empty(value[1]):
                        yield Found(*value.span(1), "secret")
