"""Every attack of the corpus through the door that a model has, beside the real kubectl.

The programs write down that they were started, and the packaged cluster counts what was written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from holmes.agent.calls import CallRunner
from holmes.agent.planning import Planner
from holmes.core.events import Event, ToolFinished
from holmes.core.evidence import EvidenceLog
from holmes.core.messages import ToolCall
from holmes.core.tool_output import ToolOutput
from holmes.demo import CLUSTER
from holmes.kubernetes.target import KubeTarget
from holmes.policy.programs import known
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from holmes.tools.base import Tool
from holmes.tools.permissions import permissions
from holmes.toolsets.command import RunCommand
from support.context import tool_context
from toolsets.corpus import Case, Diary, cases

pytestmark = pytest.mark.anyio

ATTACKS = cases("attacks.txt")
HONEST = cases("honest.txt")
OTHERS = ("bash", "sh", "env", "sudo", "xargs", "tee", "curl", "python3", "find", "ls", "rm", "id")


@dataclass(frozen=True, kw_only=True)
class World:
    """A served cluster, and tools that reach it with programs that keep a diary."""

    server: SnapshotServer
    diary: Diary
    tools: Mapping[str, Tool]

    async def call(self, case: Case) -> ToolOutput:
        heard: list[ToolOutput] = []

        def listen(event: Event) -> None:
            if isinstance(event, ToolFinished):
                heard.append(event.evidence.output)

        log = EvidenceLog()
        runner = CallRunner(Planner(self.tools, log, {}), log, listen)
        call = ToolCall(id="1", name=case.tool, arguments=case.arguments)
        await runner.run([call], room=100_000, seconds_left=60)
        (output,) = heard
        return output

    async def line(self, command: str) -> ToolOutput:
        return await self.call(
            Case(technique="", tool="run_command", arguments={"command": command})
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    diary = Diary(tmp_path)
    diary.add(*known(), *OTHERS)
    monkeypatch.setenv("PATH", diary.search_path())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with SnapshotServer(CLUSTER) as server:
        target = KubeTarget(kubeconfig=str(server.kubeconfig))
        inline = {"toolsets": {"command": {"enabled": True}}}
        toolsets = registry.load((), inline, tool_context(target))
        tools = {tool.definition.name: tool for item in toolsets for tool in item.tools}
        yield World(server=server, diary=diary, tools=tools)
        assert server.writes == 0


def test_the_corpora_are_large_and_without_twins() -> None:
    for name, corpus, least in (("attacks", ATTACKS, 400), ("honest", HONEST, 150)):
        groups = Counter(case.technique for case in corpus)
        print(f"{name}: {len(corpus)} in {len(groups)} groups: {dict(groups)}")  # noqa: T201
        assert len(corpus) >= least
        assert len({str(case) for case in corpus}) == len(corpus)
        assert len({str(case.arguments) + case.tool for case in corpus}) == len(corpus)


async def test_no_attack_starts_anything(world: World) -> None:
    passed = []
    for case in ATTACKS:
        output = await world.call(case)
        if output.status not in {"denied", "invalid_arguments"} or "othing ran" not in output.note:
            passed.append(f"{case}: {output}")
    assert passed == []
    assert world.diary.entries() == []
    assert world.server.requests == 0
    assert [path.name for path in Path.cwd().iterdir()] == ["bin"]


async def test_no_honest_command_is_denied(world: World) -> None:
    tool = registry.load((), {"toolsets": {"command": {}}}, tool_context())
    (command,) = (item.tools[0] for item in tool if item.name == "command")
    denied = [case for case in HONEST if not command.preview(case.arguments)]
    assert [f"{case}: {(await world.call(case)).note}" for case in denied] == []


RUNS = {
    "kubectl get pods -A -o wide": "Running",
    "kubectl get pods -A --no-headers | awk '{print $4}' | sort | uniq -c": "Running",
    "kubectl get nodes -o json | jq '.items[0].kind'": '"Node"',
    "kubectl get pods -A | grep -c Running": "",
    "kubectl get pods -A | grep -v Running | head -3": "NAMESPACE",
    "kubectl get pods -A | sed -n 1p": "NAMESPACE",
    "kubectl version": "Server Version",
    "kubectl -n shop-checkout get pods": "checkout-",
    "kubectl config view --minify": "kind: Config",
    "kubectl auth can-i delete pods": "no",
    "kubectl get pods -A | grep nothing-like-this | wc -l": "0",
    "date -u +%Y": "20",
}


@pytest.mark.parametrize("line", RUNS)
async def test_a_sample_really_runs(world: World, line: str) -> None:
    output = await world.line(line)
    assert output.status == "ok", output
    assert RUNS[line] in output.text
    assert [entry.split()[0] for entry in world.diary.entries()] == [
        stage.split()[0] for stage in line.split(" | ")
    ]


async def test_what_was_found_to_be_nothing_is_said(world: World) -> None:
    output = await world.line("kubectl get pods -A | grep nothing-like-this")
    assert output.status == "no_data"


async def test_filters_see_no_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    spy = world.diary.path / "wc"
    spy.write_text("#!/bin/sh\nenv\n")
    output = await world.line("date | wc")
    assert "PATH=" in output.text
    assert "sk-very-secret" not in output.text


async def test_a_file_is_read_where_the_user_gave_it(tmp_path: Path) -> None:
    given, other = tmp_path / "app.log", tmp_path / "other.log"
    given.write_text("ERROR one\nfine\n")
    other.write_text("ERROR two\n")
    (tmp_path / "link").symlink_to(given)
    (tmp_path / "way-out").symlink_to(other)
    granted = permissions((), [given])
    tool = RunCommand(context=tool_context(permissions=granted))
    for name in (given, tmp_path / "link", tmp_path / "x/../app.log"):
        (tmp_path / "x").mkdir(exist_ok=True)
        assert (await tool.run({"command": f"grep ERROR {name}"})).text == "ERROR one\n"
    for name in (other, tmp_path / "way-out", tmp_path / "x/../other.log", tmp_path):
        output = await tool.run({"command": f"grep ERROR {name}"})
        assert output.status == "denied"
    assert (await tool.run({"command": f"cat {given} {other}"})).status == "denied"
    assert (await tool.run({"command": f"grep -e ERROR {given}"})).status == "ok"
    assert (await tool.run({"command": f"jq -R . {given}"})).status == "ok"
