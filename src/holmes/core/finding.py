"""What a check reports: one problem, its cause, and the exact lines that prove it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypedDict

Severity: TypeAlias = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")


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

    @property
    def subject(self) -> ObjectRef:
        """The object to change, or to look at first."""
        return ObjectRef(kind=self.kind, namespace=self.namespace, name=self.name)

    @property
    def summary(self) -> str:
        """One line: what, where, why."""
        return f"{self.subject}: {self.cause}"
