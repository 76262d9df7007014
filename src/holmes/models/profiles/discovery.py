"""Finds the profiles, every module here with a `PROFILE`, and the one that fits a server."""

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from holmes.models import profiles
from holmes.models.profiles.base import Profile, Said


@cache
def built_in() -> tuple[Profile, ...]:
    """All profiles of the package, by module name."""
    names = sorted(module.name for module in pkgutil.iter_modules(profiles.__path__))
    modules = (importlib.import_module(f"{profiles.__name__}.{name}") for name in names)
    found = (getattr(module, "PROFILE", None) for module in modules)
    return tuple(profile for profile in found if isinstance(profile, Profile))


def recognise(said: Said, known: Iterable[Profile]) -> Profile | None:
    """The profile of which a sign is there; with several, the one of the greatest precedence."""
    fitting = [profile for profile in known if any(said.shows(sign) for sign in profile.signs)]
    return max(fitting, key=lambda profile: profile.precedence, default=None)


def own_paths(known: Iterable[Profile]) -> tuple[str, ...]:
    """The paths at which a server that has not given itself away yet may do so."""
    signs = (sign for profile in known for sign in profile.signs)
    return tuple(dict.fromkeys(sign.name for sign in signs if sign.place == "path"))
