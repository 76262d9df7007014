"""The investigation: ask the model, run what it calls, until it answers from evidence."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import anyio

from holmes.agent import prompt
from holmes.agent.budget import ContextBudget, Deadline
from holmes.agent.calls import BatchOutcome, CallRunner, Narrow
from holmes.agent.conclusion import Conclusion
from holmes.agent.enough import (
    asks_for_a_meaning,
    denies,
    holds_what_was_asked,
    only_says_what_failed,
)
from holmes.agent.leading import ANSWERING_WINDOW, SMALL_WINDOW, led_window
from holmes.agent.opening import (
    complains,
    narrowed,
    opening_calls,
    settles,
    unexplained,
)
from holmes.agent.planning import Planner, guesses_of
from holmes.agent.question import excerpt_of_question
from holmes.agent.reading import READ_QUESTION, ReadEvidence
from holmes.agent.shown import ShownText
from holmes.agent.tool_choice import MoreTools, ToolChoice
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import ContextOverflow
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from holmes.kubernetes.target import KubeTarget
from holmes.models.base import Model, ModelReply, ModelRequest
from holmes.tools.base import Tool, Toolset

MAX_OVERFLOWS = 3
"""Times that one request is shrunk and sent again before the overflow is final."""

TOOLS_END_EARLY = 2.0
"""Seconds before the time limit at which running tools are ended."""

MOST_CALLS = 24
"""Calls of one reply that are run; what comes after them is counting, not looking."""

MAX_REFUSED_STEPS = 3
"""Steps in a row in which no call was valid before an answer is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one investigation may take.

    max_steps       requests with tools at most
    seconds         for the whole; then an answer is asked for from what is there
    answer_seconds  for that answer at least; half of `seconds` where that is more
    window          tokens at most
    """

    max_steps: int = 20
    seconds: float = 900.0
    answer_seconds: float = 60.0
    window: int | None = None


class Investigation:
    """One question, from the first request to the answer; make a new one for the next."""

    def __init__(
        self,
        *,
        model: Model,
        toolsets: Sequence[Toolset],
        kube: KubeTarget,
        limits: Limits,
        emit: events.EventSink,
    ) -> None:
        self._toolsets = toolsets
        enabled = [item for item in toolsets if item.status.state == "enabled"]
        tools = {tool.definition.name: tool for item in enabled for tool in item.tools}
        self.evidence = EvidenceLog()
        self._model = model
        self._emit = emit
        self._reader = ReadEvidence(self.evidence)
        self._choice = ToolChoice(toolsets, always=(self._reader.definition,))
        self._system = SystemMessage(content=prompt.system_prompt(enabled, kube))
        own: tuple[Tool, ...] = (self._reader, MoreTools(choice=self._choice))
        tools.update((tool.definition.name, tool) for tool in own)
        self._openings = {item.opening for item in enabled if item.opening}
        guesses = guesses_of((item.tools, item.guesses) for item in enabled)
        self._planner = Planner(tools, self.evidence, guesses)
        self._runner = CallRunner(self._planner, self.evidence, emit)
        self._budget = ContextBudget()
        self._limits = limits
        self._deadline = Deadline(seconds=limits.seconds)
        self._messages: list[Message] = []
        self._step = 0
        self._sent_on = False
        self._look: Evidence | None = None

    async def run(self, question: str) -> Answer:
        """Investigate and return the answer; it is also the last event.

        Raises ModelServerError where the server failed; what was found has been emitted by then.
        """
        if (window := await self._model.context_window()) is not None:
            self._budget.window = window
        if self._limits.window is not None:
            self._budget.window = min(self._budget.window, self._limits.window)
        self._choice.begin(question, self._budget.window)
        self._reader.question = self._planner.question = question
        self._planner.led = self._led_window <= SMALL_WINDOW
        asked = excerpt_of_question(question, self._budget.question_chars, READ_QUESTION)
        self._messages = [self._system, UserMessage(content=asked)]
        conclusion = Conclusion(question, self._choice.offered, self.evidence, self._ask_for_answer)
        with anyio.move_on_after(self._deadline.left):
            answer = await self._investigate(conclusion)
            return self._finish(answer)
        return self._finish(await self._out_of_time(conclusion))

    @property
    def _led_window(self) -> int:
        return led_window(self._model.name, self._budget.window)

    async def _open(self, question: str) -> bool:
        """Look before the model does; whether what was found is enough to answer from."""

        def narrow(found: str) -> str:
            return narrowed(question, found, self._led_window)

        for call in opening_calls(question, self._toolsets, self._led_window):
            await self._run_calls(AssistantMessage(tool_calls=(call,)), narrow)
            latest = self.evidence.get(len(self.evidence))
            if latest is not None and latest.output.status in {"ok", "no_data"}:
                self._look = latest
                # Offered still, it would be called again at once.
                self._choice.withdraw(call.name)
                clean = latest.output.status == "no_data"
                return settles(question, latest.output.text, self._led_window, clean=clean)
        return False

    def _completed(self, conclusion: Conclusion, answer: Answer) -> Answer:
        """The answer with the findings of the first look that it leaves out, quoted."""
        look = self._look
        missed = unexplained(conclusion.question, look.output.text, answer.text) if look else []
        if answer.state != "answered" or look is None or not missed:
            return answer
        added = "\n".join(["", "", f"Also found [{look.number}]:", "", *missed])
        self._emit(events.ModelText(text=added, reasoning=False))
        return conclusion.reviewed(answer.text + added, answer.reason)

    async def _investigate(self, conclusion: Conclusion) -> Answer:
        if self._led_window <= ANSWERING_WINDOW and asks_for_a_meaning(conclusion.question):
            return await conclusion.of_a_meaning(await self._ask((), conclusion.shown()))
        if await self._open(conclusion.question):
            return self._completed(conclusion, await conclusion.from_evidence())
        refused = 0
        for _ in range(self._limits.max_steps):
            reply = await self._ask(self._choice.offered, conclusion.shown())
            if not reply.message.tool_calls:
                if self._gives_up(reply):
                    continue
                return await conclusion.settle(reply)
            self._emit(events.ModelTextVoid())
            outcome = await self._run_calls(reply.message)
            if outcome == "repeated":
                # A model that asks for what it already has is done looking (small ones go on
                # asking for ever: Qwen2.5-Coder-1.5B, 24 Nov 2026).
                return self._completed(conclusion, await conclusion.from_evidence())
            if outcome == "ran" and (answer := await self._early_answer(conclusion)):
                return answer
            refused = refused + 1 if outcome == "refused" else 0
            if refused >= MAX_REFUSED_STEPS:
                return await conclusion.under_limit(f"{refused} invalid calls in a row")
        return await conclusion.under_limit(f"the limit of {self._limits.max_steps} steps")

    def _gives_up(self, reply: ModelReply) -> bool:
        """Whether a small model gives an error for its answer: it is asked, once, to go on."""
        if self._sent_on or self._led_window > SMALL_WINDOW:
            return False
        if not only_says_what_failed(reply.message.content, self.evidence):
            return False
        self._look_further(reply, prompt.NOTHING_WORKED)
        return True

    def _look_further(self, reply: ModelReply, words: str) -> None:
        self._sent_on = True
        self._emit(events.ModelTextVoid())
        self._messages += [reply.message, UserMessage(content=words)]

    async def _early_answer(self, conclusion: Conclusion) -> Answer | None:
        """The answer, once results hold what was asked; None where a small model should go on."""
        question = conclusion.question
        if self._led_window > ANSWERING_WINDOW or self._sent_on or complains(question):
            return None
        if not holds_what_was_asked(question, self.evidence):
            return None
        reply = await conclusion.first_words()
        if not denies(reply.message.content):
            return await conclusion.settle(reply)
        self._look_further(reply, prompt.LOOK_FURTHER)
        return None

    async def _out_of_time(self, conclusion: Conclusion) -> Answer:
        limit = f"the time limit of {self._limits.seconds:.0f} s"
        if not len(self.evidence):
            return Answer(text="", state="none", reason=f"Nothing was found before {limit}.")
        # A server that went silent is silent for this request, too.
        more = max(self._limits.answer_seconds, self._limits.seconds / 2)
        with anyio.move_on_after(more):
            return await conclusion.under_limit(limit)
        reason = f"The model wrote no answer within {more:.0f} s after {limit}."
        return Answer(text="", state="none", reason=reason)

    async def _run_calls(
        self, message: AssistantMessage, narrow: Narrow | None = None
    ) -> BatchOutcome:
        calls = message.tool_calls[:MOST_CALLS]
        if len(message.tool_calls) > MOST_CALLS:
            asked = f"The model made {len(message.tool_calls)} calls at once"
            self._emit(events.Noticed(text=f"{asked}: the first {MOST_CALLS} were run."))
        self._messages.append(replace(message, tool_calls=calls))
        room = self._budget.excerpt_chars(len(calls), self._messages, self._choice.offered)
        # Tools end before the investigation does, so that what they gave is on record in time.
        seconds_left = max(1.0, self._deadline.left - TOOLS_END_EARLY)
        results = await self._runner.run(calls, room=room, seconds_left=seconds_left, narrow=narrow)
        self._messages.extend(self._advised(message) for message in results.messages)
        await self._calibrate(results.messages)
        return results.outcome

    def _advised(self, result: ToolMessage) -> ToolMessage:
        """What the checks found, with the advice to confirm it: a small model answers from it."""
        if (
            self._planner.led
            or result.name not in self._openings
            or "check: " not in result.content
        ):
            return result
        return replace(result, content=f"{result.content}\n{prompt.CONFIRM}")

    async def _calibrate(self, results: Sequence[ToolMessage]) -> None:
        """Where there is little room, learn from the server what results are in tokens."""
        if self._budget.window <= SMALL_WINDOW:
            text = "\n".join(message.content for message in results)
            self._budget.counted(text, await self._model.count_tokens(text))

    async def _ask_for_answer(
        self, refused: AssistantMessage | None, instruction: str, shown: ShownText
    ) -> ModelReply:
        """One request without tools: what is left for the model is to answer in words."""
        last = self._messages[-1]
        if isinstance(last, AssistantMessage) and last.tool_calls:
            # Its calls were cut off by the time limit; servers refuse a call without its result.
            self._messages.pop()
        if refused is not None and refused.content.strip():
            self._emit(events.ModelTextVoid())
            self._messages.append(AssistantMessage(content=refused.content))
        self._messages.append(UserMessage(content=instruction))
        return await self._ask((), shown)

    async def _ask(self, tools: tuple[ToolDefinition, ...], shown: ShownText) -> ModelReply:
        for attempt in range(MAX_OVERFLOWS + 1):
            self._messages, cut = self._budget.fit(self._messages, tools, self._planner.question)
            if cut:
                self._emit(events.Noticed(text="Older results were shortened to fit the context."))
            try:
                return await self._send(tools, shown)
            except ContextOverflow as overflow:
                if attempt == MAX_OVERFLOWS:
                    raise
                self._budget.overflowed(overflow.window)
        raise AssertionError("unreachable")

    async def _send(self, tools: tuple[ToolDefinition, ...], shown: ShownText) -> ModelReply:
        self._step += 1
        waiting = events.ModelWaiting(
            step=self._step,
            model=self._model.name,
            address=self._model.address,
            tools_offered=len(tools),
        )
        self._emit(waiting)
        self._budget.sent(self._messages, tools)
        request = ModelRequest(
            messages=tuple(self._messages), tools=tools, max_tokens=self._budget.answer_tokens
        )
        began = time.monotonic()
        reply = await self._model.complete(request, shown.sink(self._emit))
        self._budget.learn(reply.usage)
        shown.close(self._emit, reply.message.content)
        seconds = time.monotonic() - began
        self._emit(events.ModelReplied(step=self._step, usage=reply.usage, seconds=seconds))
        return reply

    def _finish(self, answer: Answer) -> Answer:
        self._emit(events.Answered(answer=answer))
        return answer
