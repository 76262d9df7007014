"""What a toolset can tell of recent changes: the seam between the toolsets and `what_changed`."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from holmes.core.finding import Change
from holmes.tools.times import duration, span

_DEFAULT = 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which changes are asked for: when, and of what; empty texts leave it open.

    since, until  as they were asked for; what is relative is counted from the source's own clock
    """

    since: str = ""
    until: str = ""
    namespace: str = ""
    workload: str = ""

    def span(self, now: float | None = None) -> tuple[float, float]:
        """Start and end in seconds since the epoch; the last day where nothing is said.

        Raises ToolFailure where a time can't be read.
        """
        clock = time.time() if now is None else now
        return span(_ago(self.since), _ago(self.until), now=clock, ago=_DEFAULT)


def _ago(text: str) -> str:
    """A duration ("2h") as the time that long before, which is all that it can mean here."""
    return f"-{text}" if text[-1:].isalpha() and duration(text) else text


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The changes of one source, in any order; `note` says what it could not tell."""

    changes: tuple[Change, ...] = ()
    note: str = ""


Tell: TypeAlias = Callable[[Window], Awaitable[Told]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSource:
    """Where changes are known.

    tell  gives them; raises ToolFailure where it can't
    show  the request that `tell` makes, as a person could repeat it
    """

    tell: Tell
    show: Callable[[Window], str]
