"""Dialogues of a capable model on the recorded cluster: what it called and answered, played again.

Each file of `dialogues/` holds a question and the model's replies, one a request: calls, or the
answer. The model is a real server that states no window, as hosted ones do; the command, the tools
and the recording are the real ones.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from cli.holmes_process import Finished, holmes
from servers.scripted_server import Reply, ScriptedServer

FOLDER = Path(__file__).parent / "dialogues"
CLUSTER = Path(__file__).parents[2] / "evals/clusters/acme"
MODEL = "gpt-4.1"


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    name: str
    kind: str
    question: str
    replies: tuple[Reply, ...]

    @property
    def answer(self) -> str:
        """The last words as the model wrote them; empty while it is still calling."""
        return self.replies[-1].content.strip() if self.replies else ""


@dataclass(frozen=True, kw_only=True)
class Played:
    """What became of one dialogue."""

    dialogue: Dialogue
    done: Finished
    requests: tuple[dict[str, Any], ...]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.done.out)
        return document

    @property
    def tools_offered(self) -> bool:
        return bool(self.requests[0].get("tools"))

    @property
    def asked_again(self) -> int:
        """Requests beyond those that the dialogue needs."""
        return len(self.requests) - len(self.dialogue.replies)


def load(name: str) -> Dialogue:
    one = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    replies = tuple(_reply(each) for each in one["replies"])
    return Dialogue(name=name, kind=one["kind"], question=one["question"], replies=replies)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def _counted(reply: Reply) -> Callable[[dict[str, Any]], Reply]:
    """The reply with an honest count of the request's tokens, as a hosted server gives it."""
    return lambda body: replace(reply, prompt_tokens=len(json.dumps(body)) // 4)


def _reply(one: dict[str, Any]) -> Reply:
    calls = tuple((call["name"], call["arguments"]) for call in one.get("calls", ()))
    return Reply(content=one.get("answer", ""), calls=calls)


def play(dialogue: Dialogue, home: Path, *options: str) -> Played:
    """Ask the question and let the model reply as it did; its last reply is also any further one.

    A model that has not answered yet is refused the next request.
    """
    settled = bool(dialogue.answer)
    script = [_counted(reply) for reply in dialogue.replies]
    with ScriptedServer(script, model=MODEL, repeat_last=settled) as server:
        done = holmes(
            *("ask", dialogue.question, "--api-base", server.base_url, "--model", MODEL),
            *("--snapshot", str(CLUSTER), *options),
            home=home,
        )
        return Played(dialogue=dialogue, done=done, requests=tuple(server.requests))
