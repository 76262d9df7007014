"""`holmes version` and `holmes --help`, beside a bare interpreter."""

from collections.abc import Callable, Sequence
from functools import partial

from contenders import Contender, bare_interpreter
from meter import MIB, Run, Spread, interleaved, run
from report import Budget, Row

_COMMANDS = ("version", "--help")
_BUDGET = Budget(most=8, of="bare")


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Wall, CPU and peak memory of each command."""
    contenders = {("bare", ""): partial(run, bare_interpreter(ours))}
    for contender in (ours, peer):
        if contender is not None:
            for command in _COMMANDS:
                contenders[contender.name, command] = partial(run, contender.holmes(command))
    runs = interleaved(rounds, contenders)
    rows: list[Row] = []
    for command in _COMMANDS:
        theirs = runs.get(("peer", command))
        rows += rows_of_runs(
            f"holmes {command}", runs["ours", command], theirs, runs["bare", ""], wall=_BUDGET
        )
    return rows


def rows_of_runs(
    title: str,
    ours: Sequence[Run],
    peer: Sequence[Run] | None,
    bare: Sequence[Run],
    *,
    wall: Budget | None = None,
    peak: Budget | None = None,
) -> list[Row]:
    """Three rows for one command."""
    measures: tuple[tuple[str, str, Callable[[Run], float], Budget | None], ...] = (
        ("wall", "s", lambda item: item.wall, wall),
        ("CPU", "s", lambda item: item.cpu, None),
        ("peak memory", "MiB", lambda item: item.peak / MIB, peak),
    )
    return [
        Row(
            measure=f"`{title}` {name}",
            unit=unit,
            ours=Spread.of([of(item) for item in ours]),
            peer=None if peer is None else Spread.of([of(item) for item in peer]),
            bare=Spread.of([of(item) for item in bare]),
            budget=budget,
        )
        for name, unit, of, budget in measures
    ]
