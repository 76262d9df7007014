"""Commands that change how the conversation goes on, and the person's own shell."""

import math
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from holmes.agent.state import State
from holmes.chat.commands.base import Command
from holmes.config.named import renamed
from holmes.config.settings import Config
from holmes.core.messages import ToolCall
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.kubectl import script_environment
from holmes.kubernetes.target import target_of
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.redaction.untrusted import without_escapes
from holmes.runs.records import Feedback
from holmes.tools.process import find_executable, run_process

if TYPE_CHECKING:
    from holmes.chat.chat import Chat

_SHARE = """\
Share it with the model, masked like a tool's output?
1  yes; what you write after it is asked
2  no"""


async def _run(chat: "Chat", rest: str) -> None:
    if not rest:
        chat.front.show("! /run needs a command: /run kubectl get nodes")
        return
    chat.work("your command", partial(_run_and_share, chat, rest))


async def _run_and_share(chat: "Chat", line: str) -> None:
    shell = os.environ.get("SHELL", "/bin/sh")
    try:
        result = await run_process(
            (shell, "-c", line), timeout=math.inf, env=_environment(chat), condense=True
        )
    except OSError as error:
        chat.front.show(f'! "{shell}" could not be started: {error.strerror or error}.')
        return
    text = "\n".join(filter(None, (result.stdout.rstrip(), result.stderr.rstrip())))
    chat.front.show(f"{text}\nexit code {result.exit_code}".lstrip("\n"))
    status = "ok" if result.exit_code == 0 else "failed"
    await _offer(chat, ToolOutput(status=status, command=line, text=text))  # type: ignore[arg-type]


async def _shell(chat: "Chat", rest: str) -> None:
    del rest
    script = find_executable("script")
    if script is None:
        chat.front.show(
            "! /shell needs the program `script` (Debian: bsdutils). /run runs one command."
        )
        return
    with tempfile.TemporaryDirectory(prefix="holmes-shell-") as folder:
        record = Path(folder) / "typescript"
        chat.front.show("A shell of yours; `exit` leads back.")
        await chat.front.foreground((script, "-q", str(record)), _environment(chat))
        text = ""
        with suppress(OSError):
            text = record.read_text(encoding="utf-8", errors="replace")
    lines = without_escapes(text).replace("\r", "").splitlines()
    said = "\n".join(
        line for line in lines if not line.startswith(("Script started", "Script done"))
    )
    if said.strip():
        output = ToolOutput(status="ok", command="a shell of the user", text=said)
        chat.work("your answer", partial(_offer, chat, output))


async def _offer(chat: "Chat", output: ToolOutput) -> None:
    while True:
        choice, _, words = (await chat.person.ask(_SHARE, "1 or 2> ")).partition(" ")
        if choice == "2":
            return
        if choice == "1":
            break
    entry = chat.share(output)
    chat.front.show(f"Shared as [{entry.number}].")
    if words.strip():
        await chat.ask(chat.boundary.question(words.strip()))


def _environment(chat: "Chat") -> dict[str, str]:
    """The person's own, with the conversation's cluster where it is another."""
    return {**os.environ, **script_environment(target_of(chat.runtime))}


async def _scan(chat: "Chat", rest: str) -> None:
    del rest
    chat.work("the scan", partial(_scanned, chat))


async def _scanned(chat: "Chat") -> None:
    run = chat.begun("/scan")
    run.planner.since = len(run.evidence)
    for tool in run.openings:
        results = await run.talk.look(ToolCall(id="scan", name=tool))
        entry = run.evidence.get(results.numbers[0])
        if entry is not None:
            chat.front.show(f"[{entry.number}] {entry.output.text or entry.output.note}")
    if not run.openings:
        chat.front.show("! Nothing here looks for problems by itself. See /tools.")
    chat.settle(run.state)


async def _model(chat: "Chat", rest: str) -> None:
    if rest:
        chat.switch(renamed(chat.config, rest, os.environ))
        return
    model = chat.runtime.model
    chat.front.show(f"{model.name} at {model.address}")
    chat.work("the list", partial(_list_models, chat))


async def _list_models(chat: "Chat") -> None:
    settings = ClientSettings(
        base_url=chat.runtime.model.address,
        api_key=chat.config.key,
        model=chat.runtime.model.name,
    )
    lister = ChatCompletionsModel(settings)
    try:
        chat.front.show("\n".join(await lister.list_models()))
    finally:
        await lister.aclose()


async def _cluster(chat: "Chat", rest: str) -> None:
    config = chat.config
    if not rest:
        chat.front.show(str(config.snapshot or config.context or "as kubectl has it"))
        return
    chat.switch(_aimed_at(rest, config))


def _aimed_at(named: str, config: Config) -> Config:
    folder = Path(named).expanduser()
    if folder.is_dir():
        return replace(config, snapshot=folder)
    return replace(config, snapshot=None, context=named)


async def _undo(chat: "Chat", rest: str) -> None:
    del rest
    if len(chat.states) < 2:
        chat.front.show("! There is nothing to take back.")
        return
    gone = chat.states.pop()
    chat.go_back(chat.states[-1])
    turns = gone.turns[len(chat.states[-1].turns) :]
    for _ in turns:
        chat.exchanges.pop()
    said = f'"{turns[-1].question}"' if turns else "The last step"
    chat.front.show(f"{said} is taken back; its results stay on record.")


async def _clear(chat: "Chat", rest: str) -> None:
    del rest
    run = chat.investigation
    if run is not None:
        chat.states.append(State(strategy=run.strategy.name))
        chat.go_back(chat.states[-1])
    chat.front.clear()
    chat.front.show("A new conversation; results keep their numbers. /undo goes back.")


async def _auto(chat: "Chat", rest: str) -> None:
    del rest
    chat.verbose = not chat.verbose
    chat.front.show(f"Whole outputs as they come: {'on' if chat.verbose else 'off'}.")


async def _feedback(chat: "Chat", rest: str) -> None:
    del rest
    if not chat.exchanges.answered:
        chat.front.show("There is no answer yet.")
        return
    chat.work("your answer", partial(_ask_feedback, chat))


async def _ask_feedback(chat: "Chat") -> None:
    asked = "Was the answer right?\n1  yes\n2  no; what you write after the number is kept with it"
    choice, _, comment = (await chat.person.ask(asked, "1 or 2> ")).partition(" ")
    if choice not in {"1", "2"}:
        chat.front.show("Nothing is kept.")
        return
    place = len(chat.exchanges.answered)
    chat.recorder.write(
        Feedback(answer=place, good=choice == "1", comment=chat.boundary.question(comment.strip()))
    )
    chat.front.show("Kept in the session's transcript.")


async def _exit(chat: "Chat", rest: str) -> None:
    del rest
    chat.leave()


COMMANDS = (
    Command(name="run", takes="COMMAND", help="run a command of yours", run=_run, long=True),
    Command(name="shell", help="a shell of yours", run=_shell, long=True),
    Command(name="scan", help="look for problems without the model", run=_scan, long=True),
    Command(
        name="model", takes="[NAME]", help="the model; or go on with another", run=_model, long=True
    ),
    Command(
        name="cluster",
        takes="[CONTEXT or DIR]",
        help="the cluster; or go on with another, or a snapshot",
        run=_cluster,
        long=True,
    ),
    Command(name="undo", help="take the last question back", run=_undo, long=True),
    Command(name="clear", help="begin anew", run=_clear, long=True),
    Command(name="auto", help="show whole outputs as they come: on, off", run=_auto),
    Command(name="feedback", help="say whether the answer was right", run=_feedback, long=True),
    Command(name="exit", help="leave", run=_exit),
)
