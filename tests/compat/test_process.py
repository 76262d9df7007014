"""A server's process is waited for, explained where it fails, and ended with its children."""

import os
import sys
import time
from pathlib import Path

import pytest

from compat.process import DidNotStartError, ServerProcess, answers, free_port

# A server whose child must not outlive it; both ids go into the log.
_FAMILY = """
import http.server, os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print(os.getpid(), child.pid, flush=True)
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""


def alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_it_answers_while_the_context_is_open_and_no_child_is_left(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}/"
    argv = (sys.executable, "-c", _FAMILY, str(port))
    with ServerProcess(argv, ready=url, log=log, cwd=tmp_path):
        assert answers(url)
        family = [int(word) for word in log.read_text().split()[:2]]
        assert all(alive(one) for one in family)
    deadline = time.monotonic() + 30
    while any(alive(one) for one in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(one) for one in family)
    assert not answers(url)


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", "raise SystemExit('no such model')")
    server = ServerProcess(
        argv, ready=f"http://127.0.0.1:{free_port()}/", log=tmp_path / "log", patience=60
    )
    with pytest.raises(DidNotStartError, match=r"ended with 1\.\nno such model"), server:
        pass


def test_a_server_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
    log = tmp_path / "log"
    log.touch()
    server = ServerProcess(
        (sys.executable, "-c", program),
        ready=f"http://127.0.0.1:{free_port()}/",
        log=log,
        patience=2.0,
    )
    with pytest.raises(DidNotStartError, match="was never ready"), server:
        pass
    said = log.read_text().split()
    assert not any(alive(int(word)) for word in said)
    assert os.getpid() not in map(int, said)
