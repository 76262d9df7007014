"""The meter and the table of benchmarks/; the figures themselves are never asserted."""

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MIB = 1024 * 1024


def metered(program: str) -> list[str]:
    """The report on one Python program: exit code, start, end, CPU seconds, peak bytes."""
    read_end, write_end = os.pipe()
    subprocess.run(
        [
            *(sys.executable, "-I", "-S", BENCHMARKS / "metered.py", str(write_end)),
            *(sys.executable, "-I", "-S", "-c", program),
        ],
        pass_fds=(write_end,),
        timeout=60,
        check=True,
    )
    os.close(write_end)
    with os.fdopen(read_end) as report:
        return report.read().split()


def scripted(program: str) -> str:
    """What a program prints that imports the benchmarks' modules."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_the_meter_counts_the_command_and_not_the_process_that_asks() -> None:
    ballast = bytearray(120 * MIB)
    small, large = metered("pass"), metered(f"b = bytearray({64 * MIB})")
    assert len(ballast) > int(large[4]) > 64 * MIB > int(small[4])


def test_the_meter_gives_wall_time_cpu_time_and_the_exit_code() -> None:
    code, started, ended, cpu, _ = metered("import time; time.sleep(0.3); raise SystemExit(7)")
    assert code == "7"
    assert float(ended) - float(started) >= 0.3 > float(cpu) > 0


def test_each_contender_runs_once_a_round_and_the_first_round_does_not_count() -> None:
    program = """
from meter import interleaved
calls = []
def once(name):
    calls.append(name)
    return len(calls)
print(interleaved(2, {"a": lambda: once("a"), "b": lambda: once("b")}), "".join(calls))
"""
    assert scripted(program) == "{'a': [3, 5], 'b': [4, 6]} ababab\n"


def test_a_row_shows_medians_ratios_and_whether_the_budget_is_kept() -> None:
    program = """
from meter import Spread
from report import Budget, Row, table
ours, peer, bare = Spread.of([0.3, 0.1, 0.2]), Spread.of([4.0]), Spread.of([0.02])
row = dict(measure="start", unit="s", ours=ours, peer=peer, bare=bare)
print(table([Row(**row, budget=Budget(most=8, of="bare")), Row(**row, budget=Budget(most=1))]))
"""
    *_, missed, kept = scripted(program).splitlines()
    figures = "start, s | 0.200 (0.100 to 0.300) | 4 | 0.020 | 10.0x | 20.0x"
    assert missed == f"| {figures} | ≤ 8x bare: MISSED |"
    assert kept == f"| {figures} | ≤ 1: kept |"


def test_every_benchmark_that_run_names_is_a_module_beside_it() -> None:
    names = scripted("import run; print(*run.BENCHMARKS.values())").split()
    assert names
    assert [name for name in names if not (BENCHMARKS / f"{name}.py").is_file()] == []
