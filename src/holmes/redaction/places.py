"""Secrets that show by the place they stand in: a URL, a command line, a cookie, a Secret."""

import re
from collections.abc import Iterator
from functools import cache

from holmes.redaction.found import Found, lowered
from holmes.redaction.values import is_empty, is_mixed, is_random

_USERINFO = re.compile(
    r"""://(?P<user>[^\s:/?#@"'<>\[\]]*):(?P<secret>(?!\d+[/?#])[^\s"'<>/]+)@(?=[\w\[(*.-])"""
)
_USER_ONLY = re.compile(r"://(?P<secret>[A-Za-z0-9_-]{20,})@(?=[\w\[])")
_COOKIE = re.compile(r"cookie[\"']?[ \t]*[:=][ \t]*[\"']?")
_COOKIE_PAIR = re.compile(r"(?<![\w.\-])([\w.\-]+)=([^;\s\"']+)")
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

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Literal that must stand in the text, the pattern tried from there, whether the value has to look
# random to count.
_WORD = r"[\"']?(?P<secret>[^\s\"']+)"
_COMMANDS = (
    *(
        (program, rf"{program}\w*\b[^\n|;]*?\s{option}{_WORD}", False)
        for program, option in (
            ("mysql", "-p"),
            ("mariadb", "-p"),
            ("sshpass", r"-p\s*"),
            ("redis-cli", r"-a\s*"),
            ("docker login", r"-p\s*"),
            (" login", r"-p\s+"),
            ("openssl", r"(?:-k\s+|-pass(?:in|out)?\s+pass:)"),
            ("ipmitool", r"-P\s*"),
            ("ldap", r"-w\s*"),
            ("snmp", r"-A\s*"),
            ("snmp", r"-X\s*"),
            ("zip", r"-P\s*"),
            ("7z", r"-p"),
            (" rar", r"-h?p"),
            ("mongo", r"-p\s+"),
            ("sqlcmd", r"-P\s*"),
            (" bcp", r"-P\s*"),
            ("mosquitto_", r"-P\s+"),
            ("ssh-keygen", r"-N\s*"),
            ("lftp", r"-u\s*[^\s,]+,"),
            ("freerdp", r"/p:"),
            ("net use", r"\\\\\S+\s+(?![/*])"),
        )
    ),
    ("wpa_passphrase ", rf"wpa_passphrase \S+ {_WORD}", False),
    ("rclone obscure ", rf"rclone obscure {_WORD}", False),
    ("SecureString ", rf"SecureString (?:-String )?{_WORD}", False),
    ("bindpw", rf"bindpw:?[ \t]+{_WORD}", False),
    (
        "vault login ",
        r"vault login (?:-\S+ )*(?P<secret>(?=[a-z.]*[A-Z0-9])[^\s=:\"']{8,})(?!\S)",
        False,
    ),
    *(
        (
            head,
            rf"{head}[A-Z2-7]{{16}}[^\w\n]{{1,5}}(?P<secret>[A-Za-z0-9+/]{{40}})(?![\w+/])",
            False,
        )
        for head in ("AKIA", "ASIA")
    ),
    (
        "curl",
        r"curl\b[^\n|;]*?\s(?:-u|--user)[ =]*[\"']?[^\s:'\"]+:(?P<secret>[^\s\"']+)",
        False,
    ),
    (
        "echo ",
        r"echo (?:-n )?[\"']?(?P<secret>[^\s\"'|]+)[\"']?\s*\|[^\n;]*(?:--\w+-stdin|chpasswd)\b",
        False,
    ),
    ("htpasswd", rf"htpasswd (?:-\S+ )*-\w*b\w*(?: -\S+| \d+| \S*/\S+)* [\w.@-]+ {_WORD}", False),
    ("rabbitmqctl", rf"rabbitmqctl (?:-\S+ )*(?:change_password|\w+_user) \S+ {_WORD}", False),
    ("mc alias set", rf"mc alias set \S+ \S+ \S+ {_WORD}", False),
    ("smbclient", r"smbclient\b[^\n|;]*?\s-U\s*[\"']?[^\s%\"']+%(?P<secret>[^\s\"']+)", False),
    ("requirepass", rf"requirepass[ \t]+{_WORD}", False),
    ("masterauth", rf"masterauth[ \t]+{_WORD}", False),
    (" on >", r" on >(?P<secret>\S{6,})", False),
    ('"AUTH"', r'"AUTH"(?: "[^"\n]*")?? "(?P<secret>[^"\n]+)"', False),
    *(
        (anchor, r"auth=?\([\"'][^\"'\n]*[\"'], *[\"'](?P<secret>[^\"'\n]+)", False)
        for anchor in ("auth=(", "auth(")
    ),
    ("IDENTIFIED ", r"IDENTIFIED (?:WITH \S+ )?(?:BY|AS) '(?P<secret>[^'\n]+)'", False),
    ("PASSWORD FOR ", r"PASSWORD FOR [^=\n]{1,80}= *'(?P<secret>[^'\n]+)'", False),
    ("NEO4J_AUTH=", r"NEO4J_AUTH=[\"']?\w+/(?P<secret>[^\s\"']+)", False),
    (":5432:", r":5432:[\w*.-]+:[\w.-]+:(?P<secret>[^\s\"']+)", False),
    (":thin:", r":thin:[\w.$-]+/(?P<secret>[^\s\"'@]+)@", False),
    # Not "AUTH PLAIN LOGIN", a server's list of what it takes.
    ("AUTH PLAIN ", r"AUTH PLAIN (?P<secret>[A-Za-z0-9+/]{12,}={0,2})(?![\w-])", False),
    ("password to proceed", r"password to proceed[\w ]*:\s*(?P<secret>[0-9a-f]{32})", True),
    ("ecret value ", r"ecret value (?P<secret>\S+) for \S+ is not valid base64", False),
    ("ecovery code", r"ecovery codes?[:= ]+(?P<secret>[a-z0-9]{4,8}(?:-[a-z0-9]{4,8})+)", False),
    ("asana", r"asana[^\n]{0,40}?(?P<secret>\d/\d{13,19}(?:/\d{13,19})?:[0-9a-f]{32})", True),
    ("az devops", r"az devops [^\n]{0,40}?(?P<secret>[a-z0-9]{52})(?!\w)", True),
    ("_PAT=", r"_PAT=[\"']?(?P<secret>[A-Za-z0-9_-]{20,})", True),
    ("code=", r"code=(?P<secret>[A-Za-z0-9_-]{20,})", True),
    ("SAMLResponse=", r"SAMLResponse=(?P<secret>[A-Za-z0-9%+/=]{40,})", True),
    ("igest ", r"igest [^\n]*?\bresponse=\"(?P<secret>[0-9a-f]{32,})", True),
    ("bearer.authorization.k8s.io.", r"[a-z.0-9]+\.io\.(?P<secret>[\w-]{20,})", True),
    ("nseal ", r"nseal [Kk]ey(?: \d+)?: *(?P<secret>[A-Za-z0-9+/=]{32,})", True),
    ("Private-Lines:", r"Private-Lines: \d+\s+(?P<secret>[A-Za-z0-9+/=\s]+)", False),
    # Addresses of webhooks: whoever knows one may post to it.
    ("/hook", rf"/hooks?/(?P<secret>[A-Za-z0-9]{{20,}}|{_UUID})(?![\w-])", True),
    ("hook/", r"hook/[\w/.-]*\?(?:key|sig)=(?P<secret>[\w%-]{20,})", True),
    ("hooks.zapier.com/", r"hooks\.zapier\.com/hooks/catch/(?P<secret>\d+/\w+)", False),
    ("/IncomingWebhook/", r"/IncomingWebhook/(?P<secret>[0-9a-f]{32})", True),
    ("/integration/", r"/integration/(?P<secret>[0-9a-f]{32})(?![\w-])", True),
    ("/heartbeat/", r"/heartbeat/(?P<secret>[A-Za-z0-9]{20,})(?![\w-])", True),
    ("hc-ping.com/", rf"hc-ping\.com/(?P<secret>{_UUID})", True),
)
_LITERAL = re.compile(r"--from-literal[= ][\"']?[\w.-]+=[\"']?(?P<secret>[^\s\"']+)")
# A key as JSON says by "kty" what it is, and by single letters what of it is private.
_JWK = re.compile(r"\{[^{}]*\"kty\"[^{}]*\}")
_JWK_PART = re.compile(r"\"(?:d|k|p|q|dp|dq|qi)\"\s*:\s*\"(?P<secret>[\w-]{16,})\"")
_LONGEST_JWK = 8000
_DSN = re.compile(r"(?<![\w/:.$-])[\w.$-]+:(?P<secret>[^\s\"'`/]+)\Z")


def by_place(text: str) -> Iterator[Found]:
    """Everything that its place gives away."""
    yield from _in_urls(text)
    yield from _in_commands(text)
    yield from _in_literals(text)
    yield from _in_cookies(text)
    yield from _in_manifests(text)
    yield from _in_json_keys(text)


def _in_json_keys(text: str) -> Iterator[Found]:
    at = text.find('"kty"')
    while at >= 0:
        low = max(0, text.rfind("{", max(0, at - _LONGEST_JWK), at))
        key = _JWK.match(text, low, at + _LONGEST_JWK)
        for part in _JWK_PART.finditer(text, *key.span()) if key else ():
            yield Found(*part.span("secret"), "key")
        at = text.find('"kty"', key.end() if key else at + 1)


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


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled where its anchor stands in a text for the first time: few texts hold any."""
    return re.compile(pattern)


def _in_commands(text: str) -> Iterator[Found]:
    for anchor, pattern, random in _COMMANDS:
        at = text.find(anchor)
        while at >= 0:
            match = _compiled(pattern).match(text, at, at + _COMMAND)
            if match is None:
                # Where any flags may stand between, a later mention in the same command will not
                # match either: a long line is read once.
                reads_on = "*?" in pattern
                ended = _COMMAND_END.search(text, at, at + _COMMAND) if reads_on else None
                after = at + (_COMMAND if reads_on else len(anchor))
                at = text.find(anchor, ended.end() if ended else after)
                continue
            if not is_empty(match["secret"]) and (not random or is_random(match["secret"], 20)):
                yield Found(*match.span("secret"), "token" if random else "password")
            at = text.find(anchor, match.end())


def _in_literals(text: str) -> Iterator[Found]:
    """The values of a Secret that a command line makes."""
    at = text.find("create secret")
    while at >= 0:
        ended = _COMMAND_END.search(text, at)
        end = min(at + _MANIFEST, ended.start() if ended else len(text))
        for value in _LITERAL.finditer(text, at, end):
            if not is_empty(value["secret"]):
                yield Found(*value.span("secret"), "secret")
        at = text.find("create secret", end)


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
