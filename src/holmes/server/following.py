"""Work that is worth doing only as long as somebody listens."""

from collections.abc import Coroutine
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response

from holmes.core.errors import HolmesError
from holmes.server.problems import Problem
from holmes.server.run import Run


async def while_listening(
    request: Request, run: Run, work: Coroutine[Any, Any, Response]
) -> Response:
    """What the work returns; the run is cancelled where the caller hangs up before."""
    replies: list[Response] = []

    async def hung_up(scope: anyio.CancelScope) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        run.cancel()
        scope.cancel()

    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(hung_up, group.cancel_scope)
        try:
            replies.append(await work)
        except (Problem, HolmesError) as error:
            failure = error  # raised again as itself, outside of the group
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return replies[0] if replies else Response(status_code=499)
