"""Asks every question of an evaluation: one model server for all, an investigation for each."""

import io
import tempfile
from collections.abc import Callable, Coroutine, Iterable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from holmes import cluster
from holmes import runtime as app
from holmes.config.settings import Config
from holmes.core import events
from holmes.core.errors import HolmesError, ModelServerError, ServerUnreachable
from holmes.evals.judge import judged
from holmes.evals.results import Result, ResultFile, result_of
from holmes.evals.scenario import Case
from holmes.evals.view import view_of
from holmes.kubernetes.target import KubeTarget
from holmes.render.json_document import JsonRenderer

if TYPE_CHECKING:
    from holmes.models.base import Model
    from holmes.models.client.chat_completions import ClientSettings

TRIAGE = "kubernetes/triage"


def without_triage(config: Config) -> Config:
    """The settings without the toolset whose findings a small model is shown first."""
    return replace(config, toolsets={**config.toolsets, TRIAGE: {"enabled": False}})


class Collector(JsonRenderer):
    """Takes the events of one investigation, and gives the document and the model's words."""

    def __init__(self, question: str) -> None:
        super().__init__(question, io.StringIO())
        self.said: list[str] = []
        self._text = ""

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        super().__call__(event)
        match event:
            case events.ModelText(text=text, reasoning=False):
                self._text += text
            case events.ModelReplied() if self._text:
                self.said.append(self._text)
                self._text = ""


async def run_all(
    config: Config,
    cases: Iterable[Case],
    into: ResultFile,
    *,
    jobs: int = 1,
    judge: "Model | None" = None,
    told: Callable[[Result], None] = lambda _: None,
    emit: events.EventSink = lambda _: None,
    live: KubeTarget | None = None,
) -> None:
    """Ask what is not answered in `into` yet; `told` hears of each result that is on the disk.

    Of the recorded clusters, or of a `live` one.

    Raises ServerUnreachable where the model server is gone: what is finished stays.
    """
    finished = into.finished()
    left = [case for case in cases if case.key not in finished]
    if not left:
        return
    limiter = anyio.CapacityLimiter(jobs)
    with tempfile.TemporaryDirectory(prefix="holmes-eval-") as scratch:
        async with app.server(config, emit) as client:

            async def ask(case: Case) -> None:
                async with limiter:
                    with (nullcontext(live) if live
                          else cluster.serving(view_of(case, Path(scratch)))) as kube:  # fmt: skip
                        result = await run_one(cluster.looking_at(config, kube), client, case)
                    if judge is not None and not result.error:
                        result = await judged(judge, result)
                    into.add(result)
                    told(result)

            await _at_once(partial(ask, case) for case in left)


async def _at_once(jobs: Iterable[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """Run all; the first HolmesError ends the others, and is raised as itself."""
    failures: list[BaseException] = []
    try:
        async with anyio.create_task_group() as group:
            for job in jobs:
                group.start_soon(job)
    except* HolmesError as failed:
        failures += failed.exceptions
    if failures:
        raise failures[0]


async def run_one(config: Config, client: "ClientSettings", case: Case) -> Result:
    """Ask one question of the cluster that `config` names; ServerUnreachable where no server is."""
    collector = Collector(case.question.ask)
    error = ""
    try:
        own = case.scenario.toolsets
        files = (*config.toolset_files, *([case.scenario.folder / own] if own else ()))
        asked = replace(config, snapshot=None, toolset_files=files)
        await app.investigate(asked, case.question.ask, collector, client=client)
    except ServerUnreachable:
        raise
    except ModelServerError as failure:
        error = str(failure)
        collector.failed(error)
    return result_of(case, collector.document(), collector.said, error=error)


def repeated(cases: Iterable[Case], repeats: int) -> list[Case]:
    """Every case once, then every case again: an interrupted run has seen all of them."""
    cases = list(cases)
    return [replace(case, repeat=number) for number in range(1, repeats + 1) for case in cases]
