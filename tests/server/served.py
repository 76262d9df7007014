"""The real `holmes serve` in a process of its own, and a scripted model behind it."""

import json
import os
import re
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2

from cli.holmes_process import HOLMES, environment
from servers.scripted_server import Refusal, Reply, ScriptedServer, refusal, text, tool_calls

TOOLSET = """
toolsets:
  desk:
    description: "What the tests look at"
    approval_required_tools: ["restart"]
    tools:
      - name: look
        description: "Look at something"
        command: "echo {{ what }} >> $HOME/ran; echo {{ what }} is fine; seq 1 3"
        parameters:
          what: {type: string, required: true}
      - name: variables
        description: "The environment"
        command: "env"
        parameters: {}
      - name: restart
        description: "Restart something"
        command: "echo restart >> $HOME/ran; echo restarted {{ what }}"
        parameters:
          what: {type: string, required: true}
"""


class Model:
    """Replies by the words of the last question; `hold` keeps questions with "slow" waiting."""

    def __init__(self) -> None:
        self.hold = threading.Event()
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Reply | Refusal:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            reply = self._reply(body)
            # An honest count: who is told too few must think that the server dropped something.
            counted = len(json.dumps(body)) // 4
            return reply if isinstance(reply, Refusal) else replace(reply, prompt_tokens=counted)
        finally:
            with self._lock:
                self._now -= 1

    def _reply(self, body: dict[str, Any]) -> Reply | Refusal:
        messages = body["messages"]
        if body.get("response_format"):
            return text(json.dumps({"cause": "none", "fine": True}))
        last = max(i for i, each in enumerate(messages) if each["role"] == "user")
        said = messages[last]["content"]
        asked = said if isinstance(said, str) else str(said[0]["text"])
        results = [each for each in messages[last:] if each["role"] == "tool"]
        if "forbidden" in asked:
            return refusal(401, "no such key")
        if "slow" in asked:
            self.hold.wait(300)
        if results:
            lines = [one["content"].splitlines()[0] for one in results]
            names = sorted(
                set(re.findall(r"\bnode-\d\b", "\n".join(one["content"] for one in results)))
            )
            return text(f"{'; '.join([*lines, *names])}.")
        if "variables" in asked:
            return tool_calls(("variables", {}))
        if "nodes" in asked:
            return tool_calls(("kubectl_get", {"kind": "nodes"}))
        if "restart" in asked:
            return tool_calls(("restart", {"what": "web"}), content="This needs a yes.")
        if "look" in asked:
            return tool_calls(
                ("look", {"what": "web"}), ("look", {"what": "db"}), content="Looking."
            )
        return text("Nothing to look at: a word of your own.")


@dataclass
class Served:
    """A server that runs; `url` is its address, `log` the file of its standard error."""

    url: str
    home: Path
    log: Path
    process: "subprocess.Popen[bytes]"
    headers: dict[str, str] = field(default_factory=dict)
    verify: "ssl.SSLContext | bool" = True

    @property
    def client(self) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.url,
            headers=self.headers,
            verify=self.verify,
            timeout=120,
            trust_env=False,
        )

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
        with self.client as client:
            return client.get(path, headers=headers)

    def post(
        self, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        with self.client as client:
            return client.post(path, json={} if body is None else body, headers=headers)

    def ask(self, question: str, **more: str) -> str:
        """Begin one; its id."""
        reply = self.post("/api/investigations", {"question": question, **more})
        assert reply.status_code == 202, reply.text
        return str(reply.json()["id"])

    def events(self, name: str, *, last: int | None = None) -> list["Sent"]:
        """All events of a run to its end."""
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        with self.client as client:
            return list(sent(client, f"/api/investigations/{name}/events", headers=headers))

    def whole(self, name: str) -> dict[str, Any]:
        return dict(self.get(f"/api/investigations/{name}").json())

    def finished(self, name: str) -> dict[str, Any]:
        """The investigation once it is over."""
        self.events(name)
        return self.whole(name)

    def until(self, name: str, so_far: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The investigation once that is true of it."""
        for _ in range(2400):
            whole = self.whole(name)
            if so_far(whole):
                return whole
            time.sleep(0.05)
        raise AssertionError(whole)

    def until_listed(self, state: str) -> str:
        """The id of the newest investigation once it is in that state."""
        for _ in range(2400):
            listed = self.get("/api/investigations").json()["investigations"]
            if listed and listed[0]["state"] == state:
                return str(listed[0]["id"])
            time.sleep(0.05)
        raise AssertionError(listed)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    @property
    def ran(self) -> list[str]:
        path = self.home / "ran"
        return path.read_text().split() if path.exists() else []

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(120)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One server-sent event."""

    kind: str
    data: Any
    number: int = 0


def sent(
    client: httpx2.Client,
    path: str,
    *,
    body: object = None,
    headers: dict[str, str] | None = None,
) -> Iterator[Sent]:
    """The server-sent events of a reply as they come; with a body it is a POST."""
    method = "GET" if body is None else "POST"
    with client.stream(method, path, headers=headers, json=body) as reply:
        assert reply.status_code == 200, reply.read()
        assert reply.headers["content-type"].startswith("text/event-stream")
        kind, number = "", 0
        for line in reply.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                number = int(value)
            elif name == "data":
                yield Sent(kind=kind, data=json.loads(value), number=number)
                kind, number = "", 0


@contextmanager
def serving(
    home: Path,
    *arguments: str,
    env: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    verify: ssl.SSLContext | None = None,
) -> Iterator[Served]:
    """Start it on a free port; it is ended afterwards."""
    tools = home / "tools.yaml"
    tools.write_text(TOOLSET, encoding="utf-8")
    log = home / "log"
    command = [str(HOLMES), "serve", "--port", "0", "-t", str(tools), *arguments]
    with log.open("wb") as err:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=err, env=environment(home, env)
        )
    try:
        port = _port(process, log)
        served = Served(
            url=f"{'https' if verify else 'http'}://127.0.0.1:{port}",
            home=home,
            log=log,
            process=process,
            headers=headers or {},
            verify=verify or True,
        )
        while served.get("/readyz").status_code != 200:
            time.sleep(0.05)
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    for _ in range(2400):
        first = log.read_text().partition("\n")[0]
        if "Listening on" in first:
            return int(first.rpartition(":")[2].strip('"}'))
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@contextmanager
def with_model(
    home: Path,
    model: Model | None = None,
    *,
    arguments: Sequence[str] = (),
    env: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    verify: ssl.SSLContext | None = None,
) -> Iterator[tuple[Served, ScriptedServer, Model]]:
    """A server with a scripted model behind it."""
    model = model or Model()
    with ScriptedServer([model], repeat_last=True) as server:
        flags = ("--model", "scripted", "--api-base", server.base_url, *arguments)
        with serving(home, *flags, env=env, headers=headers, verify=verify) as served:
            try:
                yield served, server, model
            finally:
                model.hold.set()
