"""Many investigations in one process, against a model that answers at once; one `echo` a step."""

from pathlib import Path

from contenders import Contender
from meter import MIB, BenchmarkError, Command, Run, Spread, run
from report import Row

_COUNTS = (1, 10, 100)
_STEPS = 3
_PROGRAM = Path(__file__).with_name("many_investigations.py")


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Wall time, CPU time and peak memory of 1, 10 and 100 at once; interpreter start included."""
    del peer
    rows: list[Row] = []
    for count in _COUNTS:
        runs = [_run(ours, count) for _ in range(rounds)]
        title = f"{count} at once of {_STEPS} steps"
        rows += [
            Row(measure=f"{title}, wall", unit="s", ours=Spread.of([r.wall for r in runs])),
            Row(measure=f"{title}, CPU", unit="s", ours=Spread.of([r.cpu for r in runs])),
            Row(
                measure=f"{title}, peak memory",
                unit="MiB",
                ours=Spread.of([r.peak / MIB for r in runs]),
            ),
        ]
    return rows


def _run(ours: Contender, count: int) -> Run:
    command = Command(
        argv=(ours.python, str(_PROGRAM), str(count), str(_STEPS)),
        env=ours.holmes().env,
        cwd=ours.home,
    )
    done = run(command)
    if done.exit_code or done.output.split() != [str(count)]:
        raise BenchmarkError(f"not all of {count} investigations ended well: {done.output}")
    return done
