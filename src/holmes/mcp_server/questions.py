"""The tools that need a model: a run each, with its progress, and its results kept."""

import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import anyio

from holmes.config.settings import Config
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import HolmesError
from holmes.core.evidence import Evidence
from holmes.core.messages import JsonObject
from holmes.mcp_server.evidence import Shelf, address
from holmes.runs.recorder import Recorder
from holmes.runtime import Runtime

if TYPE_CHECKING:
    from mcp_types import CallToolResult

_INTERRUPTED = 130

Report: TypeAlias = Callable[[float, str], Awaitable[None]]
"""Tells the client how far a run is: steps so far, and the step."""


class Questions:
    """Runs investigations, each on record as the settings say."""

    def __init__(self, config: Config, runtime: Runtime, shelf: Shelf) -> None:
        self._config = config
        self._runtime = runtime
        self._shelf = shelf
        self._numbers = itertools.count(1)

    async def answer(self, tool: str, arguments: JsonObject, report: Report) -> "CallToolResult":
        """Run one and give its answer; `report` is told of each step."""
        question = _alert(arguments) if tool == "investigate" else str(arguments["question"])
        send, receive = anyio.create_memory_object_stream[str](1000)
        found: list[Evidence] = []

        def take(event: events.Event) -> None:
            if isinstance(event, events.ToolFinished):
                found.append(event.evidence)
            if line := _step(event):
                send.send_nowait(line)

        recorder = Recorder(self._config, take)
        code = 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_pass_on, receive, report)
                with send:
                    answer, code = await self._run(question, recorder)
        except anyio.get_cancelled_exc_class():
            code = _INTERRUPTED
            raise
        finally:
            recorder.close(code)
        run = recorder.session_id or f"run-{next(self._numbers)}"
        self._shelf.put(run, found)
        return _result(answer, run, found)

    async def _run(self, question: str, recorder: Recorder) -> tuple[Answer, int]:
        asked = self._runtime.boundary.question(question)
        recorder(events.Asked(question=asked))
        try:
            run = self._runtime.investigation(recorder, recorder=recorder, question=asked)
            answer = await run.run(asked)
        except HolmesError as error:
            self._runtime.boundary.redactor.mask_error(error)
            return Answer(text="", state="none", reason=str(error)), error.exit_code
        return answer, 0 if answer.state == "answered" else 4


def _alert(arguments: JsonObject) -> str:
    said = [f"Find the cause of this, and say what to do first: {arguments['alert']}"]
    if namespace := arguments.get("namespace"):
        said.append(f"It is in the namespace {namespace}.")
    if since := arguments.get("since"):
        said.append(f"It began at {since}.")
    return "\n".join(said)


async def _pass_on(lines: "anyio.abc.ObjectReceiveStream[str]", report: Report) -> None:
    number = 0
    async for line in lines:
        number += 1
        await report(number, line)


def _step(event: events.Event) -> str:
    """What a person who waits is told of an event, or nothing."""
    match event:
        case events.ModelWaiting():
            return f"asks {event.model}"
        case events.ToolStarted():
            return event.command or event.tool
        case events.ToolFinished():
            return f"[{event.evidence.number}] {event.evidence.output.status}"
        case events.Noticed():
            return event.text
        case _:
            return ""


def _result(answer: Answer, run: str, found: list[Evidence]) -> "CallToolResult":
    """The answer, what it cites as links, and the same as data."""
    from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent  # noqa: PLC0415

    usable = answer.state == "answered"
    cited = [each for each in found if not usable or each.number in answer.citations]
    parts = [part for part in (answer.text, answer.reason, *answer.gaps) if part]
    content: list[ContentBlock] = [TextContent(text="\n\n".join(parts))]
    content += [
        ResourceLink(
            uri=address(run, each),
            name=f"[{each.number}] {each.output.command or each.tool}",
            mime_type="text/plain",
        )
        for each in cited
    ]
    data = {
        "answer": answer.text,
        "state": answer.state,
        "reason": answer.reason,
        "gaps": list(answer.gaps),
        "run": run,
        "evidence": [
            {"number": e.number, "command": e.output.command, "uri": address(run, e)} for e in cited
        ],
    }
    return CallToolResult(content=content, structured_content=data, is_error=not usable)
