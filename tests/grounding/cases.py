"""The answers that the check is judged by, with the evidence that they were written from."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import yaml

from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from support.context import tool_context

FOLDER = Path(__file__).parent / "cases"
CLUSTERS = {
    "acme": Path(__file__).parents[2] / "evals/clusters/acme",
    "linden": Path(__file__).parent / "clusters/linden",
}


@dataclass(frozen=True, kw_only=True)
class Seed:
    """An error put into a right answer: where it stands in the wrong one."""

    kind: str
    find: str
    replace: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    question: str
    answer: str
    evidence: EvidenceLog
    seeds: tuple[Seed, ...]


@cache
def cases(which: str) -> tuple[Case, ...]:
    """Every case of a set; each call is run once for all of them."""
    found = {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((FOLDER / which).glob("*.yaml"))
    }
    outputs: dict[str, dict[str, ToolOutput]] = {}
    for cluster, folder in CLUSTERS.items():
        here = [one for one in found.values() if _cluster(one) == cluster]
        calls = {_key(call): call for one in here for call in _calls(one)}
        outputs[cluster] = anyio.run(_outputs, folder, list(calls.values()))
    return tuple(_case(name, one, outputs[_cluster(one)]) for name, one in found.items())


def _cluster(one: dict[str, Any]) -> str:
    return str(one.get("cluster", "acme"))


def _calls(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a case, or of all replies of a dialogue."""
    if "replies" in one:
        return [call for reply in one["replies"] for call in reply.get("calls", ())]
    return list(one["calls"])


def _case(name: str, one: dict[str, Any], outputs: dict[str, ToolOutput]) -> Case:
    log = EvidenceLog()
    for call in _calls(one):
        _append(log, call["name"], call["arguments"], outputs[_key(call)])
    for result in one.get("results", ()):
        output = ToolOutput(
            status=result.get("status", "ok"), text=result["text"], command=result["command"]
        )
        _append(log, result["tool"], {}, output)
    answer = str(one["replies"][-1]["answer"] if "replies" in one else one["answer"]).strip()
    seeds = tuple(_seed(answer, seed) for seed in one["seeded"])
    return Case(name=name, question=one["question"], answer=answer, evidence=log, seeds=seeds)


def _append(log: EvidenceLog, tool: str, arguments: JsonObject, output: ToolOutput) -> None:
    log.append(
        Evidence(
            number=len(log) + 1,
            tool=tool,
            arguments=arguments,
            output=output,
            excerpt=output.text,
            seconds=0,
        )
    )


def _seed(answer: str, seed: dict[str, Any]) -> Seed:
    find, replace = str(seed["find"]), str(seed["replace"])
    start = -1
    for _ in range(int(seed.get("nth", 1))):
        start = answer.index(find, start + 1)
    return Seed(
        kind=seed["kind"],
        find=find,
        replace=replace,
        text=answer[:start] + replace + answer[start + len(find) :],
        start=start,
        end=start + len(replace),
    )


async def _outputs(cluster: Path, calls: list[dict[str, Any]]) -> dict[str, ToolOutput]:
    if not calls:
        return {}
    with SnapshotServer(cluster) as server:
        target = KubeTarget(kubeconfig=str(server.kubeconfig), temporary=True)
        loaded = await registry.check(registry.load((), {}, tool_context(target)))
        tools = {tool.definition.name: tool for item in loaded for tool in item.tools}
        return {_key(call): await tools[call["name"]].run(call["arguments"]) for call in calls}


def _key(call: dict[str, Any]) -> str:
    return json.dumps([call["name"], call["arguments"]], sort_keys=True)
