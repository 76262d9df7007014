"""What is asked of each server: the check's exchanges, one loop, and one whole `holmes ask`."""

import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio

from cli.holmes_process import holmes
from compat.environment import FOLDER
from compat.recipe import Recipe, Serving
from compat.rows import EXCHANGES, Asked, Loop, Ran, Seen
from holmes.core.errors import ModelServerError
from holmes.core.messages import AssistantMessage, ToolMessage, UserMessage
from holmes.demo import CLUSTER
from holmes.models.base import ModelRequest, Notice, ProgressSink
from holmes.models.check import tasks
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.models.modes.model import AnyToolModel

QUESTION = "what pods are unhealthy and why?"

# What an answer must say of each of the three incidents of the packaged snapshot.
INCIDENTS = (("search", "image"), ("report-worker", "memory"), ("checkout", "PAYMENT_API_KEY"))

_GENERATED = re.compile(r"\b[a-z][-a-z0-9]*-(?=[a-z0-9]*\d)[a-z0-9]{5,10}-[a-z0-9]{5}\b")
_PATIENCE = 3600.0

_ASKED = ModelRequest(
    messages=(
        tasks.SYSTEM,
        UserMessage(content="List the pods in namespace web. Then name the unhealthy one."),
    ),
    tools=tasks.TOOLS,
    max_tokens=256,
)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What `holmes model check --json` said."""

    recognised: str
    chosen: str
    summary: str
    exchanges: Mapping[str, Seen]


def check(server: Serving, home: Path, *, find_window: bool) -> Checked:
    """Run the check as a person would."""
    options = ("--find-window",) if find_window else ()
    done = holmes(
        *("model", "check", "--json", *options),
        *("--model", server.model, "--api-base", server.base_url),
        home=home,
        env={"OPENAI_API_KEY": server.api_key} if server.api_key else None,
        timeout=_PATIENCE,
    )
    document: dict[str, Any] = json.loads(done.out) if done.out else {}
    call_format = document.get("tool_calls")
    lines = document.get("checks", {})
    said = document.get("server", {})
    return Checked(
        recognised=f"{said.get('kind', '')} {said.get('version', '')}".strip(),
        chosen=_chosen(call_format, lines) if call_format else "none",
        summary=document.get("summary") or done.err.strip()[-500:],
        exchanges={
            key: Seen(state=lines[key]["state"], how=lines[key]["how"])
            for key in EXCHANGES
            if key in lines
        },
    )


def _chosen(call_format: Mapping[str, Any], lines: Mapping[str, Any]) -> str:
    in_text = "left in the text" in lines.get("native", {}).get("how", "")
    mode = str(call_format["mode"])
    return f"{mode} (from the text)" if mode == "native" and in_text else mode


def loop(server: Serving) -> Loop:
    """A call, its result, an answer: what `auto` makes of a server that it does not know."""
    return anyio.run(_loop, server)


async def _loop(server: Serving) -> Loop:
    settings = ClientSettings(base_url=server.base_url, model=server.model, api_key=server.api_key)
    model = AnyToolModel(ChatCompletionsModel(settings))
    said: list[str] = []

    def progress(item: object) -> None:
        if isinstance(item, Notice):
            said.append(item.text)

    called = False
    try:
        reply = await model.complete(_ASKED, progress)
        called = any(not tasks.ONE_CALL.fault((call,)) for call in reply.message.tool_calls)
        fault = await _answer(model, reply.message, progress) if called else _no_call(reply.message)
    except ModelServerError as error:
        fault = str(error)
    finally:
        await model.aclose()
    return Loop(mode=_reached(said), fault=fault, called=called)


def _no_call(message: AssistantMessage) -> str:
    faults = [tasks.ONE_CALL.fault((call,)) for call in message.tool_calls]
    return f"the first reply: {faults[0] if faults else 'no call'}"


async def _answer(model: AnyToolModel, said: AssistantMessage, progress: ProgressSink) -> str:
    """Give each call its result and ask for the answer, without tools as the loop does."""
    results = (
        ToolMessage(
            tool_call_id=call.id,
            name=call.name,
            content="No data." if tasks.ONE_CALL.fault((call,)) else tasks.ROUND_TRIP[-1].content,
        )
        for call in said.tool_calls
    )
    answer = await model.complete(
        ModelRequest(messages=(*_ASKED.messages, said, *results), max_tokens=256), progress
    )
    if tasks.UNHEALTHY in answer.message.content:
        return ""
    if answer.message.tool_calls:
        return "asked for the answer, the model called again"
    return f"the answer does not name the pod: {answer.message.content[:200]}"


def _reached(notices: Sequence[str]) -> str:
    text = " ".join(notices)
    if "into the prompt" in text or "read from free text" in text or "left free" in text:
        return "prompted"
    if "hold it to their form" in text:
        return "constrained"
    return "native (from the text)" if "left the call in the text" in text else "native"


def ask(server: Serving, home: Path, kept: Path) -> Asked:
    """The whole command, in a home where nothing is remembered; `kept` holds what it printed."""
    done = holmes(
        *("ask", QUESTION, "--json", "--model", server.model, "--api-base", server.base_url),
        *("--snapshot", str(CLUSTER)),
        home=home,
        env={"OPENAI_API_KEY": server.api_key} if server.api_key else None,
        timeout=_PATIENCE,
    )
    kept.write_text(done.out or done.err, "utf-8")
    document: dict[str, Any] = json.loads(done.out) if done.out else {}
    answer = document.get("answer", "")
    lowered = answer.lower()
    named = [all(word.lower() in lowered for word in words) for words in INCIDENTS]
    return Asked(
        exit_code=done.code,
        causes=sum(named),
        strangers=len(set(_GENERATED.findall(answer)) - pods_of(CLUSTER)),
        calls=len(document.get("tool_calls", ())),
        requests=document.get("requests", 0),
        reason="" if done.code == 0 else document.get("reason") or done.err.strip()[-300:],
    )


def pods_of(snapshot: Path) -> set[str]:
    """The names of a snapshot's pods."""
    lists = (json.loads(path.read_text("utf-8")) for path in snapshot.rglob("pods.json"))
    return {
        item["metadata"]["name"]
        for listed in lists
        for item in listed["items"]
        if "containers" in item.get("spec", {})
    }


def run(recipe: Recipe, server: Serving, homes: Path, tell: Callable[[str], None]) -> Ran:
    """All of it, one after the other; `homes` is an empty folder, `tell` takes each step's name."""
    tell("check")
    began = time.monotonic()
    checked = check(server, _home(homes, "check"), find_window=recipe.find_window)
    check_seconds = time.monotonic() - began
    tell("loop")
    looped = loop(server)
    tell("ask")
    began = time.monotonic()
    asked = ask(server, _home(homes, "ask"), FOLDER / f"{recipe.name}.ask.json")
    return Ran(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        version=server.version,
        recognised=checked.recognised,
        weights=recipe.weights,
        chosen=checked.chosen,
        summary=checked.summary,
        exchanges=checked.exchanges,
        loop=looped,
        ask=asked,
        check_seconds=round(check_seconds, 1),
        ask_seconds=round(time.monotonic() - began, 1),
        load=round(os.getloadavg()[0], 1),
    )


def _home(homes: Path, name: str) -> Path:
    home = homes / name
    home.mkdir()
    return home
