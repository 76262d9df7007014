"""One toolset's section of the configuration, checked where it is read."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec

from holmes.core.errors import ToolsetFileError

_Settings = TypeVar("_Settings", bound=msgspec.Struct)

_VARIABLE = re.compile(r"\{\{\s*env\.([A-Za-z_]\w*)\s*\}\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """What a config or toolset file says of one toolset.

    name    as the file has it: "prometheus/metrics"
    kind    the `type` that the file gives: "database"; empty where it gives none
    subtype which product of the kind, where the file says
    config  the `config` mapping; `{{ env.NAME }}` in its texts is not filled in yet
    source  the file, for messages
    """

    name: str
    kind: str = ""
    subtype: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def where(self) -> str:
        """The section's place, as messages name it."""
        return f'{self.source}: toolset "{self.name}"'

    def over(self, earlier: "Section") -> "Section":
        """This one with what only the earlier one of that name says."""
        return replace(
            self,
            kind=self.kind or earlier.kind,
            subtype=self.subtype or earlier.subtype,
            config={**earlier.config, **self.config},
        )

    def settings(self, kind: type[_Settings], environment: Mapping[str, str]) -> _Settings:
        """`config` as settings of that kind, with environment variables filled in.

        A key that the kind does not have is refused with the nearest one; so is a variable that is
        not set. Raises ToolsetFileError.
        """
        known = tuple(each.encode_name for each in msgspec.structs.fields(kind))
        for key in map(str, self.config):
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                raise ToolsetFileError(
                    f'{self.where}: the key "{key}" of "config" is not known.',
                    hint=f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(known)}.",
                )
        try:
            return msgspec.convert(self.filled(self.config, environment), kind, strict=False)
        except msgspec.ValidationError as error:
            what, _, path = str(error).replace("`", "").partition(" - at $.")
            place = f'"config.{path}"' if path else '"config"'
            said = f"{what[:1].lower()}{what[1:]}"
            raise ToolsetFileError(f"{self.where}, {place}: {said}.") from error

    def filled(self, value: Any, environment: Mapping[str, str]) -> Any:  # noqa: ANN401  (any YAML)
        """A value with `{{ env.NAME }}` replaced in its texts, at any depth."""
        if isinstance(value, str):
            return _VARIABLE.sub(lambda match: self._variable(match[1], environment), value)
        if isinstance(value, Mapping):
            return {key: self.filled(each, environment) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each, environment) for each in value]
        return value

    def _variable(self, name: str, environment: Mapping[str, str]) -> str:
        if name not in environment:
            raise ToolsetFileError(
                f'{self.where}: the environment variable "{name}" is not set.',
                hint="Set it, or write the value into the file.",
            )
        return environment[name]
