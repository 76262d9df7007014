"""How fast a log is condensed to its kinds of lines, and in how much memory, up to 1 GB.

The log is made up: six kinds of lines of a web application (JSON, key=value, an access log), with a
moment, identifiers and numbers that are different in each. The gigabyte is ten times the same
100 MB; the tables in front of the search hold less than a hundredth of that.
"""

import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from contenders import Contender
from meter import MIB, BenchmarkError, Command, Run, Spread, run
from report import Budget, Row

_MEGABYTE = 1_000_000
_SIZES = (("10 MB", 10, 1), ("100 MB", 100, 1), ("1 GB", 100, 10))
"""Name, megabytes of the file, times that it is read."""

_PATIENCE = 1800.0  # seconds: a gigabyte takes half a minute of CPU, which may be shared by many
_PROGRAM = """\
import sys
from holmes.tools.log_digest import LogDigest
digest = LogDigest()
for _ in range(int(sys.argv[2])):
    with open(sys.argv[1], "rb") as file:
        while piece := file.read(1 << 18):
            digest.feed(piece)
print(digest.size, len(digest.text()))
"""
_NOTHING = "import holmes.tools.log_digest"


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Megabytes a second of CPU time, peak memory, and what is left of the log."""
    del peer
    rows: list[Row] = []
    start = min(_run(ours, _NOTHING).cpu for _ in range(3))
    with TemporaryDirectory() as folder:
        for name, megabytes, times in _SIZES:
            path = Path(folder, f"{megabytes}.log")
            if not path.exists():
                path.write_text("".join(lines(megabytes * _MEGABYTE)))
            runs = [
                _run(ours, _PROGRAM, str(path), str(times))
                for _ in range(rounds if megabytes * times <= 100 else 1)
            ]
            rows += _rows(name, runs, start)
    return rows


def lines(size: int) -> Iterator[str]:
    """Lines of about `size` bytes in all."""
    chance = random.Random(1)  # noqa: S311  # the same log each time, nothing secret
    kinds = [kind for kind, often in _kinds(chance) for _ in range(often)]
    written = 0
    for at in count():
        line = (
            f"2026-11-24T{at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}.{at % 997:03d}Z "
        )
        line += chance.choice(kinds)() + "\n"
        yield line
        written += len(line)
        if written >= size:
            return


def _kinds(chance: random.Random) -> list[tuple[Callable[[], str], int]]:
    def number(below: int) -> int:
        return chance.randrange(below)

    def name(digits: int) -> str:
        return f"{chance.getrandbits(4 * digits):0{digits}x}"

    return [
        (
            lambda: (
                f'{{"level": "info", "msg": "request", "path": "/api/items/{number(9999)}", '
                f'"status": 200, "ms": {number(300) / 10}, "remote": "10.244.0.{number(255)}"}}'
            ),
            50,
        ),
        (lambda: f"INFO processed order {name(8)}-{name(4)} for user{number(999_999)}", 20),
        (
            lambda: f'10.1.{number(255)}.7 "GET /static/{name(6)}.js HTTP/1.1" 200 {number(9999)}',
            10,
        ),
        (lambda: f"DEBUG cache miss key=session:{name(16)} shard={number(16)}", 10),
        (
            lambda: f"WARN slow query took {number(9999)} ms: customer = {name(5)}",
            7,
        ),
        (lambda: f"ERROR upstream payments-{name(10)}-{name(5)} timed out after 30000 ms", 3),
    ]


def _run(ours: Contender, program: str, *arguments: str) -> Run:
    command = Command(
        argv=(ours.python, "-c", program, *arguments), env=ours.holmes().env, cwd=ours.home
    )
    done = run(command, seconds=_PATIENCE)
    if done.exit_code:
        raise BenchmarkError(done.output)
    return done


def _rows(name: str, runs: list[Run], start: float) -> list[Row]:
    sizes = [[int(word) for word in item.output.split()[-2:]] for item in runs]
    rates = [
        size / _MEGABYTE / max(1e-9, item.cpu - start)
        for item, (size, _) in zip(runs, sizes, strict=True)
    ]
    return [
        Row(measure=f"log of {name}, CPU", unit="MB/s", ours=Spread.of(rates)),
        Row(
            measure=f"log of {name}, peak memory",
            unit="MiB",
            ours=Spread.of([item.peak / MIB for item in runs]),
            budget=Budget(most=150),
        ),
        Row(
            measure=f"log of {name}, kept of it",
            unit="MB",
            ours=Spread.of([kept / _MEGABYTE for _, kept in sizes]),
        ),
    ]
