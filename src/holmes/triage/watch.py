"""What changed between one look at a cluster and the next."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import anyio

from holmes.core.errors import UsageError
from holmes.core.finding import Finding, ObjectRef
from holmes.triage.collect import NotRead, Report

ChangeKind: TypeAlias = Literal["new", "changed", "gone"]

_COUNTS = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One finding that came, went or tells something else now."""

    kind: ChangeKind
    finding: Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One look: the whole report and what is different; `failure` is what could not be looked at.

    No report where that may be there again with the next look.
    """

    changes: tuple[Change, ...] = ()
    report: Report | None = None
    failure: str = ""


async def watch(look: Callable[[], Awaitable[Report]], seconds: float) -> AsyncIterator[Look]:
    """Look again and again, `seconds` after each look ended; the first one raises its UsageError.

    A later failure, of a whole look or of one list in it, is a `Look` that says so, and changes
    nothing of what was known.
    """
    report = await look()
    blind = _could_not_read(report.missed)
    yield Look(report=report, changes=changes((), report.findings), failure=blind)
    while True:
        await anyio.sleep(seconds)
        try:
            latest = await look()
        except UsageError as error:
            yield Look(failure=str(error))
            continue
        lost = _lost(report, latest)
        if any(each.why != "forbidden" for each in lost):
            yield Look(failure=_could_not_read(lost))
            continue
        # What is forbidden from now on stays so, and is no reason to wait.
        known, report = report.findings, latest
        found = changes(known, report.findings)
        yield Look(report=report, changes=found, failure=_could_not_read(lost))


def _lost(known: Report, latest: Report) -> list[NotRead]:
    """What was read before and not now: nothing found in it is nothing that went away."""
    before = {each.what for each in known.unread}
    return [each for each in latest.unread if each.what not in before]


def _could_not_read(unread: Sequence[NotRead]) -> str:
    return f"Could not read {', '.join(map(str, unread))}." if unread else ""


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
