"""Many at once, one after the other, and the end of it all."""

import json
import re
import threading
import time
from pathlib import Path

import httpx2

from server.served import Sent, Served, sent, serving, with_model

INVESTIGATIONS = 100
READERS = 200


def exit_code(home: Path, name: str) -> int:
    path = home / f".local/state/holmesgpt/sessions/{name}.jsonl"
    return int(json.loads(path.read_text().splitlines()[-1])["code"])


def test_a_model_on_this_machine_is_given_one_at_a_time_and_others_see_their_place(
    tmp_path: Path,
) -> None:
    with with_model(tmp_path) as (served, _, model):
        first = served.ask("slow one")
        served.until(first, lambda whole: whole["state"] == "running")
        second, third = served.ask("slow two"), served.ask("slow three")
        assert served.whole(third)["notices"] == ["Waiting for scripted: 1 before this one."]
        assert served.whole(second)["state"] == "queued"
        info = served.get("/api/info").json()
        assert (info["running"], info["waiting"]) == (1, 2)
        assert served.post(f"/api/investigations/{second}/cancel").status_code == 200
        assert served.whole(third)["notices"][-1] == "Waiting for scripted: 0 before this one."
        model.hold.set()
        assert served.finished(third)["state"] == "answered"
        assert model.most_at_once == 1


def test_a_stop_lets_what_runs_finish(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, _, model):
        name = served.ask("slow one")
        served.until(name, lambda whole: whole["requests"] == 0 and whole["state"] == "running")
        reader = _Reader(served, name).reading()
        served.process.terminate()
        while served.get("/readyz").status_code != 503:
            time.sleep(0.02)
        assert served.post("/api/investigations", {"question": "x"}).status_code == 503
        model.hold.set()
        assert served.process.wait(120) == 0
        reader.join()
        assert [each.kind for each in reader.seen[-2:]] == ["answered", "end"]
    assert exit_code(tmp_path, name) == 0


def test_a_stop_puts_what_does_not_finish_on_record(tmp_path: Path) -> None:
    with with_model(tmp_path, arguments=("--grace", "0.3")) as (served, _, _):
        name, waiting = served.ask("slow one"), served.ask("slow two")
        served.until(name, lambda whole: whole["state"] == "running")
        reader = _Reader(served, name).reading()
        assert served.stop() == 0
        reader.join()
        assert reader.seen[-1].data == {"state": "interrupted", "reason": "The server was stopped."}
        assert (exit_code(tmp_path, name), exit_code(tmp_path, waiting)) == (143, 143)


def test_a_server_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, model):
        name = served.ask("look, then be slow")
        served.until(name, lambda whole: whole["state"] == "running")
        served.process.kill()
        served.process.wait()
        model.hold.set()
        with serving(tmp_path, "--model", "scripted", "--api-base", server.base_url) as second:
            assert second.whole(name)["state"] == "interrupted"
            second.ask("and now?", follow_up=name)
            whole = second.finished(name)
            assert [turn["question"] for turn in whole["turns"]] == [
                "look, then be slow",
                "and now?",
            ]
            assert all(turn["answer"]["state"] == "answered" for turn in whole["turns"])
            assert sorted(second.ran) == ["db", "web"]


def test_a_hundred_at_once_and_two_hundred_readers_of_one(tmp_path: Path) -> None:
    with with_model(tmp_path, arguments=("--parallel", "100")) as (served, _, model):
        with served.client as client:
            words = ["slow look" if n % 10 == 0 else "slow" for n in range(INVESTIGATIONS)]
            names = [_begun(client, f"{said} {n}") for n, said in enumerate(words)]
            refused = client.post("/api/investigations", json={"question": "one more"})
            assert refused.status_code == 429
        seen = [_Reader(served, names[0]) for _ in range(READERS)]
        for reader in seen:
            reader.start()
        model.hold.set()
        for number, name in enumerate(names):
            [turn] = served.finished(name)["turns"]
            assert turn["question"] == f"{words[number]} {number}"
            assert turn["answer"]["state"] == "answered"
        for reader in seen:
            reader.join(120)
        numbers = [[each.number for each in reader.seen] for reader in seen]
        assert numbers[0] == [*range(1, len(numbers[0])), 0]
        assert all(each == numbers[0] for each in numbers)
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{served.process.pid}/status").read_text())
        assert peak
        assert int(peak[1]) < 400_000, "kB of memory"


def _begun(client: httpx2.Client, question: str) -> str:
    reply = client.post("/api/investigations", json={"question": question})
    assert reply.status_code == 202, reply.text
    return str(reply.json()["id"])


class _Reader(threading.Thread):
    def __init__(self, served: Served, name: str) -> None:
        super().__init__()
        self._served, self._name = served, name
        self.seen: list[Sent] = []
        self._reads = threading.Event()

    def run(self) -> None:
        with self._served.client as client:
            for each in sent(client, f"/api/investigations/{self._name}/events"):
                self.seen.append(each)
                self._reads.set()

    def reading(self) -> "_Reader":
        """Start, and be there once the first event came."""
        self.start()
        assert self._reads.wait(120)
        return self
