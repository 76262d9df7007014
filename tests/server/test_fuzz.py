"""No body, path or header makes a fault: no 500, no traceback, and the server still answers.

HOLMES_FUZZ=2000 pytest tests/server/test_fuzz.py: that many for each path, with new damage.
"""

import os
import random

import httpx2
import pytest

from server.mutations import BODIES, GETS, SPOILT_HEADERS, spoilt, spoilt_path
from server.served import Served

COUNT = int(os.environ.get("HOLMES_FUZZ", "40"))
SEED = None if "HOLMES_FUZZ" in os.environ else 20261130


def check(served: Served, reply: httpx2.Response, sent: object) -> None:
    # 502 is what a model server could not be made to write.
    assert reply.status_code < 500 or reply.status_code in {502, 503}, (sent, reply.text)
    assert "Traceback" not in reply.text
    assert served.process.poll() is None


def faults(served: Served) -> list[object]:
    return [line["fault"] for line in served.lines if "fault" in line]


@pytest.mark.parametrize("path", BODIES)
def test_spoilt_bodies(served: Served, path: str) -> None:
    rng = random.Random(SEED)  # noqa: S311  (damage, no secret)
    name = served.ask("please look")
    served.events(name)
    with served.client as client:
        for _ in range(COUNT):
            body = spoilt(BODIES[path], rng).replace(b"NAME", name.encode())
            headers = {"Content-Type": "application/json"} | rng.choice(SPOILT_HEADERS)
            reply = client.post(path.replace("NAME", name), content=body, headers=headers)
            check(served, reply, (path, body))
    assert not faults(served)


def test_spoilt_paths_and_headers(served: Served) -> None:
    rng = random.Random(SEED)  # noqa: S311  (damage, no secret)
    name = served.ask("please look")
    served.events(name)
    with served.client as client:
        for path in GETS:
            for _ in range(COUNT // 2):
                url = path.replace("NAME", name)
                url = spoilt_path(url, rng) if rng.random() < 0.7 else url
                headers = rng.choice(SPOILT_HEADERS)
                reply = client.get(url, headers=headers)
                check(served, reply, (url, headers))
    assert not faults(served)


def test_the_fuzz_left_no_file_elsewhere(served: Served) -> None:
    kept = {path.relative_to(served.home).parts[0] for path in served.home.iterdir()}
    assert kept <= {".local", "tools.yaml", "log", "ran", ".cache", ".kube"}
