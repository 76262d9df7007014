"""Findings about an object, and about a workload whose pods aren't well."""

from collections.abc import Iterable
from typing import TypedDict, Unpack

from holmes.core.finding import Finding, NextCall, ObjectRef, Severity, named
from holmes.triage.fields import Obj, ref_of
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import refs, severity_of


class More(TypedDict, total=False):
    """What a finding may have besides its cause and evidence (see `Finding`)."""

    next_call: NextCall
    chain: tuple[str, ...]
    affected: tuple[ObjectRef, ...]
    explained_by: tuple[ObjectRef, ...]
    generic: bool
    fix: str


def about(
    check: str, what: Obj | ObjectRef, severity: Severity, cause: str, evidence: Iterable[str],
    **more: Unpack[More],
) -> Finding:  # fmt: skip
    """The finding about an object, which describing it confirms if nothing else is said."""
    ref = what if isinstance(what, ObjectRef) else ref_of(what)
    more = {"next_call": describe(ref), **more}
    told = tuple(evidence)
    return Finding(check=check, severity=severity, **named(ref), cause=cause, evidence=told, **more)


def about_pods(
    check: str, objects: ObjectSet, workload: ObjectRef, pods: Iterable[Obj], cause: str,
    evidence: Iterable[str], **more: Unpack[More],
) -> Finding:  # fmt: skip
    """The finding about a workload with the pods it affects; the first of them confirms it.

    Critical where none of the workload's pods is ready.
    """
    affected = refs(pods)
    more = {"affected": affected, "next_call": describe([*affected, workload][0]), **more}
    return about(check, workload, severity_of(objects, workload), cause, evidence, **more)
