"""The investigation: ask the model, run what it calls, until it answers from evidence."""

from collections.abc import Collection, Iterable, Sequence

import anyio

from holmes.agent import prompts, reading, tool_choice
from holmes.agent.calls import INTERRUPTED, CallRunner
from holmes.agent.conclusion import Conclusion
from holmes.agent.conversation import Conversation, Limits
from holmes.agent.excerpts.excerpt import excerpt
from holmes.agent.planning import Planner, guesses_of
from holmes.agent.question import excerpt_of_question, words_of
from holmes.agent.reading import READ_QUESTION, ReadEvidence
from holmes.agent.state import State
from holmes.agent.strategies import choice
from holmes.agent.strategies.base import Decision, Done, Lead, Strategy
from holmes.agent.tool_choice import MoreTools, ToolChoice
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.messages import Image, SystemMessage, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.models.base import Model
from holmes.tools.base import Tool, Toolset

OWN_TOOLS = frozenset({reading.NAME, tool_choice.NAME})
"""Names of tools that every investigation has."""


class Investigation:
    """Questions to one system, one after the other; the next goes on with what was found.

    Parts that strategies use: `question`, `evidence`, `talk` (the conversation), `planner`,
    `conclusion`, `openings` (the tools that find problems by themselves), `histories` (those that
    tell what changed before), `listings` (the tables that can be read whole), `tools` (on offer
    now), `withheld` (names of tools that are not, since code has called them already).
    """

    def __init__(
        self,
        *,
        model: Model,
        toolsets: Sequence[Toolset],
        strategy: Strategy,
        limits: Limits,
        emit: events.EventSink,
        situation: str = "",
    ) -> None:
        enabled = [item for item in toolsets if item.status.state == "enabled"]
        tools = {tool.definition.name: tool for item in enabled for tool in item.tools}
        self.evidence = EvidenceLog()
        self.emit = emit
        self.strategy = strategy
        self.openings = tuple(item.opening for item in enabled if item.opening)
        self.listings = tuple(listing for item in enabled for listing in item.listings)
        self.histories = tuple(item.history for item in enabled if item.history)
        self.withheld: frozenset[str] = frozenset()
        self._limits = limits
        self._reader = ReadEvidence(self.evidence)
        self._choice = ToolChoice(toolsets, always=(self._reader.definition,))
        own: tuple[Tool, ...] = (self._reader, MoreTools(choice=self._choice))
        tools.update((tool.definition.name, tool) for tool in own)
        self._tools = tools
        guesses = guesses_of((item.tools, item.guesses) for item in enabled)
        self.planner = Planner(tools, self.evidence, guesses)
        self._system = prompts.system_prompt(enabled, situation)
        self.talk = Conversation(
            model=model,
            runner=CallRunner(self.planner, self.evidence, emit),
            evidence=self.evidence,
            limits=limits,
            emit=emit,
        )
        self.talk.messages = [SystemMessage(content=self._system)]
        self.talk.refit = self._refit
        self.conclusion = self._concluding("")

    def _refit(self, window: int) -> tuple[ToolDefinition, ...]:
        self._choice.begin(self.question, window)
        return self.tools

    @property
    def question(self) -> str:
        """What is being answered, whole."""
        return self.talk.question

    @property
    def tools(self) -> tuple[ToolDefinition, ...]:
        """What the model may call now."""
        return tuple(each for each in self._choice.offered if each.name not in self.withheld)

    def has_tool(self, name: str) -> bool:
        """Whether a tool of that name can run here, on offer or not."""
        return name in self._tools

    def takes(self, name: str) -> Collection[str]:
        """The names of the arguments that a tool takes."""
        properties = self._tools[name].definition.parameters.get("properties")
        return properties.keys() if isinstance(properties, dict) else ()

    async def run(self, question: str, images: tuple[Image, ...] = ()) -> Answer:
        """Investigate and return the answer; it is also the last event.

        Raises ModelServerError where the server failed; what was found is in the events.
        """
        await self._begin(question, images)
        with anyio.move_on_after(self.talk.deadline.left):
            return self._finish(await self._investigate())
        return self._finish(await self._out_of_time())

    def give_up(self, reason: str) -> Answer:
        """End a question whose `run` was cancelled or failed; what was found stays, and is told."""
        self.talk.drop_unanswered_calls()
        for entry in self.evidence:
            if entry.number > self.planner.since and entry.output.note == INTERRUPTED:
                self.emit(events.ToolFinished(key=str(entry.number), evidence=entry))
            elif entry.number > self.planner.since and entry.number not in self.talk.told:
                self._tell(entry)
        return self._finish(Answer(text="", state="none", reason=reason))

    def share(self, tool: str, output: ToolOutput) -> Evidence:
        """Put what a person found on record, and tell the model; it is cited like any result."""
        number = len(self.evidence) + 1
        excerpt_of = excerpt(output.text, self.talk.budget.question_chars, data=output.data)
        entry = Evidence(
            number=number, tool=tool, arguments={}, output=output, excerpt=excerpt_of, seconds=0.0
        )
        self.evidence.append(entry)
        self.emit(events.ToolFinished(key=str(number), evidence=entry))
        self._tell(entry)
        return entry

    def _tell(self, entry: Evidence) -> None:
        self.talk.say(prompts.tool_message(entry))
        self.talk.told.add(entry.number)

    @property
    def state(self) -> State:
        """Everything that the next question goes on from, but the evidence."""
        return State(
            messages=tuple(self.talk.messages[1:]),
            told=tuple(sorted(self.talk.told)),
            turns=tuple(self.talk.turns),
            strategy=self.strategy.name,
        )

    def go_on_from(
        self, state: State, evidence: Iterable[Evidence] = (), *, step: int | None = None
    ) -> None:
        """Take up a conversation; `evidence` is what this investigation does not have yet."""
        for entry in evidence:
            self.evidence.append(entry)
        self.talk.step = self.talk.step if step is None else step
        self.talk.messages = [*self.talk.messages[:1], *state.messages]
        self.talk.told = set(state.told)
        self.talk.turns = list(state.turns)
        if state.strategy == "guided" and self.strategy.name != "guided":
            self.strategy = choice.guided()

    async def _investigate(self) -> Answer:
        decision = await self.strategy.begin(self)
        for _ in range(self._limits.max_steps):
            if isinstance(decision, Done):
                return decision.answer
            if isinstance(decision, Lead):
                decision = await self._lead(decision)
                continue
            reply = await self.talk.ask(self.tools, self.conclusion.live())
            if reply.message.tool_calls:
                results = await self.talk.run(reply.message, self.tools)
                decision = await self.strategy.after_calls(self, results)
            else:
                decision = await self.strategy.after_words(self, reply)
        if isinstance(decision, Done):
            return decision.answer
        return await self.conclusion.under_limit(f"the limit of {self._limits.max_steps} steps")

    async def open(self) -> None:
        """Learn what the first question needs to know of the model's server."""
        if not self.talk.has_begun:
            await self.talk.begin(self._system)

    async def _begin(self, question: str, images: tuple[Image, ...]) -> None:
        self.planner.since = len(self.evidence)
        await self.open()
        led = self.strategy.name == "guided"
        self._choice.begin(question, self.talk.budget.window, led=led)
        self.talk.start(question, self.tools)
        self._reader.question = self.planner.question = question
        self.conclusion = self._concluding(question)
        room = self.talk.budget.question_chars
        self.talk.say(excerpt_of_question(question, room, READ_QUESTION), images)

    def _concluding(self, question: str) -> Conclusion:
        return Conclusion(question, self.evidence, self.talk, can_look=bool(self.tools))

    async def _lead(self, decision: Lead) -> Decision:
        self.emit(events.Noticed(text=f"The model is led step by step from here: {decision.why}."))
        if decision.said:
            self.talk.take_back(decision.said, prompts.LOOK)
        self.strategy = choice.guided()
        return await self.strategy.begin(self)

    async def _out_of_time(self) -> Answer:
        limit = f"the time limit of {self._limits.seconds:.0f} s"
        if not self.talk.told:
            reason = f"The model was shown nothing before {limit}."
            return Answer(text="", state="none", reason=reason)
        # A server that went silent is silent for this request, too.
        more = max(self._limits.answer_seconds, self._limits.seconds / 2)
        with anyio.move_on_after(more):
            return await self.conclusion.under_limit(limit)
        reason = f"The model wrote no answer within {more:.0f} s after {limit}."
        return Answer(text="", state="none", reason=reason)

    def _finish(self, answer: Answer) -> Answer:
        self.talk.answered(words_of(self.question), answer.text or answer.reason)
        self.emit(events.Answered(answer=answer))
        return answer
