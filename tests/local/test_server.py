"""The embedded model's server process: how it starts, and above all how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from holmes.errors import ServerUnreachable
from holmes.local.server import LocalServer, usable_cores

BUSY = """
import json, sys, urllib.request
from pathlib import Path
from holmes.local.server import LocalServer
with LocalServer(Path(sys.argv[1])) as server:
    body = {"messages": [{"role": "user", "content": "Tell a very long story."}], "stream": True}
    request = urllib.request.Request(server.base_url + "/chat/completions",
        json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        for line in reply:
            print(server.process_id, flush=True)
"""


def test_a_file_that_is_no_model_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "text.gguf"
    path.write_text("no weights")
    with pytest.raises(ServerUnreachable) as caught, LocalServer(path):
        pass
    assert f'"{path}"' in caught.value.message
    assert "did not start" in caught.value.message
    assert "holmes model pull" in caught.value.hint


def test_without_the_extra_the_message_names_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['xllamacpp'] = None\n"  # how Python itself marks "not there"
        "from pathlib import Path; from holmes.local.server import LocalServer\n"
        f"with LocalServer(Path({str(tmp_path)!r})): pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert "UsageError" in done.stderr
    assert "pip install 'holmesgpt[local]'" in done.stderr


def test_cores_are_never_none_and_never_more_than_there_are() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.small_model
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_with_its_owner_in_the_middle_of_a_reply(
    ending: signal.Signals, weights_file: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, str(weights_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        server = int(owner.stdout.readline())
        started = time.monotonic()
        owner.send_signal(ending)
        owner.communicate(timeout=30)
        while alive(server):
            assert time.monotonic() - started < 10
            time.sleep(0.02)
    assert owner.returncode == -ending


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
