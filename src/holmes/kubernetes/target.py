"""Which cluster is meant."""

from dataclasses import dataclass

from holmes.tools.base import ToolContext

SECTION = "kubernetes"
"""The section of the configuration that says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeTarget:
    """Which cluster kubectl talks to; empty strings leave kubectl's own defaults.

    `temporary` says that the kubeconfig is gone after this run: commands are then shown without
    it, so that they can be run again wherever the same snapshot is served.
    """

    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    temporary: bool = False


def target_of(context: ToolContext) -> KubeTarget:
    """The cluster that the section "kubernetes" names."""
    return KubeTarget(**context.sections.get(SECTION, {}))


def section_of(target: KubeTarget) -> dict[str, str | bool]:
    """The same as a section."""
    return {
        "context": target.context,
        "kubeconfig": target.kubeconfig,
        "namespace": target.namespace,
        "temporary": target.temporary,
    }
