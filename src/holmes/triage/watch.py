"""What changed between one look at a cluster and the next."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import anyio

from holmes.errors import UsageError
from holmes.triage.collect import Report
from holmes.triage.finding import Finding, ObjectRef

ChangeKind: TypeAlias = Literal["new", "changed", "gone"]

_COUNTS = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One finding that came, went or tells something else now."""

    kind: ChangeKind
    finding: Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One look: the whole report and what is different, or why there is no report."""

    changes: tuple[Change, ...] = ()
    report: Report | None = None
    failure: str = ""


async def watch(look: Callable[[], Awaitable[Report]], seconds: float) -> AsyncIterator[Look]:
    """Look again and again, `seconds` after each look ended; the first one raises its UsageError.

    A later failure, of a whole look or of one list in it, is a `Look` that says so, and changes
    nothing of what was known.
    """
    report = await look()
    yield Look(report=report, changes=changes((), report.findings))
    while True:
        await anyio.sleep(seconds)
        try:
            latest = await look()
        except UsageError as error:
            yield Look(failure=str(error))
            continue
        if failed := _newly_failed(report, latest):
            yield Look(failure=f"Could not read {', '.join(failed)}.")
            continue
        known, report = report.findings, latest
        yield Look(report=report, changes=changes(known, report.findings))


def _newly_failed(known: Report, latest: Report) -> list[str]:
    """What was read before and failed now: nothing found in it is nothing that went away.

    What is forbidden from now on stays so, and is no reason to wait.
    """
    before = {each.partition(" (")[0] for each in known.unread}
    lasting = "(forbidden)"
    return [
        each
        for each in latest.unread
        if each.partition(" (")[0] not in before and not each.endswith(lasting)
    ]


def changes(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[Change, ...]:
    """What came and what changed, in the order of `after`, then what went.

    A finding is the same where check and object are. Other numbers (nine restarts, ten restarts)
    are no change.
    """
    old, new = _by_identity(before), _by_identity(after)
    came = [
        Change(kind="changed" if identity in old else "new", finding=finding)
        for identity, finding in new.items()
        if identity not in old or _telling(old[identity]) != _telling(finding)
    ]
    gone = [
        Change(kind="gone", finding=finding)
        for identity, finding in old.items()
        if identity not in new
    ]
    return (*came, *gone)


def _by_identity(findings: Sequence[Finding]) -> dict[tuple[str, ObjectRef, int], Finding]:
    """Findings by check and object; a check's second one about the same object is another."""
    found: dict[tuple[str, ObjectRef, int], Finding] = {}
    for finding in findings:
        count = 0
        while (finding.check, finding.subject, count) in found:
            count += 1
        found[finding.check, finding.subject, count] = finding
    return found


def _telling(finding: Finding) -> tuple[str, str]:
    return finding.severity, _COUNTS.sub("#", finding.cause)
