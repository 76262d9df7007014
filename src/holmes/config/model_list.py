"""The door for model_list.yaml: the user's models by name, as the peer (0.45.0) has the file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml

from holmes.core.errors import UsageError
from holmes.models.price import MILLION, Price

DEFAULT_FILE = Path("~/.holmes/model_list.yaml")
VARIABLE = "MODEL_LIST_FILE_LOCATION"

PASSED_ON = (
    *("reasoning_effort", "verbosity", "top_p", "seed", "service_tier", "parallel_tool_calls"),
    *("chat_template_kwargs", "safety_identifier", "prompt_cache_key"),
)
"""Keys that go into the body of each request as they are; so does all of `extra_body`."""

_TEMPLATE = re.compile(r"\{\{\s*env\.([A-Za-z_]\w*)\s*\}\}")


class CustomArguments(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an entry that is no argument of LiteLLM."""

    max_context_size: int | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One model; `more` is what goes into the body of each request."""

    model: str
    api_base: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    api_version: Any = None  # YAML reads 2025-01-01 as a date
    temperature: float | None = 0.0
    custom_args: CustomArguments = CustomArguments()
    input_cost_per_token: float | None = None
    output_cost_per_token: float | None = None
    cache_read_input_token_cost: float | None = None
    extra_headers: dict[str, str] = {}
    extra_body: dict[str, Any] = {}
    fallback: str | list[str] = []
    more: dict[str, Any] = {}

    @property
    def address(self) -> str:
        """Its own base URL, or nothing."""
        return self.api_base or self.base_url or ""

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """The names of models that take over where its server is down."""
        return (self.fallback,) if isinstance(self.fallback, str) else tuple(self.fallback)

    @property
    def price(self) -> Price | None:
        """The price, where both parts of it are given."""
        if self.input_cost_per_token is None or self.output_cost_per_token is None:
            return None
        cached = self.cache_read_input_token_cost
        return Price(
            input=self.input_cost_per_token * MILLION,
            output=self.output_cost_per_token * MILLION,
            cached=None if cached is None else cached * MILLION,
        )


_OURS = frozenset(Entry.__struct_fields__) - {"more"}
_KNOWN = _OURS | frozenset(PASSED_ON)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelList:
    """The entries as they stand in the file, by name; an entry is read where it is used."""

    path: Path
    entries: Mapping[str, Any] = field(default_factory=dict)

    def entry(self, name: str, environment: Mapping[str, str]) -> Entry:
        """One entry with `{{ env.NAME }}` filled in; UsageError with the key at fault."""
        where = f'{self.path}: model "{name}"'
        said = self.entries[name]
        if not isinstance(said, dict):
            raise UsageError(f"{where} is no mapping.", hint="Write at least `model: NAME`.")
        known = _filled({k: v for k, v in said.items() if k in _KNOWN}, environment, where)
        more = {name: known.pop(name) for name in PASSED_ON if name in known}
        try:
            return msgspec.convert(known | {"more": more}, Entry, strict=False)
        except msgspec.ValidationError as error:
            what, _, path = str(error).replace("`", "").partition(" - at $.")
            place = f', "{path}"' if path else ""
            raise UsageError(f"{where}{place}: {what[:1].lower()}{what[1:]}.") from error

    def unused(self, name: str) -> tuple[str, ...]:
        """The keys of an entry that mean nothing here: arguments of LiteLLM, or misspelt."""
        said = self.entries[name]
        return tuple(map(str, said.keys() - _KNOWN)) if isinstance(said, dict) else ()


def read(environment: Mapping[str, str]) -> ModelList | None:
    """The user's list: the file that the environment names, where it is there, else the default."""
    named = environment.get(VARIABLE)
    places = (Path(named), DEFAULT_FILE) if named else (DEFAULT_FILE,)
    found = next((p for p in map(Path.expanduser, places) if p.is_file()), None)
    if found is None:
        return None
    document = _document(found)
    if not isinstance(document, dict):
        raise UsageError(f'Model list "{found}" holds no mapping.', hint="Write NAME: {model: …}.")
    return ModelList(path=found, entries={str(name): said for name, said in document.items()})


def _document(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f'Model list "{path}" can\'t be read: {error}.') from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or " ".join(str(error).split())
        raise UsageError(f"{path}{line}: this is not YAML: {reason}.") from error


def _filled(value: Any, environment: Mapping[str, str], where: str) -> Any:  # noqa: ANN401  (any YAML)
    if isinstance(value, str):
        missing = [name for name in _variables(value) if name not in environment]
        if missing:
            said = f'{where}: the environment variable "{missing[0]}" is not set.'
            raise UsageError(said, hint="Set it, or write the value into the file.")
        return _TEMPLATE.sub(lambda match: environment[match[1]], value)
    if isinstance(value, dict):
        return {key: _filled(each, environment, where) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, environment, where) for each in value]
    return value


def _variables(text: str) -> Iterable[str]:
    return (match[1] for match in _TEMPLATE.finditer(text))
