"""What a check reports: one problem, its cause, and the exact lines that prove it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypedDict

Severity: TypeAlias = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
Relation: TypeAlias = Literal[
    "depends on", "selects", "routes to", "mounts", "scheduled on", "owned by", "calls"
]
_MOST_NAMED = 3
YOURS = " (a change: yours to run)"
"""What stands behind a command that changes something, wherever one is shown."""
ChangeKind: TypeAlias = Literal[
    "rollout", "config", "node", "scaling", "release", "sync", "commit", "container", "unit"
]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ObjectRef:
    """The name of one Kubernetes object; `namespace` is empty for a cluster-scoped one."""

    kind: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """`namespace/name`, or the bare name of a cluster-scoped object."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"


class Named(TypedDict):
    """The fields of a finding that name its object."""

    kind: str
    namespace: str
    name: str


def named(ref: ObjectRef) -> Named:
    """An object's name as the arguments of a `Finding` about it."""
    return Named(kind=ref.kind, namespace=ref.namespace, name=ref.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class NextCall:
    """The one tool call that confirms a finding, and the command line it stands for."""

    tool: str
    arguments: Mapping[str, str | bool] = field(hash=False)
    command: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One symptom of a finding: the object that it shows on, and how that hangs on another.

    subject   the object that suffers
    relation  how it hangs on `on`: "Ingress shop routes to Service web"
    on        the object next to it on the way to the root
    cause     what is wrong with it, in a phrase
    evidence  exact lines that show it
    """

    subject: ObjectRef
    relation: Relation
    on: ObjectRef
    cause: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Impact:
    """Who suffers from a finding, and what still works.

    services   Services that no ready pod serves any more, or that have a symptom
    ingresses  Ingresses and other routes that lead to one of them
    callers    workloads whose calls fail, as their logs or their own findings show
    since      when the first of them began to suffer (RFC 3339); empty where nothing tells
    ready      pods of the finding's workload that are ready
    wanted     pods that it should have; 0 where the finding is about no workload
    old        how many of the ready pods are of an earlier revision
    """

    services: tuple[ObjectRef, ...] = ()
    ingresses: tuple[ObjectRef, ...] = ()
    callers: tuple[ObjectRef, ...] = ()
    since: str = ""
    ready: int = 0
    wanted: int = 0
    old: int = 0

    @property
    def summary(self) -> str:
        """One line: what still serves, then who suffers."""
        suffer = [*self.services, *self.ingresses, *self.callers]
        told = []
        if self.old:
            told.append(
                f"{self.old} old pod{'s' * (self.old > 1)} still serve{'s' * (self.old == 1)}"
            )
        elif self.wanted:
            told.append(f"{self.ready} of {self.wanted} pods ready")
        if suffer:
            since = f" since {self.since[11:16]}" if self.since else ""
            named = ", ".join(map(str, suffer[:_MOST_NAMED]))
            more = f" and {len(suffer) - _MOST_NAMED} more" if len(suffer) > _MOST_NAMED else ""
            told.append(f"{named}{more} suffer{'s' * (len(suffer) == 1)}{since}")
        else:
            told.append("no Service or caller is seen to fail")
        return "; ".join(told)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Something that changed.

    what  what sort of change it was
    ref   the object that changed; what is no Kubernetes object (a commit, a container, a unit)
          is named alike
    at    when (RFC 3339)
    said  the change in a phrase: "revision 2: web image app:1 → app:2"
    """

    what: ChangeKind
    ref: ObjectRef
    at: str
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One problem with its cause.

    check         the name of the check's module
    cause         one phrase: what is wrong, and why
    evidence      exact lines and fields as the cluster gave them, each with where it was found
    chain         cause → … → symptom, one phrase a step; may be empty where cause says it all
    affected      the objects that suffer from it
    explained_by  objects whose own finding is the cause of this one; when such a finding exists,
                  this one is a symptom and is merged into it (see `holmes.triage.rank`)
    generic       whether it says no more than that something is unwell, so that a merge needs its
                  place in the chain but not its evidence
    since         when it began (RFC 3339, the cluster's clock); empty where nothing tells
    impact        who suffers from it; None where that was not looked at
    changed       what changed before it began, the latest first
    links         its symptoms as a tree below it, those next to the root first
    fix           the command that would mend it, for a person to run; empty where that can't be
                  told without guessing
    """

    check: str
    severity: Severity
    kind: str
    namespace: str
    name: str
    cause: str
    next_call: NextCall
    evidence: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    affected: tuple[ObjectRef, ...] = ()
    explained_by: tuple[ObjectRef, ...] = ()
    generic: bool = False
    since: str = ""
    impact: Impact | None = None
    changed: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()
    fix: str = ""

    @property
    def subject(self) -> ObjectRef:
        """The object to change, or to look at first."""
        return ObjectRef(kind=self.kind, namespace=self.namespace, name=self.name)

    @property
    def summary(self) -> str:
        """One line: what, where, why."""
        return f"{self.subject}: {self.cause}"
