"""Profiles that a user adds: YAML files with the fields of `Profile`."""

import re
from pathlib import Path
from typing import Any

import msgspec

from holmes.core.errors import UsageError
from holmes.models.profiles.base import Finding, Place, Profile, Quirk, Sign, Version

USER_FOLDER = Path("~/.holmes/profiles")

_USERS_WIN = 100


class _Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    place: Place
    pattern: str = ""
    name: str = ""
    key: str = ""


class _Version(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str = ""
    key: str = ""
    header: str = ""
    fingerprint: str = ""


class _Quirk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    what: str
    seen: str = ""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    signs: list[_Sign]
    version: _Version = _Version()
    advice: dict[Finding, str] = {}
    parsers: dict[str, str] = {}
    quirks: list[_Quirk] = []
    loses_results: bool = False


def of_user(folder: Path = USER_FOLDER) -> tuple[Profile, ...]:
    """The profiles in a folder, which win over those of the package; none where it is not there.

    Raises UsageError with the file and the field at fault.
    """
    paths = sorted(folder.expanduser().glob("*.y*ml"))
    return tuple(_profile(path) for path in paths)


def _profile(path: Path) -> Profile:
    document = _read(path)
    try:
        said = msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{path}: {error}.", hint="docs/model-check.md shows a profile with all its fields."
        ) from error
    for pattern in (*(sign.pattern for sign in said.signs), *said.parsers):
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(f'{path}: "{pattern}" is no regular expression: {error}.') from error
    return Profile(
        name=said.name,
        signs=tuple(Sign(**msgspec.structs.asdict(sign)) for sign in said.signs),
        loses_results=said.loses_results,
        precedence=_USERS_WIN,
        version=Version(**msgspec.structs.asdict(said.version)),
        advice=said.advice,
        parsers=tuple(said.parsers.items()),
        quirks=tuple(Quirk(**msgspec.structs.asdict(quirk)) for quirk in said.quirks),
    )


def _read(path: Path) -> Any:  # noqa: ANN401 - any YAML; msgspec checks it
    import yaml  # noqa: PLC0415  # only a machine with a file pays

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f'Profile "{path}" can\'t be read: {reason}.') from error
