"""What a fault is, what a right finding about it says, and the list of all of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, TypeAlias

from generated.world import App, Ref, World
from holmes.core.finding import Finding
from holmes.triage.fields import Obj, name_of, namespace_of, text

Half: TypeAlias = Literal["development", "heldout"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect:
    """The objects that may be named as the root cause, and what the cause must contain.

    Each of `words` is a value, or several that are equally right with "|" between them.
    """

    subjects: tuple[Ref, ...]
    words: tuple[str, ...]

    def names(self, finding: Finding) -> bool:
        return (finding.kind, finding.namespace, finding.name) in self.subjects

    def right(self, finding: Finding) -> bool:
        """Object and cause, in the finding's one line."""
        return self.names(finding) and self._told(finding.summary)

    def shown(self, finding: Finding) -> bool:
        """Object and cause, where chain and evidence count, too."""
        return self.names(finding) and self._told(
            "\n".join((finding.summary, *finding.chain, *finding.evidence))
        )

    def _told(self, said: str) -> bool:
        return all(
            re.search(rf"(?i)(?<![\w.])(?:{_either(each)})(?![\w])", said) for each in self.words
        )


def _either(word: str) -> str:
    return "|".join(map(re.escape, word.split("|")))


Break: TypeAlias = Callable[[World], Expect]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One way to break a cluster.

    only_events  whether nothing but events tells of it, so that they can't be left out
    decisive     kinds that must be readable for anyone to find the cause
    local        whether it breaks one app and leaves nodes and namespaces alone
    """

    name: str
    apply: Break
    only_events: bool
    decisive: frozenset[str]
    local: bool

    @property
    def half(self) -> Half:
        """A third is held out, by a hash of the name, so that a new fault moves no other."""
        return "heldout" if sha256(self.name.encode()).digest()[0] % 3 == 0 else "development"


_FAULTS: dict[str, Fault] = {}


def fault(
    *, only_events: bool = False, decisive: Sequence[str] = (), local: bool = True
) -> Callable[[Break], Break]:
    """Put a function into the list; its name is the fault's."""

    def register(apply: Break) -> Break:
        _FAULTS[apply.__name__] = Fault(
            name=apply.__name__,
            apply=apply,
            only_events=only_events,
            decisive=frozenset(decisive),
            local=local,
        )
        return apply

    return register


def faults() -> list[Fault]:
    """Every fault in `generated.faults`, by name."""
    package = import_module("generated.faults")
    for module in iter_modules(package.__path__):
        import_module(f"generated.faults.{module.name}")
    return [_FAULTS[name] for name in sorted(_FAULTS)]


def of_app(world: World, app: App, *others: Obj | Ref) -> tuple[Ref, ...]:
    """The workload, what it owns, and other objects that may equally be named."""
    refs: list[Ref] = [app.ref]
    owned = [
        each
        for kind in ("ReplicaSet", "Pod", "Job")
        for each in world.all(kind, app.namespace)
        if name_of(each).startswith(f"{app.name}-")
    ]
    refs += [ref_of(each) for each in owned]
    refs += [each if isinstance(each, tuple) else ref_of(each) for each in others]
    return tuple(dict.fromkeys(refs))


def ref_of(obj: Obj) -> Ref:
    return (text(obj, "kind"), namespace_of(obj), name_of(obj))
