"""Running every check over one set of objects."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from holmes.core.finding import Finding
from holmes.triage import checks as package
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.rank import rank


class Check(Protocol):
    """A module of `holmes.triage.checks`: its docstring says what it finds."""

    __name__: str
    __doc__: str | None

    def find(self, objects: ObjectSet, logs: LogReader, /) -> Iterator[Finding]:
        """Every problem of this check's kind; pure, and quick enough to run several times."""


@cache
def checks() -> tuple[Check, ...]:
    """Every module in `holmes.triage.checks`, by name; a new file is a new check."""
    names = sorted(module.name for module in iter_modules(package.__path__))
    return tuple(cast("Check", import_module(f"{package.__name__}.{name}")) for name in names)


def triage(objects: ObjectSet, logs: LogReader, own: Sequence[Check] = ()) -> tuple[Finding, ...]:
    """What is wrong, one finding per root cause, worst first; `own` are the user's checks.

    Of a single namespace, only what is in it or hurts something in it.
    """
    found = [finding for check in (*checks(), *own) for finding in check.find(objects, logs)]
    return tuple(finding for finding in rank(found) if _concerns(finding, objects.scope))


def _concerns(finding: Finding, scope: str) -> bool:
    places = {finding.namespace, *(ref.namespace for ref in finding.affected)}
    return not scope or scope in places
