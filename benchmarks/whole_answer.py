"""The whole way to an answer: one question, the embedded 1.5B, one server, one recorded cluster.

Both contenders find the same llama.cpp server and the same Kubernetes API, with default settings.
The packaged cluster has three incidents; an answer names one by its workload and its cause.
"""

from functools import partial

from contenders import Contender
from meter import BenchmarkError, Run, Spread, interleaved, run
from report import Row

from compat.exchanges import INCIDENTS
from holmes.demo import CLUSTER
from holmes.embedded import weights
from holmes.embedded.server import MODEL_NAME, LocalServer
from holmes.snapshot.serve import SnapshotServer

# The peer's first request is 8,169 tokens long, and grows: less would be no contest.
_WINDOW = 16_384
_QUESTION = "what pods are unhealthy and why?"
_PATIENCE = 1800.0


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Seconds to the end of the command, causes in its output, and its exit code."""
    path = weights.installed()
    if path is None:
        raise BenchmarkError('the weights are not here; "holmes model pull" brings them')
    contenders = [item for item in (ours, peer) if item is not None]
    with (
        LocalServer(path, context_window=_WINDOW) as server,
        SnapshotServer(CLUSTER) as cluster,
    ):
        asked = interleaved(
            rounds,
            {
                str(each.name): partial(
                    run,
                    each.ask(
                        server.base_url, cluster.kubeconfig, question=_QUESTION, model=MODEL_NAME
                    ),
                    _PATIENCE,
                    may_fail=True,
                )
                for each in contenders
            },
        )

    def row(measure: str, unit: str, values: dict[str, list[float]]) -> Row:
        theirs = values.get("peer")
        return Row(
            measure=f"{_QUESTION!r}, {measure}",
            unit=unit,
            ours=Spread.of(values["ours"]),
            peer=Spread.of(theirs) if theirs else None,
        )

    return [
        row("wall", "s", {name: [each.wall for each in runs] for name, runs in asked.items()}),
        row(
            f"causes named, of {len(INCIDENTS)}",
            "causes",
            {name: [_causes(each) for each in runs] for name, runs in asked.items()},
        ),
        row(
            "exit code",
            "code",
            {name: [float(each.exit_code) for each in runs] for name, runs in asked.items()},
        ),
    ]


def _causes(done: Run) -> float:
    said = done.output.lower()
    return float(sum(all(word.lower() in said for word in words) for words in INCIDENTS))
