"""Names that --redact-names masks: pods, hosts, IP addresses, e-mail addresses.

The names of the cluster's pods and nodes are told to it first; generated pod names, addresses,
and hosts in URLs or under a known top-level domain are recognised besides.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from holmes.redaction.found import Found

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*(?![\w])")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_REFERRED = re.compile(r"\b[Pp]ods?(?:/| \"|=)([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)")
_URL_HOST = re.compile(r"://(?:[^\s/@\"']{0,100}@)?([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)")
# What controllers append: no vowels, and none of 0, 1, 3 (k8s.io/apimachinery, util/rand).
_SUFFIX = re.compile(r"[bcdfghjklmnpqrstvwxz2456789]{5}\Z")
_HASH = re.compile(r"(?=[a-z0-9]*\d)[bcdfghjklmnpqrstvwxz0-9]{6,10}\Z")
_NO_PODS = ("kube-api-access-", "default-token-")
_DOMAINS = frozenset({
    "com", "net", "org", "io", "dev", "cloud", "app", "ai", "co", "eu", "de", "ch", "at", "uk",
    "fr", "nl", "us", "ca", "in", "jp", "cn", "br", "au", "info", "biz", "internal", "local",
    "corp", "lan", "intranet", "home", "private", "example", "test", "gov", "edu", "mil",
})  # fmt: skip
# The cluster's own, API groups, and registries that everybody uses tell nothing of anybody.
_NOBODYS = re.compile(
    r"(?:.*\.)?(?:svc|cluster\.local|k8s\.io|kubernetes\.io|docker\.io|docker\.com|gcr\.io"
    r"|ghcr\.io|quay\.io|github\.com|googleapis\.com|npmjs\.org|pypi\.org|helm\.sh|x-k8s\.io"
    r"|openai\.com|golang\.org|coreos\.com|istio\.io|cert-manager\.io|kubernetes\.default)\Z"
    r"|(?:.*\.)?svc\..*|localhost\Z",
    re.IGNORECASE,
)
# Words of Kubernetes that a bare pod might be called by; they would be masked everywhere.
_COMMON = frozenset({
    "pod", "pods", "node", "nodes", "default", "name", "namespace", "status", "ready", "running",
    "app", "web", "api", "server", "client", "data", "image", "container", "service", "event",
    "warning", "normal", "true", "false",
})  # fmt: skip


class Names:
    """Finds names in text; knows more with every one that it is told."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, kind: str, names: Iterable[str]) -> None:
        """Names that are masked wherever they stand as a word."""
        for name in names:
            if len(name) > 2 and name.lower() not in _COMMON:
                self._known.setdefault(name, kind)

    def find(self, text: str) -> Iterator[Found]:
        """Every name in a text, maybe overlapping."""
        self.learn("pod", (match[1] for match in _REFERRED.finditer(text)))
        if "@" in text:
            yield from (Found(*match.span(), "email") for match in _EMAIL.finditer(text))
        yield from _addresses(text)
        yield from _url_hosts(text)
        for match in _WORD.finditer(text):
            yield from self._word(text, match)

    def _word(self, text: str, match: re.Match[str]) -> Iterator[Found]:
        word, start = match[0], match.start()
        if kind := self._known.get(word):
            yield Found(start, match.end(), kind)
        elif "-" in word and (length := _generated(word)):
            yield Found(start, start + length, "pod")
        elif "." in word:
            if _is_host(word) and not text.startswith("/", match.end()):
                yield Found(start, match.end(), "host")
            else:  # a pod or node as the first label of a name: web-0.db.shop.svc
                first = word.split(".", 1)[0]
                if kind := self._known.get(first):
                    yield Found(start, start + len(first), kind)


def _addresses(text: str) -> Iterator[Found]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match[0])
            except ValueError:
                continue
            if not (address.is_loopback or address.is_unspecified):
                yield Found(*match.span(), "ip")


def _url_hosts(text: str) -> Iterator[Found]:
    for match in _URL_HOST.finditer(text):
        host = match[1]
        if "." in host and not host[-1].isdigit() and not _NOBODYS.match(host):
            yield Found(*match.span(1), "host")


def _is_host(word: str) -> bool:
    labels = word.split(".")
    return labels[-1].lower() in _DOMAINS and not _NOBODYS.match(word) and word.islower()


def _generated(word: str) -> int:
    """How long the pod's name is that a word begins with, or 0 where it is none."""
    name = word.split(".", 1)[0]
    parts = name.split("-")
    if len(parts) < 2 or name.startswith(_NO_PODS) or not _SUFFIX.match(parts[-1]):
        return 0
    hashed = len(parts) > 2 and _HASH.match(parts[-2]) is not None
    return len(name) if hashed or any(c.isdigit() for c in parts[-1]) else 0
