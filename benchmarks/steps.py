"""What a step costs beside model and tool: from one request to the next, on the server's clock."""

import statistics
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from contenders import Contender
from first_request import Asked, ask
from meter import Spread, interleaved
from report import Row

from holmes.demo import CLUSTER
from holmes.snapshot.serve import SnapshotServer
from servers.scripted_server import Reply, text, tool_calls

_STEPS = 10
_PARALLEL = (1, 4, 16)
_TOOL_SECONDS = 0.2
_TOOLSETS = f"""\
toolsets:
  benchmark:
    description: Tools that do nothing much.
    tools:
      - name: show_number
        description: Print a number.
        parameters: {{number: {{type: string, description: Number to print, required: true}}}}
        command: "echo {{{{ number }}}}"
      - name: show_number_late
        description: Print a number after a while.
        parameters: {{number: {{type: string, description: Number to print, required: true}}}}
        command: "sleep {_TOOL_SECONDS} && echo {{{{ number }}}}"
"""


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Ten steps with one `echo` each; then 1, 4 and 16 calls of 0.2 s in one step."""
    contenders = [item for item in (ours, peer) if item is not None]
    with SnapshotServer(CLUSTER) as cluster, TemporaryDirectory() as folder:
        toolsets = Path(folder, "toolsets.yaml")
        toolsets.write_text(_TOOLSETS)

        def runs(replies: Sequence[Reply]) -> dict[str, list[Asked]]:
            once = {
                item.name: partial(ask, item, cluster.kubeconfig, replies, toolsets)
                for item in contenders
            }
            return {str(name): asked for name, asked in interleaved(rounds, once).items()}

        sequential = runs(_one_by_one())
        parallel = runs(_side_by_side())
    rows = [_row(f"step with one `echo`, mean of {_STEPS}", sequential, slice(0, _STEPS))]
    rows += [
        _row(f"step with {count} x {_TOOL_SECONDS} s at once", parallel, slice(index, index + 1))
        for index, count in enumerate(_PARALLEL)
    ]
    return rows


def gaps(asked: Asked) -> list[float]:
    """Seconds between each request and the next one."""
    return [later - earlier for earlier, later in pairwise(asked.arrivals)]


def _one_by_one() -> list[Reply]:
    calls = [tool_calls(("show_number", {"number": str(step)})) for step in range(_STEPS)]
    return [*calls, text("Done.")]


def _side_by_side() -> list[Reply]:
    replies = [
        tool_calls(*(("show_number_late", {"number": f"{count}-{i}"}) for i in range(count)))
        for count in _PARALLEL
    ]
    return [*replies, text("Done.")]


def _row(measure: str, runs: dict[str, list[Asked]], which: slice) -> Row:
    spreads = {
        name: Spread.of([statistics.mean(gaps(item)[which]) for item in asked])
        for name, asked in runs.items()
    }
    return Row(measure=measure, unit="s", ours=spreads["ours"], peer=spreads.get("peer"))
