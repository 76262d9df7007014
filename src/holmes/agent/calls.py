"""Run the tool calls of one reply in parallel, each with a deadline; results in call order."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import anyio

from holmes.agent import prompts, reading
from holmes.agent.excerpts.excerpt import excerpt
from holmes.agent.planning import Plan, Planner
from holmes.core.events import EventSink, ToolFinished, ToolRepeated, ToolStarted
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.messages import JsonObject, ToolCall, ToolMessage
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Tool

INTERRUPTED = "It was interrupted."
"""What a result says that a person did not wait for."""

BatchOutcome: TypeAlias = Literal["ran", "repeated", "refused"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchResults:
    """What one batch of calls came to.

    messages  one for each call, in the order of calls
    numbers   the evidence that answers each of them
    outcome   "ran" where at least one tool ran; "repeated" where every call was an earlier one;
              "refused" where none was valid
    """

    messages: tuple[ToolMessage, ...]
    numbers: tuple[int, ...]
    outcome: BatchOutcome


class CallRunner:
    """Runs calls as they are planned and appends what they gave to the evidence log."""

    def __init__(self, planner: Planner, log: EvidenceLog, emit: EventSink) -> None:
        self._planner = planner
        self._log = log
        self._emit = emit

    async def run(
        self,
        calls: Sequence[ToolCall],
        *,
        room: int,
        seconds_left: float,
    ) -> BatchResults:
        """Run all at once; `room` is the characters that one result may take in the conversation.

        An exact repeat of an earlier call, or of one in this batch, is answered with that
        evidence's number and does not run.
        """
        plans: list[Plan] = []
        numbers: list[int] = []  # for each call in order, the evidence that answers it
        for call in calls:
            plan = self._planner.plan(call, number=len(self._log) + len(plans) + 1)
            earlier = self._planner.duplicated(plan, plans)
            if earlier is None:
                plans.append(plan)
            numbers.append(earlier.number if earlier else plan.number)
        finished: dict[int, Evidence] = {}

        async def run_one(plan: Plan) -> None:
            done = await self._run_one(plan, seconds_left)
            evidence = replace(done, excerpt=self._excerpt(plan, done.output, room))
            finished[plan.number] = evidence
            self._emit(ToolFinished(key=str(plan.number), evidence=evidence))

        try:
            async with anyio.create_task_group() as group:
                for plan in plans:
                    group.start_soon(run_one, plan)
        finally:  # cancelled, what has ended is kept
            for plan in plans:
                self._log.append(finished.get(plan.number) or _interrupted(plan))
        fresh = {id(plan.call) for plan in plans}
        messages = tuple(
            self._message(call, number, repeated=id(call) not in fresh)
            for call, number in zip(calls, numbers, strict=True)
        )
        ran = any(plan.tool for plan in plans)
        outcome: BatchOutcome = "ran" if ran else "refused" if plans else "repeated"
        return BatchResults(messages=messages, numbers=tuple(numbers), outcome=outcome)

    def _message(self, call: ToolCall, number: int, *, repeated: bool) -> ToolMessage:
        evidence = self._log.get(number)
        if evidence is None:
            raise AssertionError(number)  # every number handed out is on record by now
        if repeated:
            self._emit(ToolRepeated(number=number))
            text = prompts.repeated(evidence)
        else:
            text = prompts.tool_message(evidence)
        return ToolMessage(tool_call_id=call.id, name=call.name, content=text)

    def _excerpt(self, plan: Plan, output: ToolOutput, room: int) -> str:
        if plan.call.name == reading.NAME:
            return reading.beginning(output.text, room)
        more = f"{reading.NAME}(number={plan.number}) shows them"
        return excerpt(output.text, room, self._planner.question, more, output.data)

    async def _run_one(self, plan: Plan, seconds_left: float) -> Evidence:
        call, tool = plan.call, plan.tool
        began = time.monotonic()
        if tool is None:
            command = ""
            output = plan.refusal or ToolOutput(status="failed")
        else:
            command = tool.preview(plan.arguments)
        self._emit(
            ToolStarted(
                key=str(plan.number), tool=call.name, arguments=plan.arguments, command=command
            )
        )
        note = plan.note
        if tool is not None:
            output = await _within(tool, plan.arguments, min(tool.timeout, seconds_left), command)
            note = " ".join(filter(None, (note, self._compared(plan, output))))
        return Evidence(
            number=plan.number,
            tool=call.name,
            arguments=plan.arguments,
            output=_noted(output, note),
            excerpt="",  # what is shown of it is for the caller to say
            seconds=time.monotonic() - began,
        )

    def _compared(self, plan: Plan, output: ToolOutput) -> str:
        """Whether the same call gave the same for an earlier question, in a sentence."""
        before = self._log.find(plan.call.name, plan.arguments)
        if before is None or output.status not in {"ok", "no_data"}:
            return ""
        same = (before.output.status, before.output.text) == (output.status, output.text)
        return f"The same as [{before.number}]." if same else f"No longer as in [{before.number}]."


async def _within(tool: Tool, arguments: JsonObject, seconds: float, command: str) -> ToolOutput:
    with anyio.move_on_after(seconds):
        return await tool.run(arguments)
    return ToolOutput(
        status="timeout",
        command=command,
        note=f"It did not finish within {seconds:.0f} s and was ended.",
    )


def _interrupted(plan: Plan) -> Evidence:
    output = ToolOutput(
        status="failed",
        command=plan.tool.preview(plan.arguments) if plan.tool else "",
        note=INTERRUPTED,
    )
    return Evidence(
        number=plan.number,
        tool=plan.call.name,
        arguments=plan.arguments,
        output=output,
        excerpt="",
        seconds=0.0,
    )


def _noted(output: ToolOutput, note: str) -> ToolOutput:
    if not note or output.note.startswith(note):  # a result from the record has it already
        return output
    return replace(output, note=f"{note} {output.note}".strip())
