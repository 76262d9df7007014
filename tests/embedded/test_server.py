"""The embedded model's server process: how it starts, and above all how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.holmes_process import HOLMES, environment
from holmes.core.errors import ServerUnreachable
from holmes.embedded.checksum import seal
from holmes.embedded.manifest import CODER_1_5B
from holmes.embedded.server import LocalServer, usable_cores

BUSY = """
import json, sys, urllib.request
from pathlib import Path
from holmes.embedded.server import LocalServer
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
        "from pathlib import Path; from holmes.embedded.server import LocalServer\n"
        f"with LocalServer(Path({str(tmp_path)!r})): pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert "UsageError" in done.stderr
    assert "pip install 'holmesgpt[local]'" in done.stderr


LOADS_FOR_EVER = """
import time
class CommonParams:
    def __getattr__(self, name):
        return CommonParams()
class Server:
    def __init__(self, parameters):
        time.sleep(300)
"""


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("checked", [True, False], ids=["loading", "hashing"])
def test_an_interrupt_while_the_weights_load_ends_it_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: signal.Signals,
    code: int,
    *,
    checked: bool,
) -> None:
    (tmp_path / "xllamacpp.py").write_text(LOADS_FOR_EVER, encoding="utf-8")
    weights = tmp_path / CODER_1_5B.filename
    weights.touch()
    os.truncate(weights, CODER_1_5B.size)  # a hole: no byte of it is on the disk
    state = str(tmp_path / "state")
    monkeypatch.setenv("XDG_STATE_HOME", state)
    if checked:
        seal(weights, CODER_1_5B)
    extra = {
        "PYTHONPATH": str(tmp_path),
        "HOLMES_MODELS_DIR": str(tmp_path),
        "XDG_STATE_HOME": state,
    }
    with subprocess.Popen(
        [str(HOLMES), "ask", "what is wrong?", "--model", "local"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(tmp_path, extra),
        text=True,
    ) as running:
        assert running.stderr
        if checked:
            assert "Starting the embedded model" in running.stderr.readline()
        time.sleep(0.7)
        running.send_signal(ending)
        assert running.wait(timeout=20) == code
        assert "Traceback" not in running.stderr.read()


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
