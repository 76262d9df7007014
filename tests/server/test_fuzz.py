"""No body, path or header makes a fault: no 500, no traceback, and the server still answers.

HOLMES_FUZZ=2000 pytest tests/server/test_fuzz.py: that many for each path, with new damage.
"""

import os
import random
from typing import Any

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


def at_rest(served: Served) -> None:
    """End what still waits for a person: a stop would wait for it, too."""
    for each in served.get("/api/investigations?limit=1000").json()["investigations"]:
        if each["state"] in {"queued", "running"}:
            served.post(f"/api/investigations/{each['id']}/cancel")


def faults(served: Served) -> list[object]:
    return [line["fault"] for line in served.lines if "fault" in line]


def test_every_path_is_among_them(served: Served) -> None:
    said = served.get("/api/openapi.json").json()["paths"]
    places = str.maketrans({"{": None, "}": None})

    def plain(path: str) -> str:
        path = path.translate(places).partition("?")[0]
        return path.replace("/id", "/NAME").replace("/n", "/1").replace("/key", "/1")

    posted = {plain(path) for path, methods in said.items() if "post" in methods}
    read = {plain(path) for path, methods in said.items() if "get" in methods}
    assert posted == set(BODIES)
    assert read <= {path.partition("?")[0] for path in GETS}


WAITING = ("/approvals/1", "/cancel")
"""Paths of a run that waits for a yes; another is begun once it does not any more."""


@pytest.mark.parametrize("path", BODIES)
def test_spoilt_bodies(served: Served, path: str) -> None:
    rng = random.Random(SEED)  # noqa: S311  (damage, no secret)
    waits = path.endswith(WAITING)
    name = ""
    with served.client as client:
        for _ in range(COUNT // 4 if path.endswith("/cancel") else COUNT):  # its body is not read
            if not name:
                name = served.ask("restart it" if waits else "please look")
                if waits:
                    served.until(name, lambda whole: whole["approvals"])
                else:
                    served.events(name)
            body = spoilt(BODIES[path], rng).replace(b"NAME", name.encode())
            headers = {"Content-Type": "application/json"} | rng.choice(SPOILT_HEADERS)
            reply = client.post(path.replace("NAME", name), content=body, headers=headers)
            check(served, reply, (path, body))
            if waits and reply.status_code == 200:
                served.events(name)
                name = ""
    at_rest(served)
    assert not faults(served)


def test_spoilt_decisions_about_what_waits(served: Served) -> None:
    rng = random.Random(SEED)  # noqa: S311  (damage, no secret)
    given: dict[str, Any] = {}
    with served.client as client:
        for _ in range(COUNT // 2):
            if not given:
                asked = {"ask": "restart it", "enable_tool_approval": True}
                waiting = client.post("/api/chat", json=asked).json()
                [call] = waiting["pending_approvals"]
                decided = {"tool_call_id": call["tool_call_id"], "approved": True}
                given = {
                    "conversation_history": waiting["conversation_history"][1:],
                    "tool_decisions": [decided],
                    "frontend_tool_results": [{"tool_call_id": "c", "result": "r"}],
                    "enable_tool_approval": True,
                }
            body = spoilt(given, rng)
            reply = client.post("/api/chat", content=body)
            check(served, reply, body)
            if reply.status_code in {200, 409}:
                given = {}  # decided, or out of reach
    at_rest(served)
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
