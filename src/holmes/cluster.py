"""The Kubernetes cluster that the settings choose: a live one, or a recording that is served."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holmes.config.settings import Config
from holmes.kubernetes.kubectl import require_chosen
from holmes.kubernetes.target import SECTION, KubeTarget, section_of, target_in

if TYPE_CHECKING:
    from holmes.redaction.redactor import Redactor


def chosen(config: Config) -> KubeTarget:
    """The live cluster."""
    return KubeTarget(
        context=config.context,
        kubeconfig=config.kubeconfig,
        namespace=config.namespace,
        temporary=config.recorded is not None,
        recorded=config.recorded or 0.0,
    )


def looking_at(config: Config, target: KubeTarget) -> Config:
    """The settings for another live cluster."""
    return replace(
        config,
        context=target.context,
        kubeconfig=target.kubeconfig,
        namespace=target.namespace,
        recorded=target.recorded if target.temporary else None,
        snapshot=None,
    )


@contextmanager
def serving(snapshot: Path) -> Iterator[KubeTarget]:
    """A recorded cluster, for as long as the block runs."""
    from holmes.snapshot.serve import SnapshotServer  # noqa: PLC0415  # only for --snapshot

    with SnapshotServer(snapshot) as api:
        recorded = api.snapshot.info.recorded_at.timestamp()
        yield KubeTarget(kubeconfig=str(api.kubeconfig), temporary=True, recorded=recorded)


@contextmanager
def opened(config: Config) -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """The section that tells toolsets which cluster it is; a recorded one is served meanwhile."""
    if config.snapshot is None:
        yield {SECTION: section_of(chosen(config))}
        return
    with serving(config.snapshot) as target:
        yield {SECTION: section_of(replace(target, namespace=config.namespace))}


def require(sections: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise UsageError where the kubeconfig or context that somebody chose isn't there."""
    require_chosen(target_in(sections))


def clock(sections: Mapping[str, Mapping[str, Any]]) -> Callable[[], float]:
    """Tells what time it is in the cluster: that of a recording stands still."""
    return target_in(sections).clock


async def learn(redactor: "Redactor", sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Tell the redactor the cluster's names, where it masks names; a sentence where that failed."""
    if not redactor.masks_names:
        return ""
    from holmes.redaction import cluster_names  # noqa: PLC0415  # few ask for it

    return await cluster_names.learn(redactor, target_in(sections))


def situation(config: Config) -> str:
    """The time, and which cluster is looked at."""
    said = f"It is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    if config.snapshot is not None:
        from holmes.snapshot.folder import read_info  # noqa: PLC0415  # only for --snapshot

        info = read_info(config.snapshot)
        said = (
            f"The Kubernetes cluster is a recording of {info.cluster}: in it, it is "
            f"{info.recorded_at:%Y-%m-%d %H:%M} UTC, and ages count from then."
        )
    elif config.context:
        said += f" The Kubernetes cluster is {config.context}."
    if config.namespace:
        said += f" Namespace unless another is named: {config.namespace}."
    return said
