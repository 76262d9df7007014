"""What a whole `holmes scan` of thousands of pods costs: the real kubectl, page by page.

The made-up cluster of triage_scale.py is served as a snapshot by a process of its own. That server
is written in Python and reads the same two cores: a real API server answers sooner.
"""

import json
import shutil
import tempfile
from collections import defaultdict
from itertools import chain
from pathlib import Path

from contenders import Contender
from meter import MIB, BenchmarkError, Run, Spread, run
from report import Budget, Row
from snapshot_api import served
from triage_scale import PER_NODE, REPLICAS, STAMP, node, workload_objects

from holmes.demo import CLUSTER
from holmes.triage.fields import Obj
from holmes.triage.resources import RESOURCES

_BUDGETS = {5_000: (Budget(most=5), Budget(most=300))}
"""By pods: seconds, MiB."""
_API = {each.kind: each for each in RESOURCES if each.kind != "PodMetrics"}


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Seconds, CPU and peak memory; the peer has no such verb."""
    del peer
    rows: list[Row] = []
    for pods in (500, 5_000):
        with tempfile.TemporaryDirectory(prefix="holmes-bench-") as folder:
            write_snapshot(Path(folder), pods)
            with served(ours, Path(folder)) as address:
                scanned = [_scanned(ours, address, pods) for _ in range(rounds)]
        seconds, memory = _BUDGETS.get(pods, (None, None))
        figures: list[tuple[str, list[float], Budget | None]] = [
            ("s", [each.wall for each in scanned], seconds),
            ("s of CPU, kubectl's included", [each.cpu for each in scanned], None),
            ("MiB of the largest process", [each.peak / MIB for each in scanned], memory),
        ]
        rows += [
            Row(
                measure=f"`holmes scan` of {pods:,} pods",
                unit=unit,
                ours=Spread.of(values),
                budget=budget,
            )
            for unit, values, budget in figures
        ]
    return rows


def _scanned(ours: Contender, address: str, pods: int) -> Run:
    kubeconfig = ours.home / "scan.kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": {"server": f"http://{address}"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}],
                "current-context": "c",
            }
        )
    )
    done = run(ours.holmes("scan", "--kubeconfig", str(kubeconfig), "--json"), may_fail=True)
    if done.exit_code != 1:  # problems were found
        raise BenchmarkError(f"`holmes scan` ended with {done.exit_code}: {done.output[-500:]}")
    seen = json.loads(done.output)["looked_at"]["objects"]["Pod"]
    if seen != pods:
        raise BenchmarkError(f"`holmes scan` saw {seen} pods of {pods}")
    return done


def write_snapshot(folder: Path, pods: int) -> None:
    """The made-up cluster as a snapshot, each list in a file of its own."""
    workloads = (workload_objects(number) for number in range(pods // REPLICAS))
    nodes = (node(number) for number in range(pods // PER_NODE + 1))
    lists: dict[Path, list[Obj]] = defaultdict(list)
    for each in chain(chain.from_iterable(workloads), nodes):
        resource = _API[each["kind"]]
        group, _, version = resource.api.removeprefix("/apis/").rpartition("/")
        named = "" if resource.api == "/api/v1" else f".{group}"
        namespace = each["metadata"].get("namespace")
        place = folder / "namespaces" / namespace if namespace else folder / "cluster"
        whole = {"apiVersion": version if not named else f"{group}/{version}", **each}
        lists[place / f"{resource.plural}{named}.json"].append(whole)
    for path, items in lists.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
    shutil.copytree(CLUSTER / "discovery", folder / "discovery")
    about = json.loads((CLUSTER / "snapshot.json").read_text())
    about |= {"recorded_at": STAMP, "unread": [], "namespaces": None}
    (folder / "snapshot.json").write_text(json.dumps(about))
