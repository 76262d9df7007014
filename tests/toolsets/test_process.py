import gc
import os
import shlex
import sys
import time
from pathlib import Path

import anyio
import pytest

from holmes.tools.process import ProcessResult, find_executable, run_process

pytestmark = pytest.mark.anyio


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


async def gone(*pids: int) -> bool:
    """Whether all of them end within a moment: a killed process may wait for its turn to die."""
    with anyio.move_on_after(20):
        while any(alive(pid) for pid in pids):  # noqa: ASYNC110  # not our children: no event
            await anyio.sleep(0.01)
    return not any(alive(pid) for pid in pids)


def children() -> set[int]:
    """The living children of this process."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text(encoding="utf-8").split()}


async def bash(script: str, seconds: float = 10, max_bytes: int = 10_000) -> ProcessResult:
    return await run_process(["bash", "-c", script], timeout=seconds, max_bytes=max_bytes)


async def test_output_and_exit_code_are_kept_apart() -> None:
    result = await bash("echo out; echo err >&2; exit 3")
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert not result.timed_out
    assert not result.truncated


async def test_arguments_reach_the_program_as_they_are() -> None:
    result = await run_process(["printf", "%s|", "a b", "$(id)", "'; exit", ""], timeout=10)
    assert result.stdout == "a b|$(id)|'; exit||"


async def test_standard_input_is_fed_and_closed() -> None:
    assert (await run_process(["cat"], timeout=10, stdin=b"hello")).stdout == "hello"
    assert (await run_process(["cat"], timeout=10)).stdout == ""


async def test_a_program_that_ignores_its_input_is_no_failure() -> None:
    result = await run_process(["true"], timeout=10, stdin=b"x" * 1_000_000)
    assert result.exit_code == 0


async def test_the_environment_is_replaced_whole() -> None:
    result = await run_process(["env"], timeout=10, env={"ONLY": "this"})
    assert result.stdout == "ONLY=this\n"


async def test_bytes_that_are_not_text_are_replaced() -> None:
    assert (await bash(r"printf 'a\xffb'")).stdout == "a\ufffdb"


async def test_a_timeout_keeps_the_output_and_ends_the_whole_group() -> None:
    started = time.monotonic()
    result = await bash("sleep 60 & echo $!; sleep 60", seconds=0.5)
    assert time.monotonic() - started < 30
    assert result.timed_out
    assert result.exit_code is None
    child = int(result.stdout)
    assert await gone(child)


async def test_a_program_that_ignores_term_is_killed() -> None:
    started = time.monotonic()
    result = await bash("trap '' TERM; echo ready; while :; do sleep 60; done", seconds=0.5)
    assert time.monotonic() - started < 30
    assert result.timed_out
    assert result.stdout == "ready\n"


async def test_cancellation_ends_the_whole_group(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    async with anyio.create_task_group() as group:
        group.start_soon(bash, f"sleep 60 & echo $! $$ > {pids}; sleep 60")
        with anyio.fail_after(5):
            # Another process writes the file: there is no event to wait for.
            while not pids.exists() or not pids.read_text(encoding="utf-8").strip():  # noqa: ASYNC110
                await anyio.sleep(0.02)
        group.cancel_scope.cancel()
    assert await gone(*(int(pid) for pid in pids.read_text(encoding="utf-8").split()))


def test_cancelled_while_it_starts_a_program_is_waited_for() -> None:
    async def start_and_cancel(seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await run_process(["sleep", "60"], timeout=60)

    before = children()
    for tenths in range(40):
        anyio.run(start_and_cancel, tenths / 10_000)
    gc.collect()  # a program that nobody waited for warns, and a warning is a failure here
    assert not [pid for pid in children() - before if alive(pid)]


async def test_a_background_child_is_ended_with_the_program() -> None:
    result = await bash("sleep 60 >/dev/null 2>&1 & echo $!")
    assert result.exit_code == 0
    assert await gone(int(result.stdout))


async def test_a_background_child_that_holds_the_output_open_ends_by_the_timeout() -> None:
    result = await bash("sleep 60 & echo $!", seconds=0.5)
    assert result.timed_out
    assert await gone(int(result.stdout))


async def test_a_child_in_a_session_of_its_own_can_not_hold_the_call() -> None:
    started = time.monotonic()
    result = await bash("setsid sleep 60 & echo started", seconds=0.5)
    assert result.stdout == "started\n"
    assert time.monotonic() - started < 30


async def test_an_endless_printer_is_cut_off_and_keeps_its_head() -> None:
    result = await bash("echo first; yes", max_bytes=1000)
    assert result.truncated
    assert not result.timed_out
    assert result.exit_code is None
    assert len(result.stdout) == 1000
    assert result.stdout.startswith("first\ny\ny\n")


async def test_output_of_exactly_the_limit_is_whole() -> None:
    result = await bash("printf 12345", max_bytes=5)
    assert (result.stdout, result.truncated, result.exit_code) == ("12345", False, 0)


async def test_an_output_past_the_limit_is_read_on_and_condensed_where_that_is_wanted() -> None:
    script = "seq -f 'step %.0f done' 400000; echo the end >&2; echo FATAL disk full; seq 100000"
    result = await run_process(["bash", "-c", script], timeout=60, max_bytes=1000, condense=True)
    assert (result.exit_code, result.truncated) == (0, False)
    assert result.stdout.startswith("step 1 done\nstep 2 done\n")
    assert result.stdout.endswith("\n99999\n100000")
    assert "FATAL disk full" in result.stdout
    assert len(result.stdout) < 4_500_000
    assert result.condensed.startswith("It was 7.3 MB: its beginning and end (")
    assert result.stderr == "the end\n"


async def test_a_missing_program_raises_file_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        await run_process(["no-such-program-anywhere"], timeout=10)


@pytest.mark.parametrize("argument", ["nul\0byte", "half a pair \ud83d"])
async def test_an_argument_that_no_program_can_take_is_an_os_error(argument: str) -> None:
    with pytest.raises(OSError, match="can't be passed on"):
        await run_process(["printf", argument], timeout=10)


async def test_many_programs_run_side_by_side(tmp_path: Path) -> None:
    results: dict[int, str] = {}
    here = shlex.quote(str(tmp_path))
    wait_for_all = f"until [ $(ls {here} | wc -l) = 8 ]; do sleep 0.05; done"

    async def one(number: int) -> None:
        script = f"touch {here}/{number}; {wait_for_all}; echo {number}"
        results[number] = (await bash(script, seconds=60)).stdout

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(one, number)
    assert results == {number: f"{number}\n" for number in range(8)}


def test_an_executable_is_found_beside_this_python() -> None:
    beside = find_executable(Path(sys.executable).name)
    assert beside is not None
    assert os.access(beside, os.X_OK)
    assert find_executable("no-such-program-anywhere") is None


@pytest.mark.parametrize(
    "script",
    [
        "cat /dev/zero",
        "cat /dev/urandom",
        "cat /dev/zero >&2",
        "echo first; sleep 0.1; cat /dev/zero",
        "head -c 30000000 /dev/urandom | gzip -c",
        "head -c 100000 /dev/zero",
    ],
)
async def test_binary_output_is_told_at_once_and_not_kept(script: str) -> None:
    started = time.monotonic()
    result = await run_process(["bash", "-c", script], timeout=30, condense=True)
    assert time.monotonic() - started < 20
    assert result.binary
    assert "\0" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "script",
    [
        "seq 100000",
        r"printf '%s\0' a b c",
        "for i in $(seq 3000); do printf 'folder/file-number-%s\\0' $i; done",
        r"for i in $(seq 3000); do printf '\033[31mred\033[0m\r\n'; done",
        "for i in $(seq 3000); do printf 'größer 数据库 данные\\n'; done",
    ],
)
async def test_unusual_text_is_not_binary(script: str) -> None:
    result = await run_process(["bash", "-c", script], timeout=30)
    assert not result.binary
    assert result.stdout


@pytest.mark.parametrize(
    "argv",
    [
        ["python3", "-c", "x = bytearray(3 * 1024**3); print('grew')"],
        ["bash", "-c", "python3 -c \"x = bytearray(3 * 1024**3); print('grew')\""],
        ["bash", "-c", "ulimit -d unlimited; python3 -c 'bytearray(3*1024**3); print(\"grew\")'"],
    ],
)
async def test_a_child_has_a_memory_limit(argv: list[str]) -> None:
    result = await run_process(argv, timeout=60)
    assert result.exit_code != 0
    assert result.stdout == ""


async def test_a_file_that_is_no_program_raises_permission_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", encoding="utf-8")
    with pytest.raises(PermissionError):
        await run_process([str(tmp_path / "x")], timeout=10)
