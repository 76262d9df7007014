"""Reads profiles: the YAML files beside this module, and those that a user adds."""

import re
from functools import cache
from pathlib import Path

import msgspec
import yaml

from holmes.core.errors import UsageError
from holmes.models.profiles.base import Profile

USER_FOLDER = Path("~/.holmes/profiles")

_USERS_WIN = 100
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the former is ten times as fast


@cache
def built_in() -> tuple[Profile, ...]:
    """The profiles of the package."""
    return tuple(_read(path) for path in sorted(Path(__file__).parent.glob("*.yaml")))


def of_user(folder: Path = USER_FOLDER) -> tuple[Profile, ...]:
    """The profiles in a folder, which win over those of the package; none where it is not there.

    Raises UsageError with the file and the field at fault.
    """
    own = (_read(path) for path in sorted(folder.expanduser().glob("*.y*ml")))
    return tuple(msgspec.structs.replace(profile, precedence=_USERS_WIN) for profile in own)


def _read(path: Path) -> Profile:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  # a safe one
        profile = msgspec.convert(document, Profile)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f'Profile "{path}" can\'t be read: {reason}.') from error
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{path}: {error}.", hint="docs/model-check.md shows a profile with all its fields."
        ) from error
    for pattern in (*(sign.pattern for sign in profile.signs), *profile.parsers):
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(f'{path}: "{pattern}" is no regular expression: {error}.') from error
    return profile
