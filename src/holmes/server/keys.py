"""Keys of those who may call: kept as SHA-256 digests, compared in constant time."""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from holmes.config.settings import why
from holmes.core.errors import UsageError
from holmes.files import read_bounded

VARIABLES = ("HOLMES_SERVER_KEY", "HOLMES_API_KEY")
"""The second is the peer's."""

_LINE = re.compile(r"([\w.@-]+) ([0-9a-f]{64})")
_SHORTEST = 16
_MOST_BYTES = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """Digests by the names of their owners; false where there are none."""

    digests: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.digests)

    @classmethod
    def read(cls, file: Path | None, environment: Mapping[str, str] = os.environ) -> Self:
        """The keys of a file (lines "NAME SHA256") and of the environment; UsageError."""
        digests: dict[str, str] = {}
        for variable in VARIABLES:
            if key := environment.get(variable, ""):
                if len(key) < _SHORTEST:
                    raise UsageError(
                        f"{variable} is shorter than {_SHORTEST} characters.",
                        hint="Make one with `holmes serve --new-key NAME`.",
                    )
                digests[variable] = digest(key)
        if file is not None:
            digests |= _in_file(file)
        return cls(digests=digests)

    def owner(self, key: str) -> str | None:
        """Whose key it is; None where it is nobody's. Takes as long for any key."""
        given, found = digest(key), None
        for name, known in self.digests.items():
            if hmac.compare_digest(given, known):
                found = name
        return found


def digest(key: str) -> str:
    """The SHA-256 of a key, in hexadecimal."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def new_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_urlsafe(32)


def _in_file(path: Path) -> dict[str, str]:
    try:
        if path.expanduser().stat().st_mode & stat.S_IWOTH:
            raise UsageError(
                f'Key file "{path}" can be written by others, who could let themselves in.',
                hint=f"chmod go-w {path}",
            )
        lines = read_bounded(path.expanduser(), _MOST_BYTES).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f'Key file "{path}" can\'t be read: {why(error)}.') from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise UsageError(
                f'{path}:{number}: this is not "NAME SHA256".',
                hint="`holmes serve --new-key NAME` prints such a line.",
            )
        found[match[1]] = match[2]
    if not found:
        raise UsageError(f'Key file "{path}" holds no key.')
    return found
