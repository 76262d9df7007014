"""One question by every way in: the same evidence and the same answer."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openai

from chat.screen import ChatScreen
from server.served import Served, with_model

QUESTION = "please look"


def asked_by_curl(served: Served) -> str:
    """With the real curl, where it is there."""
    body = json.dumps({"ask": QUESTION})
    if (curl := shutil.which("curl")) is None:
        return str(served.post("/api/chat", json.loads(body)).json()["analysis"])
    command = [curl, "-sS", "--fail", "-m", "300", f"{served.url}/api/chat", "-d", body]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return str(json.loads(done.stdout)["analysis"])


def asked_by_openai(served: Served) -> str:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", timeout=300) as client:
        said = client.chat.completions.create(
            model="holmes", messages=[{"role": "user", "content": QUESTION}]
        )
    return said.choices[0].message.content or ""


def asked_by_the_page(served: Served) -> str:
    """As page/api.js does."""
    name = served.ask(QUESTION)
    [answered] = [each.data for each in served.events(name) if each.kind == "answered"]
    return str(answered["answer"]["text"])


def asked_in_a_chat(home: Path, base_url: str) -> str:
    """What stands on the screen."""
    flags = ("--model", "scripted", "--api-base", base_url, "-t", str(home / "tools.yaml"))
    with ChatScreen(["chat", *flags], home=home, columns=200) as chat:
        chat.until_idle()
        return chat.ask(QUESTION)


def on_record(served: Served) -> list[dict[str, Any]]:
    """The answers and results of all sessions, without how long they took."""
    found = []
    for brief in served.get("/api/investigations").json()["investigations"]:
        whole = served.whole(brief["id"])
        results = [
            served.get(f"/api/investigations/{brief['id']}/evidence/{call['number']}").json()
            for call in whole["tool_calls"]
        ]
        for each in results:
            del each["seconds"]
        found.append({"turns": whole["turns"], "results": results})
        for turn in whole["turns"]:
            del turn["asked_at"]
    return found


def test_every_way_in_gives_the_same_evidence_and_answer(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        answer = asked_by_curl(served)
        assert "[1]" in answer
        assert asked_by_openai(served) == answer
        assert asked_by_the_page(served) == answer
        screen = asked_in_a_chat(tmp_path, server.base_url)
        assert answer in screen
        first, *others = on_record(served)
        assert [each["output"]["status"] for each in first["results"]] == ["ok", "ok"]
        assert [turn["answer"]["text"] for turn in first["turns"]] == [answer]
        assert others == [first] * 3
        # Nor is the model asked anything else by one of them.
        asked = [[each["content"] for each in body["messages"][1:]] for body in server.requests]
        assert asked == asked[:2] * 4
