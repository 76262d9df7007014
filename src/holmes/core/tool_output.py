"""What one tool call gave: typed data, and the text that a person or a model reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from holmes.core.finding import Finding, NextCall
from holmes.core.messages import JsonValue

ToolStatus: TypeAlias = Literal[
    "ok",
    "no_data",
    "failed",
    "timeout",
    "denied",
    "invalid_arguments",
    "unknown_tool",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under named columns, each cell as it was printed.

    `of` is what a row is ("pods"), in the plural; empty where nobody said.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    of: str = ""
    kind: Literal["table"] = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Json:
    """A document, or several: what JSON or YAML text holds."""

    value: JsonValue
    kind: Literal["json"] = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """One line of a log; `time` is RFC 3339 or empty, `source` who wrote it ("pod/container")."""

    text: str
    time: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLines:
    """Lines of one or several logs, in the order in which they were written."""

    lines: tuple[LogLine, ...]
    kind: Literal["log_lines"] = "log_lines"


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One time series; each point is seconds since the epoch and a value (None: a gap)."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSeries:
    """Series over time; `unit` as the source gives it, or empty."""

    series: tuple[Series, ...]
    unit: str = ""
    kind: Literal["time_series"] = "time_series"


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What deterministic checks found, worst first.

    healthy  names ("namespace/name") of what was looked at and is well
    scope    where was looked: a namespace, or empty for everywhere
    looks    by an object's name (as in `healthy`, or a finding's), the call that shows all of it
    logs     by the name of what runs, the call that shows what it says itself
    """

    findings: tuple[Finding, ...]
    healthy: tuple[str, ...] = ()
    scope: str = ""
    looks: Mapping[str, NextCall] = field(default_factory=dict, hash=False)
    logs: Mapping[str, NextCall] = field(default_factory=dict, hash=False)
    kind: Literal["findings"] = "findings"


ToolData: TypeAlias = Table | Json | LogLines | TimeSeries | Findings
"""What code reads of a result; never read again out of its text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolOutput:
    """What one call gave.

    text     the whole result as people read it (where a program failed, what it printed on both)
    command  the exact command line that a person can run again; empty where nothing ran
    note     one sentence for model and person: why it failed, what was left out, what was mended
    data     the same as `text`, typed; None where a tool knows nothing but its text
    """

    status: ToolStatus
    text: str = ""
    command: str = ""
    note: str = ""
    exit_code: int | None = None
    data: ToolData | None = None

    @property
    def invalid(self) -> bool:
        """Whether the call itself was wrong: nothing ran, and nothing was seen."""
        return self.status in {"invalid_arguments", "unknown_tool"}
