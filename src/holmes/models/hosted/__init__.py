"""APIs that run models for anybody, by name: one YAML file each, read only where it is asked for.

    find("groq")   what is known of it, or None
    names()        all of them

A new one is one new file here. `{NAME}` in a base URL is a variable of the environment.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import yaml

from holmes.models.price import Price

_FOLDER = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the former is ten times as fast
_DATE = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
_VARIABLE = re.compile(r"\{([A-Z_]+)\}")


class Documented(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is documented of a model: tokens of context, US dollars for a million tokens."""

    window: int
    input: float | None = None
    output: float | None = None
    cached: float | None = None

    @property
    def price(self) -> Price | None:
        """The price, where both parts of it are known."""
        if self.input is None or self.output is None:
            return None
        return Price(input=self.input, output=self.output, cached=self.cached)


class Hosted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One API, as its file has it.

    keys        environment variables that hold the key, the first that is set counts
    variables   others that may stand for one in `base`, which is named first
    key_header  where the key goes
    source      where base, keys and quirks were read, and `seen`, when
    figures     where windows and prices were read, and when
    models      by name, which a date may follow: "gpt-5.4" is "gpt-5.4-2026-03-05", too
    """

    name: str
    base: str
    keys: tuple[str, ...]
    source: str
    seen: date
    variables: dict[str, tuple[str, ...]] = {}
    key_header: str = "Authorization"
    quirks: tuple[str, ...] = ()
    figures: str = ""
    models: dict[str, Documented] = {}

    def key(self, environment: Mapping[str, str]) -> str:
        """The key in the environment, or nothing."""
        return next((environment[name] for name in self.keys if environment.get(name)), "")

    def address(self, environment: Mapping[str, str]) -> tuple[str, str]:
        """The base URL, or "" and the name of the variable that is not set."""
        base = self.base
        for name in _VARIABLE.findall(base):
            also = self.variables.get(name, ())
            value = next((environment[n] for n in (name, *also) if environment.get(n)), "")
            if not value:
                return "", name
            base = base.replace(f"{{{name}}}", value.rstrip("/"))
        return base, ""

    def documented(self, model: str) -> tuple[int | None, Price | None]:
        """The context window and the price of a model, as far as they are documented."""
        found = self.models.get(model) or self.models.get(_DATE.sub("", model))
        return (found.window, found.price) if found else (None, None)


def find(prefix: str) -> Hosted | None:
    """The API that `PREFIX/model` means."""
    path = _FOLDER / f"{prefix}.yaml"
    return _read(path) if re.fullmatch(r"[a-z_]+", prefix) and path.is_file() else None


def names() -> tuple[str, ...]:
    """The prefixes that mean an API."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def _read(path: Path) -> Hosted:
    document = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  # a safe one
    return msgspec.convert(document, Hosted)
