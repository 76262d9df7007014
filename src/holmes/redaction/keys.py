"""Whether a name of a setting, a header or a flag is the name of a secret: `DB_PASSWORD`."""

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORD = (
    *("password", "passwd", "passphrase", "passcode", "pwd", "pw", "pass"),
    *("passwort", "kennwort", "passe", "senha", "contrasena"),
)
_TOKEN = ("token", "jwt", "apitoken", "authtoken")
_SECRET = frozenset(
    {"secret", "credential", "credentials", "creds", "sig", "signature", "dockerconfigjson"}
    | {"dockercfg", "storepass", "keypass", "masterauth", "requirepass"}
)
# "key" alone names anything; with one of these before it, a secret.
_KEYS = frozenset(
    {"api", "access", "account", "app", "application", "auth", "client", "consumer", "deploy"}
    | {"encryption", "enc", "hmac", "license", "master", "private", "secret", "service", "shared"}
    | {"signing", "sign", "sas", "storage", "subscription", "admin", "session", "cookie", "write"}
    | {"routing", "integration", "instrumentation", "ingestion", "preshared", "unseal", "sdk"}
    | {"certificate"}
)
_JOINED_KEYS = tuple(f"{word}key" for word in ("api", "access", "secret", "private", "encryption"))
# What may follow the word and leave it a secret: SECRET_KEY_BASE, client-key-data, PASSWORD_2.
_TAILS = frozenset({"base", "data", "value", "plain", "text", "old", "new", "current"})
# Its neighbours that make it a reference, a setting or a public part.
_NOT = frozenset({"existing", "public", "name", "ref", "cache", "sort", "primary", "partition"})


@lru_cache(maxsize=4096)
def kind_of(key: str) -> str:
    """`password`, `token`, `key`, `secret` or `auth` where `key` names one, else ""."""
    words = [word.lower() for word in _WORD.findall(key)]
    while len(words) > 1 and (words[-1] in _TAILS or words[-1].isdigit()):
        words.pop()
    if not words or _NOT.intersection(words):
        return ""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "key":
        return "key" if before in _KEYS else ""
    if last == "pat":
        return "token" if before else ""
    if last == "id":
        return "secret" if before == "secret" else ""
    if last == "auth":
        return "auth" if before in {"", "config", "npm", "proxy"} or key.startswith("_") else ""
    return _by_ending(last)


def _by_ending(word: str) -> str:
    if word in _PASSWORD or word.endswith(("password", "passwd", "passphrase")):
        return "password"
    if word in _TOKEN or word.endswith("token"):
        return "token"
    if word.endswith(_JOINED_KEYS):
        return "key"
    return "secret" if word in _SECRET or word.endswith("secret") else ""
