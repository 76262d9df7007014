"""Several jobs at once, of which the first failure ends all."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import anyio

from holmes.core.errors import SnapshotError

Job: TypeAlias = Callable[[], Awaitable[None]]


async def run_all(jobs: Iterable[Job]) -> None:
    """Run every job; a SnapshotError of one cancels the others and is raised as itself."""
    failures: list[SnapshotError] = []
    async with anyio.create_task_group() as group:

        async def guarded(job: Job) -> None:
            try:
                await job()
            except SnapshotError as error:
                failures.append(error)
                group.cancel_scope.cancel()

        for job in jobs:
            group.start_soon(guarded, job)
    if failures:
        raise failures[0]
