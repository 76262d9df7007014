"""What a check found, line by line, and the summary."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import msgspec

from holmes.models.modes.requests import CallFormat
from holmes.models.profiles.base import Quirk

State: TypeAlias = Literal["yes", "partly", "no", "unknown", "skipped"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One thing that was looked at; `key` is its name in JSON, `how` one sentence or nothing."""

    key: str
    title: str
    state: State
    how: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """The whole check.

    call_format  how holmes will call tools, None where nothing works
    weak         whether some calls were wrong even so: the model will be led
    changes      what to change on the server to do better
    """

    address: str
    model: str
    kind: str
    version: str
    lines: tuple[Line, ...]
    call_format: CallFormat | None
    changes: tuple[str, ...]
    quirks: tuple[Quirk, ...]
    summary: str
    exit_code: int
    weak: bool = False

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "address": self.address,
            "model": self.model,
            "server": {"kind": self.kind, "version": self.version},
            "checks": {
                line.key: {"state": line.state, "how": line.how, "title": line.title}
                for line in self.lines
            },
            "tool_calls": asdict(self.call_format) if self.call_format else None,
            "changes": list(self.changes),
            "quirks": [msgspec.structs.asdict(quirk) for quirk in self.quirks],
            "summary": self.summary,
            "guided": self.weak,
            "usable": self.exit_code == 0,
        }
