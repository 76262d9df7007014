"""What a value looks like: a secret, a reference to one, a word, or nothing at all."""

import base64
import binascii
import re
from itertools import pairwise

_NOTHING = frozenset(
    {"", "null", "none", "nil", "true", "false", "yes", "no", "undefined", "empty", "unset"}
    | {"required", "missing", "invalid", "incorrect", "redacted", "hidden", "masked", "unknown"}
    | {"enabled", "disabled", "optional", "expired", "default", "include", "omit", "string"}
    | {"|", ">", "|-", ">-", "|+", ">+", "&", "*", "set", "not", "too", "must", "the", "is", "was"}
)
# Where a template or a shell puts the value in, what people write instead of one, and our own.
_REFERENCE = re.compile(
    r"\$[A-Za-z_]\w*\Z|\$\{[^}]*\}?|\$\(|\{\{|\{\.|%\(|%[A-Z_]+%\Z|<[^>]*>?\Z|«|\[?redacted\]?\Z"
    r"|your[-_]|\(|arn:|https?://|file:|vault:|/(?:[a-z0-9._-]+/)*[a-z0-9._-]*\Z",
    re.IGNORECASE,
)
_FILLER = re.compile(r"[*x.•#_?\-]+\Z", re.IGNORECASE)
_SIZE = re.compile(r"\d+(?: bytes\b|[smhd]\Z)")
_NAME = re.compile(r"[a-z]+(?:[-_./][a-z]+)*\Z", re.IGNORECASE)
_LONGEST_STRONG = 80
# Paths, assignments, calls, addresses and versions.
_NO_PASSWORD = re.compile(r"[/:=(){}\[\]<>|,;\"'`]|@[\w-]+\.|\d\.\d")
_SIGN = re.compile(r"[!$%^*~+@#&?]")
_UPPER = re.compile(r"[A-Z]")
_DIGITS = re.compile(r"[0-9]+")


def is_empty(value: str) -> bool:
    """Whether a value is none: blank, a reference, asterisks, a size, "null", a placeholder."""
    return (
        value.lower() in _NOTHING
        or _FILLER.match(value) is not None
        or (_REFERENCE.match(value) is not None and not _long_base64(value))
        or _SIZE.match(value) is not None
    )


def is_name(value: str) -> bool:
    """Whether a value is words, maybe joined by dashes, dots or slashes: `database-password`."""
    return (
        _NAME.match(value) is not None
        and not _long_base64(value)
        and not (len(value) >= 20 and _turns(value) > 0.4 * len(value))
    )


def is_mixed(value: str) -> bool:
    """Whether letters and digits are mixed, as in what a machine or a careful person makes up."""
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def is_random(value: str, least: int = 16) -> bool:
    """Whether a value is long and mixed enough to be made by a machine."""
    return len(value) >= least and is_mixed(value)


def is_strong(value: str) -> bool:
    """Whether a value is made as a password has to be, and as few names are.

    Small and capital letters, digits, and of them three or a sign that is in no name.
    """
    return (
        8 <= len(value) <= _LONGEST_STRONG
        and not _NO_PASSWORD.search(value)
        and any(map(str.islower, value))
        and any(map(str.isupper, value))
        and (sum(map(str.isdigit, value)) > 2 or (is_mixed(value) and bool(_SIGN.search(value))))
    )


def is_scrambled(value: str) -> bool:
    """Whether capitals, small letters and digits follow each other as no name has them.

    A name in CamelCase turns from one to another twice a word, and has its digits together.
    """
    return (
        len(_DIGITS.findall(value)) >= 2
        and _UPPER.search(value) is not None
        and _turns(value) > 0.4 * len(value)
    )


def _turns(value: str) -> int:
    """How often one kind of character follows another."""
    kinds = [1 if c.isdigit() else 2 if c.isupper() else 3 if c.islower() else 4 for c in value]
    return sum(kind != following for kind, following in pairwise(kinds))


def decoded(value: str, limit: int = 120) -> str:
    """The beginning of what base64 text holds, or "" where it is no base64 of text."""
    head = value[: limit - limit % 4]
    try:
        data = base64.b64decode(head + "=" * (-len(head) % 4), validate=True)
        return data.decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _long_base64(value: str) -> bool:
    if ":" in value:
        return False
    return len(value) >= 30 and _UPPER.search(value) is not None and is_mixed(value)
