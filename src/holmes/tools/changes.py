"""What a toolset can tell of recent changes: the seam between the toolsets and `what_changed`."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio

from holmes.core.finding import Change
from holmes.tools.function_tool import ToolFailure, read_as_documented

_DEFAULT = 24 * 3600.0
SECONDS = 60.0
"""Of one source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which changes are asked for: when, and of what; empty texts leave it open.

    since, until  as they were asked for; what is relative is counted from the source's own clock
    now           tells what time it is for a source that has none
    """

    since: str = ""
    until: str = ""
    namespace: str = ""
    workload: str = ""
    now: Callable[[], float] = field(default=time.time, compare=False)

    def span(self, now: float | None = None) -> tuple[float, float]:
        """Start and end in seconds since the epoch; the last day where nothing is said.

        Raises ToolFailure where a time can't be read.
        """
        from holmes.tools.times import duration, span  # noqa: PLC0415  # only once it is asked

        def ago(text: str) -> str:
            """A duration ("2h") as the time that long before, all that it can mean here."""
            return f"-{text}" if text[-1:].isalpha() and duration(text) else text

        clock = self.now() if now is None else now
        return span(ago(self.since), ago(self.until), now=clock, ago=_DEFAULT)


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


def joined(sources: Mapping[str, ChangeSource]) -> ChangeSource:
    """All of them as one, asked at once; one that fails costs no other, and is named."""

    async def tell(window: Window) -> Told:
        told: dict[str, Told] = {}
        failed: dict[str, str] = {}

        async def ask(name: str, source: ChangeSource) -> None:
            try:
                with anyio.fail_after(SECONDS), read_as_documented():
                    told[name] = await source.tell(window)
            except TimeoutError:
                failed[name] = f"no answer within {SECONDS:.0f} s"
            except ToolFailure as failure:
                failed[name] = failure.message

        async with anyio.create_task_group() as group:
            for name, source in sources.items():
                group.start_soon(ask, name, source)
        missing = [f"{name}: {failed[name]}." for name in sources if name in failed]
        if not told:
            raise ToolFailure(" ".join(missing))
        known = [told[name] for name in sources if name in told]
        return Told(
            changes=tuple(change for each in known for change in each.changes),
            note=" ".join(filter(None, [*(each.note for each in known), *missing])),
        )

    def show(window: Window) -> str:
        return "; ".join(source.show(window) for source in sources.values())

    return ChangeSource(tell=tell, show=show)
