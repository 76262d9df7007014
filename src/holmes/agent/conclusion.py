"""From a last reply to an answer: asked again once where it must be, and held against results."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from holmes.agent import prompt
from holmes.agent.shown import ShownText
from holmes.core.answer import Answer
from holmes.core.evidence import EvidenceLog
from holmes.core.messages import AssistantMessage, ToolDefinition
from holmes.models.base import ModelReply

if TYPE_CHECKING:
    from holmes.grounding import Checker

AskForAnswer: TypeAlias = Callable[[AssistantMessage | None, str, ShownText], Awaitable[ModelReply]]
"""(the reply to be mended, if any; what to say about it; the gate for the new text)"""

DATA_CHARS = 400
"""A question longer than this brings data of its own (a file, piped text) that can be reported."""

MOST_LINES = 60
"""Lines of a reply that are shown while it is being written; each is checked with those before."""

_NEXT = (
    "`holmes model check` with the same server and model shows how it can be made to call tools."
)

UNSEEN = "No tool was called: this is what the model says, not what the system shows."

NOTHING_WORKED = "No tool call worked: this is what the model says, not what the system shows."

_UNFIT = f"No tool call of the model could be run, so it saw nothing. {_NEXT}"


class Conclusion:
    """Turns the model's last words about one question into an `Answer`."""

    def __init__(
        self,
        question: str,
        tools: Sequence[ToolDefinition],
        evidence: EvidenceLog,
        ask: AskForAnswer,
    ) -> None:
        self.question = question
        self._tools = tools
        self._evidence = evidence
        self._ask = ask

    @cached_property
    def _checker(self) -> "Checker":
        # Its patterns take 0.1 s to compile; the model is already writing by then.
        from holmes import grounding  # noqa: PLC0415

        return grounding.Checker(self.question, self._evidence)

    def shown(self) -> ShownText:
        """A gate for one reply's text: only lines that say nothing specific without evidence."""
        return ShownText(self._line_check)

    async def from_evidence(self, reason: str = "") -> Answer:
        """Ask once more, without tools, for an answer from what is there."""
        return await self.settle(await self.first_words(), reason)

    async def first_words(self) -> ModelReply:
        """The reply to that request, before it is looked at."""
        return await self._ask(None, self._answer_now(), self.shown())

    async def of_a_meaning(self, reply: ModelReply) -> Answer:
        """The answer to a question about no system: there was nothing to look at."""
        self._tools = ()
        return await self.settle(reply, UNSEEN)

    async def under_limit(self, limit: str) -> Answer:
        """The same where a limit was reached: the answer says so."""
        return await self.from_evidence(f"Written at {limit}; it may be incomplete.")

    async def settle(self, reply: ModelReply, reason: str = "") -> Answer:
        """The answer in this reply, after at most one more request to mend it."""
        if not reply.message.content.strip():
            reply = await self._ask(None, self._answer_now(was_empty=True), self.shown())
        elif reply.stop_reason == "length":
            reply = await self._ask(reply.message, prompt.ANSWER_WAS_CUT, self.shown())
        else:
            reply = await self._founded(reply)
        return self._answer(reply, reason)

    async def _founded(self, reply: ModelReply) -> ModelReply:
        invented = self._checker.review(reply.message.content).invented
        if not invented:
            return reply
        texts = tuple(dict.fromkeys(item.text for item in invented))
        again = await self._ask(reply.message, prompt.unfounded(texts), self.shown())
        return again if again.message.content.strip() else reply

    def _answer(self, reply: ModelReply, reason: str) -> Answer:
        if not reply.message.content.strip():
            unseeing = len(self._evidence) and not self._observed()
            blank = _UNFIT if unseeing else "The model wrote no answer, asked twice."
            return Answer(text="", state="none", reason=blank)
        answer = self.reviewed(reply.message.content, reason)
        if reply.stop_reason == "length":
            cut = "The answer was cut off at the model's output limit, twice."
            return replace(answer, state="none", reason=cut)
        if self._tools and not self._observed():
            return self._unobserved(answer.text, reason)
        return answer

    def reviewed(self, text: str, reason: str = "") -> Answer:
        """The answer in a text as the evidence carries it; `reason` is said beside."""
        from holmes import grounding  # noqa: PLC0415  # see _checker

        answer = self._checker.insisted(text).answer
        # "Nothing is wrong" holds no name and no value that could be marked.
        blind = not answer.citations and grounding.nothing_seen(self._evidence)
        said = (reason, answer.reason, NOTHING_WORKED if blind else "")
        return replace(answer, reason=" ".join(filter(None, said)))

    def _observed(self) -> bool:
        """Whether any call was more than a mistake, which shows nothing of the system."""
        return any(not entry.output.invalid for entry in self._evidence)

    def _unobserved(self, text: str, reason: str) -> Answer:
        """Words that rest on no tool result: never passed off as what the system shows."""
        if len(self._evidence):
            return Answer(text=text, state="none", reason=_UNFIT)
        # Its patterns take 20 ms to compile, and most investigations never get here.
        from holmes.models.tool_syntax.refusal import no_call_made  # noqa: PLC0415

        brought = len(self.question) > DATA_CHARS
        if no_call_made(text, self._tools, observed=brought):
            evaded = f"The model called no tool; what it said is advice, not an answer. {_NEXT}"
            return Answer(text=text, state="none", reason=evaded)
        return Answer(text=text, state="answered", reason=f"{reason} {UNSEEN}".strip())

    def _answer_now(self, *, was_empty: bool = False) -> str:
        statuses = {entry.output.status for entry in self._evidence}
        return prompt.answer_now(was_empty=was_empty, nothing_found=statuses == {"no_data"})

    def _line_check(self) -> Callable[[str], str | None]:
        from holmes import grounding  # noqa: PLC0415  # see _checker

        read: list[str] = []

        def shown(line: str) -> str | None:
            """A line as it will stand in the answer, or None from the first mark on."""
            read.append(grounding.without_dangling(line, self._evidence))
            doubtful = len(read) > MOST_LINES or self._checker.doubts("".join(read))[1]
            return None if doubtful else read[-1]

        return shown
