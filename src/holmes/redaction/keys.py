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
# A "code" is a number of an error, a "phrase" any sentence; with one of these before it, a secret.
_CODES = frozenset(
    {"verification", "confirmation", "otp", "totp", "mfa", "fa", "time", "sms", "security"}
    | {"access", "pairing", "activation", "backup", "recovery"}
)
_PHRASES = frozenset({"seed", "recovery", "backup", "mnemonic"})
_SEEDS = frozenset({"otp", "totp", "mfa", "wallet"})
_ALONE = {
    **dict.fromkeys(("otp", "totp", "pin", "cvv", "cvc"), "pin"),
    **dict.fromkeys(("salt", "pepper"), "salt"),
    "mnemonic": "phrase",
}
# What may follow the word and leave it a secret: SECRET_KEY_BASE, client-key-data, PASSWORD_2.
_TAILS = frozenset({"base", "data", "value", "plain", "text", "old", "new", "current"})
_WITH_ANOTHER = (
    ("key", "key", _KEYS),
    ("id", "secret", {"secret"}),
    ("auth", "token", {"x"}),
    ("code", "code", _CODES),
    ("phrase", "phrase", _PHRASES),
    ("words", "phrase", _PHRASES),
    ("seed", "token", _SEEDS),
)
# Its neighbours that make it a reference, a setting or a public part.
_NOT = frozenset({"existing", "public", "name", "ref", "cache", "sort", "primary", "partition"})


@lru_cache(maxsize=4096)
def kind_of(key: str) -> str:
    """What `key` names, else "": a password, token, key, secret, auth, pin, code, salt, phrase."""
    words = [word.lower() for word in _WORD.findall(key.replace("ñ", "n"))]
    while len(words) > 1 and (words[-1] in _TAILS or words[-1].isdigit()):
        words.pop()
    if not words or _NOT.intersection(words):
        return ""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "auth" and (before in {"", "config", "npm", "proxy"} or key.startswith("_")):
        return "auth"
    for word, kind, companions in _WITH_ANOTHER:
        if last == word:
            return kind if before in companions else ""
    if last == "pat":
        return "token" if before else ""
    return _ALONE.get(last) or _by_ending(last)


def _by_ending(word: str) -> str:
    if word in _PASSWORD or word.endswith(("password", "passwd", "passphrase")):
        return "password"
    if word in _TOKEN or word.endswith("token"):
        return "token"
    if word.endswith(_JOINED_KEYS):
        return "key"
    return "secret" if word in _SECRET or word.endswith("secret") else ""
