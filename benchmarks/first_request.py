"""`holmes ask` against a server that answers at once: when the first request comes, and how big.

The server, and the Kubernetes API of the packaged snapshot, run in the benchmark's own process, so
that nothing but the command itself is counted.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cold_start import rows_of_runs
from contenders import Contender, bare_interpreter
from meter import BenchmarkError, Run, Spread, interleaved, run
from report import Budget, Row
from tokens import Counter

from holmes.demo import CLUSTER
from holmes.snapshot.serve import SnapshotServer
from servers.scripted_server import Reply, ScriptedServer, ScriptStep, text

_ARRIVAL_BUDGET = Budget(most=25, of="bare")
_PEAK_BUDGET = Budget(most=70)
_TOKEN_BUDGET = Budget(most=2500)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One whole ask; `arrivals` are the moments of its requests, on the monotonic clock."""

    run: Run
    arrivals: tuple[float, ...]
    body: bytes

    @property
    def until_first(self) -> float:
        """Seconds from the start of the process to its first request."""
        return self.arrivals[0] - self.run.started


def ask(
    contender: Contender, kubeconfig: Path, replies: Sequence[Reply], toolsets: Path | None = None
) -> Asked:
    """Run `holmes ask` against `replies`; raises BenchmarkError where not all of them are used."""
    arrivals: list[float] = []

    def stamped(reply: Reply) -> ScriptStep:
        def arrived(_: dict[str, Any]) -> Reply:
            arrivals.append(time.monotonic())
            return reply

        return arrived

    # A window as large models have: for the others code looks first, which is triage's time.
    with ScriptedServer([stamped(reply) for reply in replies], context_window=131_072) as server:
        done = run(contender.ask(server.base_url, kubeconfig, toolsets))
        bodies = [item.body for item in server.received if item.path == "/v1/chat/completions"]
    if len(arrivals) != len(replies):
        raise BenchmarkError(
            f"{contender.name} sent {len(arrivals)} requests, not {len(replies)}:\n{done.output}"
        )
    return Asked(run=done, arrivals=tuple(arrivals), body=bodies[0])


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """The time to the first request, the cost of the whole ask, the size of that request."""
    reply = text("All pods are healthy.")
    with SnapshotServer(CLUSTER) as cluster:
        once = {
            str(contender.name): partial(ask, contender, cluster.kubeconfig, [reply])
            for contender in (ours, peer)
            if contender is not None
        }
        asked = interleaved(rounds, {"bare": partial(_ask_nothing, ours), **once})
    theirs = asked.get("peer")
    bare = [item.run for item in asked["bare"]]
    arrival = Row(
        measure="start to first request",
        unit="s",
        ours=Spread.of([item.until_first for item in asked["ours"]]),
        peer=Spread.of([item.until_first for item in theirs]) if theirs else None,
        bare=Spread.of([item.wall for item in bare]),
        budget=_ARRIVAL_BUDGET,
    )
    whole = rows_of_runs(
        "holmes ask",
        [item.run for item in asked["ours"]],
        [item.run for item in theirs] if theirs else None,
        bare,
        peak=_PEAK_BUDGET,
    )
    sizes = _size_rows(asked["ours"][0].body, theirs[0].body if theirs else None, Counter.of(peer))
    return [arrival, *whole, *sizes]


def _ask_nothing(contender: Contender) -> Asked:
    return Asked(run=run(bare_interpreter(contender)), arrivals=(), body=b"")


def _size_rows(ours: bytes, peer: bytes | None, counter: Counter) -> list[Row]:
    def row(
        name: str, unit: str, of: Callable[[bytes], float], budget: Budget | None = None
    ) -> Row:
        return Row(
            measure=f"first request, {name}",
            unit=unit,
            ours=Spread.of([of(ours)]),
            peer=None if peer is None else Spread.of([of(peer)]),
            budget=budget,
        )

    return [
        row("body", "bytes", len),
        row("number of tools", "tools", lambda body: len(json.loads(body).get("tools", ()))),
        row("messages and tools", counter.unit, lambda body: counter(said(body)), _TOKEN_BUDGET),
        row("messages", counter.unit, lambda body: counter(said(body, "messages"))),
        row("tools", counter.unit, lambda body: counter(said(body, "tools"))),
    ]


def said(body: bytes, *parts: str) -> str:
    """What the model has to read of a request, as compact JSON: sampling settings are not text."""
    request = json.loads(body)
    return json.dumps(
        {part: request.get(part) for part in parts or ("messages", "tools")},
        ensure_ascii=False,
        separators=(",", ":"),
    )
