"""What changed in the cluster, for `what_changed`."""

from holmes.kubernetes.target import KubeTarget
from holmes.tools.changes import ChangeSource, Told, Window


def source(target: KubeTarget) -> ChangeSource:
    """The rollouts, settings, releases, nodes and scalings of one cluster."""

    # Loaded with the first call: a session that never asks should not pay for it.
    async def tell(window: Window) -> Told:
        from holmes.triage.timeline import changes  # noqa: PLC0415

        return await changes(target, window)

    def show(window: Window) -> str:
        from holmes.triage.timeline import command  # noqa: PLC0415

        return command(target, window)

    return ChangeSource(tell=tell, show=show)
