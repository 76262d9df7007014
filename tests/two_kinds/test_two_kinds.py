"""Incidents that need two kinds of evidence: recorded replies meet the real servers again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from holmes.cluster import looking_at, serving
from holmes.config.settings import Config
from holmes.evals.results import Result
from holmes.evals.run import run_one
from holmes.evals.scenario import Case, select
from holmes.evals.scoring import score
from holmes.evals.view import view_of
from holmes.kubernetes.target import KubeTarget
from holmes.models.client.chat_completions import ClientSettings
from servers.scripted_server import Reply, ScriptedServer
from two_kinds.backends import SCENARIOS, backends
from two_kinds.replies import SMALL, capable

CASES = {case.scenario.name: case for case in select(SCENARIOS, sets=["evidence"])}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A scenario whose cluster and servers run."""

    case: Case
    kube: KubeTarget

    async def asked(self, model: str, replies: Sequence[Reply]) -> Result:
        """The question of the scenario, put to a model that replies like that."""
        with ScriptedServer(replies, model=model, repeat_last=True) as server:
            client = ClientSettings(base_url=server.base_url, model=model)
            config = looking_at(Config(model=model, api_base=server.base_url), self.kube)
            result = await run_one(config, client, self.case)
        assert not result.error
        return result


@contextmanager
def running(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    case = CASES[name]
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    with (
        backends(case.scenario.folder, folder) as variables,
        serving(view_of(case, folder / "views")) as kube,
    ):
        for key, value in variables.items():
            monkeypatch.setenv(key, value)
        yield Place(case=case, kube=kube)


def test_there_are_ten_and_their_truths_are_told_apart() -> None:
    assert len(CASES) == 10
    for case in CASES.values():
        assert case.scenario.set == "evidence"
        right = [name for name, other in CASES.items() if score(other.truth, case.expect).passed]
        assert right == [case.scenario.name]


@pytest.mark.anyio
@pytest.mark.lab
@pytest.mark.parametrize("name", CASES)
async def test_the_cause_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = capable(name)
    found: dict[str, Result] = {}

    async def ask(model: str, said: Sequence[Reply]) -> None:
        found[model] = await place.asked(model, said)

    with running(name, tmp_path, monkeypatch) as place:
        async with anyio.create_task_group() as both:
            both.start_soon(ask, "qwen2.5-coder-1.5b-instruct", SMALL)
            both.start_soon(ask, "gpt-4.1", replies)
    led, free = found["qwen2.5-coder-1.5b-instruct"], found["gpt-4.1"]
    assert led.score.passed, led.answer
    # What was proposed from general knowledge and stands in no result, the score calls invented.
    assert (free.score.object, free.score.cause, free.score.forbidden) == (True, True, "")
    assert set(free.score.invented) <= {"volatile-lru"}
    assert free.answer.replace(" (?)", "").startswith(replies[-1].content)
    assert {call["status"] for call in free.tool_calls} <= {"ok", "no_data", "failed"}
