"""What a command costs (wall, CPU, peak memory), and how several samples are summed up."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_METERED = Path(__file__).with_name("metered.py")
_SECONDS = 300.0
MIB = 1024 * 1024

Key = TypeVar("Key")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command line, its whole environment and the folder that it runs in."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run: `started` on the monotonic clock, wall and CPU in seconds, peak memory in bytes.

    CPU is that of the command and every process it waited for; peak memory is that of the largest
    one of them.
    """

    exit_code: int
    started: float
    wall: float
    cpu: float
    peak: int
    output: str


class BenchmarkError(Exception):
    """A measured command did not do what its figure is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Median, least and greatest of some samples."""

    median: float
    low: float
    high: float
    samples: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of one sample or more."""
        return cls(
            median=statistics.median(values),
            low=min(values),
            high=max(values),
            samples=len(values),
        )


def run(command: Command, seconds: float = _SECONDS, *, may_fail: bool = False) -> Run:
    """Run to the end, standard input empty; raises BenchmarkError where it fails or is late.

    With `may_fail` its exit code is part of the result.
    """
    read_end, write_end = os.pipe()
    with tempfile.TemporaryFile() as output, os.fdopen(read_end) as report:
        meter = [sys.executable, "-I", "-S", str(_METERED), str(write_end), *command.argv]
        try:
            subprocess.run(
                meter,
                env=dict(command.env),
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(write_end,),
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            said = f"{' '.join(command.argv)[:200]} took more than {seconds:.0f} s"
            raise BenchmarkError(said) from error
        finally:
            os.close(write_end)
        line = report.read().split()
        output.seek(0)
        printed = output.read().decode(errors="replace")
    if not line or (line[0] != "0" and not may_fail):
        code = line[0] if line else "no exit code"
        raise BenchmarkError(f"{' '.join(command.argv)} ended with {code}:\n{printed[-2000:]}")
    started, ended = float(line[1]), float(line[2])
    return Run(
        exit_code=int(line[0]),
        started=started,
        wall=ended - started,
        cpu=float(line[3]),
        peak=int(line[4]),
        output=printed,
    )


def interleaved(
    rounds: int, contenders: Mapping[Key, Callable[[], Result]]
) -> dict[Key, list[Result]]:
    """Each contender once in turn, `rounds` times over: a busy moment meets them all alike.

    A round before them warms bytecode, disk and toolset caches and is not counted.
    """
    results: dict[Key, list[Result]] = {key: [] for key in contenders}
    for number in range(rounds + 1):
        for key, once in contenders.items():
            result = once()
            if number:
                results[key].append(result)
    return results
