"""Which cluster is meant."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

SECTION = "kubernetes"
"""The section of the configuration that says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeTarget:
    """Which cluster kubectl talks to; empty strings leave kubectl's own defaults.

    `temporary` says that the kubeconfig is gone after this run: commands are then shown without
    it, so that they can be run again wherever the same snapshot is served. `recorded` is the time
    at which a snapshot was made, in seconds since the epoch; 0 for a cluster that goes on.
    """

    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    temporary: bool = False
    recorded: float = 0.0

    @property
    def clock(self) -> Callable[[], float]:
        """Tells what time it is there."""
        return (lambda: self.recorded) if self.recorded else time.time


class HasSections(Protocol):
    """What a toolset or a front end is given: settings by the name of their section."""

    @property
    def sections(self) -> Mapping[str, Mapping[str, Any]]:
        """All of them."""


def target_of(context: HasSections) -> KubeTarget:
    """The cluster that the section "kubernetes" names."""
    return target_in(context.sections)


def target_in(sections: Mapping[str, Mapping[str, Any]]) -> KubeTarget:
    """The same of the sections alone."""
    return KubeTarget(**sections.get(SECTION, {}))


def section_of(target: KubeTarget) -> dict[str, str | bool | float]:
    """The same as a section."""
    return {
        "context": target.context,
        "kubeconfig": target.kubeconfig,
        "namespace": target.namespace,
        "temporary": target.temporary,
        "recorded": target.recorded,
    }
