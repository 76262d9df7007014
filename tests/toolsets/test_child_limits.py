"""What a child process may take: honest programs are not touched by the limits, others end."""

import time

import pytest

from holmes.tools.process import MEMORY_BYTES, run_process

pytestmark = pytest.mark.anyio

PYTHON = "/usr/bin/env python3 -c"
MB = 1024 * 1024

HONEST = {
    "ten megabytes of lines": ("yes line | head -c 10000000", "line"),
    "one long line": ("head -c 5000000 /dev/zero | tr '\\0' a", "aaa"),
    "a base64 of random bytes": ("head -c 300000 /dev/urandom | base64 -w 0", ""),
    "colours": ("printf '\\033[31mred\\033[0m\\n%.0s' $(seq 3000)", "red"),
    "line breaks of Windows": ("printf 'a\\r\\n%.0s' $(seq 5000)", "a"),
    "tabs": ("printf 'a\\tb\\n%.0s' $(seq 5000)", "a\tb"),
    "Greek": ("printf 'αβγδε\\n%.0s' $(seq 3000)", "αβγ"),
    "Latin-1": ("printf '\\344\\366\\374\\n%.0s' $(seq 3000)", ""),
    "names with zeros between": ("seq -f name-%.0f-of-a-file 3000 | tr '\\n' '\\0'", "name-1-"),
    "a form feed a page": ("for i in $(seq 200); do printf 'a whole page\\f\\n'; done", "page"),
    "500 MB of memory": (f"{PYTHON} 'b = bytearray(500 * {MB}); print(len(b))'", "524288000"),
    "a gigabyte mapped, not used": (
        f"{PYTHON} 'import mmap; mmap.mmap(-1, 3 * 1024 * {MB}); print(1)'", "1",
    ),
    "many children": ("for i in $(seq 200); do /bin/true; done; echo done", "done"),
    "children at once": ("for i in $(seq 40); do sleep 0.1 & done; wait; echo done", "done"),
    "a pipeline": ("seq 100000 | sort -r | uniq | wc -l", "100000"),
    "a megabyte of complaints": ("yes why | head -c 1000000 >&2; echo fine", "fine"),
    "nothing": ("true", ""),
    "a temporary file": ("f=$(mktemp); head -c 2000000 /dev/zero >$f; wc -c <$f; rm $f", "2000000"),
}  # fmt: skip

GREEDY = {
    "memory of a child": f"{PYTHON} 'b = bytearray({MEMORY_BYTES} + 200 * {MB}); print(len(b))'",
    "memory of a child's child": f"sh -c \"{PYTHON} 'b = bytearray({MEMORY_BYTES} * 2)'\"; exit $?",
    "memory bit by bit": f"{PYTHON} 'b = []\nwhile True: b.append(bytearray(64 * {MB}))'",
    "a limit lifted": f"ulimit -d unlimited; {PYTHON} 'bytearray({MEMORY_BYTES} * 2)'; exit $?",
    "zeros": "cat /dev/zero",
    "random bytes": "cat /dev/urandom",
    "lines without end": "yes",
    "complaints without end": "yes >&2",
    "a line without end": "yes | tr -d '\\n'",
    "silence without end": "sleep 60",
    "children that ignore the end": "trap '' TERM; sleep 60 & sleep 60",
    "children without end": "while true; do /bin/true; done",
}


@pytest.mark.parametrize("name", HONEST)
async def test_an_honest_program_is_left_alone(name: str) -> None:
    script, said = HONEST[name]
    result = await run_process(("bash", "-c", script), timeout=60)
    assert (result.exit_code, result.truncated, result.binary) == (0, False, False), result.stderr
    assert said in result.stdout


@pytest.mark.parametrize("name", GREEDY)
async def test_a_greedy_one_ends(name: str) -> None:
    began = time.monotonic()
    result = await run_process(("bash", "-c", GREEDY[name]), timeout=5)
    assert time.monotonic() - began < 12
    assert result.exit_code != 0
    assert len(result.stdout) + len(result.stderr) <= 33 * MB
