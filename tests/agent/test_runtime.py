"""One process, several clusters and models, many investigations at once: nothing mixes."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from holmes.config.settings import Config
from holmes.core import events
from holmes.core.answer import Answer
from holmes.demo import CLUSTER
from holmes.runtime import Runtime
from servers.scripted_server import Reply, ScriptedServer, text, tool_calls
from support.recording import recording

AT_ONCE = 5


def answering(model: str) -> Callable[[dict[str, Any]], Reply]:
    """A model that asks for the nodes, and says its name, the question's number and what it saw."""

    def reply(body: dict[str, Any]) -> Reply:
        results = [m["content"] for m in body["messages"] if m["role"] == "tool"]
        if not results:
            return tool_calls(("kubectl_get", {"kind": "nodes"}))
        asked = next(m["content"] for m in body["messages"] if m["role"] == "user")
        number = re.findall(r"question (\d+)", asked)
        nodes = sorted(set(re.findall(r"\bnode-\d\b", results[0])))
        return text(f"{model}, question {number}: {' '.join(nodes)} [1].")

    return reply


def nodes_of(folder: Path) -> str:
    names = re.findall(r"\bnode-\d\b", (folder / "cluster/nodes.json").read_text())
    return " ".join(sorted(set(names)))


async def ask_many(config: Config, first: int, answers: dict[int, Answer]) -> None:
    """Open a runtime, and ask five questions of it at once."""

    async def one(runtime: Runtime, number: int) -> None:
        seen: list[events.Event] = []
        investigation = runtime.investigation(seen.append)
        answers[number] = await investigation.run(f"question {number}: which nodes are there?")
        assert len(investigation.evidence) == 1
        finished = [event for event in seen if isinstance(event, events.ToolFinished)]
        assert [event.evidence for event in finished] == list(investigation.evidence)

    opened = Runtime.opened(config, lambda _: None)
    async with opened as runtime, anyio.create_task_group() as group:
        for number in range(first, first + AT_ONCE):
            group.start_soon(one, runtime, number)


def test_ten_investigations_at_once_on_two_clusters_and_two_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    before = dict(os.environ)
    answers: dict[int, Answer] = {}

    async def both(*configs: Config) -> None:
        async with anyio.create_task_group() as group:
            for place, config in enumerate(configs):
                group.start_soon(ask_many, config, place * AT_ONCE, answers)

    with (
        ScriptedServer([answering("one")], repeat_last=True, model="one") as one,
        ScriptedServer([answering("two")], repeat_last=True, model="two") as two,
    ):
        anyio.run(
            both,
            Config(model="one", api_base=one.base_url, snapshot=recording()),
            Config(model="two", api_base=two.base_url, snapshot=CLUSTER),
        )
    assert dict(os.environ) == before
    nodes = {folder: nodes_of(folder) for folder in (recording(), CLUSTER)}
    assert nodes[recording()] != nodes[CLUSTER]
    for number in range(2 * AT_ONCE):
        model, folder = ("one", recording()) if number < AT_ONCE else ("two", CLUSTER)
        assert answers[number].text == f"{model}, question ['{number}']: {nodes[folder]} [1]."
    for server in (one, two):
        assert len(server.requests) == 2 * AT_ONCE
        assert all(len(re.findall(r"question \d", json.dumps(r))) == 1 for r in server.requests)


def test_each_investigation_is_told_the_situation_of_its_own_beginning(tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    shutil.copytree(CLUSTER, folder)
    info = folder / "snapshot.json"

    async def ask(config: Config) -> None:
        async with Runtime.opened(config, lambda _: None) as runtime:
            await runtime.investigation(lambda _: None).run("hello")
            said = json.loads(info.read_text()) | {"recorded_at": "2026-12-24T18:00:00Z"}
            info.write_text(json.dumps(said))
            await runtime.investigation(lambda _: None).run("hello")

    with ScriptedServer([text("Hello.")], repeat_last=True) as server:
        anyio.run(ask, Config(model="m", api_base=server.base_url, snapshot=folder))
    first, last = server.requests[0], server.requests[-1]
    assert "2026-12-24" not in first["messages"][0]["content"]
    assert "2026-12-24 18:00 UTC" in last["messages"][0]["content"]
