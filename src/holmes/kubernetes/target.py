"""Which cluster is meant."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeTarget:
    """Which cluster kubectl talks to; empty strings leave kubectl's own defaults."""

    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
