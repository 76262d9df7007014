"""From a last reply to an answer: an empty or cut-off one is asked for again, others annotated."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from holmes.agent import prompts
from holmes.agent.conversation import Conversation
from holmes.agent.live_text import LiveText
from holmes.core.answer import Answer
from holmes.core.evidence import EvidenceLog
from holmes.models.base import ModelReply

if TYPE_CHECKING:
    from holmes.grounding import Checker

_CODE = re.compile(r"`([^`\n]+)`")

UNSEEN = "No tool was called: this is what the model says, not what the system shows."
NOTHING_WORKED = "No tool call worked: this is what the model says, not what the system shows."
NOT_LOOKED = (
    "The model called no tool; what it said of the system is made up. `holmes model check` with "
    "the same server and model shows how it can be made to call tools."
)
UNFIT = (
    "No tool call of the model could be run, so it saw nothing. `holmes model check` with the same "
    "server and model shows how it can be made to call tools."
)
_SILENT = "The model wrote no answer, asked twice."
_ONLY_THOUGHT = (
    "The model used up its output limit by thinking, twice, and wrote no answer. Give it a longer "
    "limit on the server, or less to think about."
)
_CUT = "The answer was cut off at the model's output limit, twice."


class Conclusion:
    """Turns the model's last words about one question into an `Answer`."""

    def __init__(
        self, question: str, evidence: EvidenceLog, conversation: Conversation, *, can_look: bool
    ) -> None:
        self._question = question
        self._can_look = can_look
        self._evidence = evidence
        self._talk = conversation

    @cached_property
    def checker(self) -> "Checker":
        """What holds answers against the evidence."""
        # Its patterns take a moment to compile; the model is already writing by then.
        from holmes.grounding import Checker  # noqa: PLC0415

        return Checker(self._question, self._evidence)

    def live(self) -> LiveText:
        """What is shown of a reply while it is written."""
        return LiveText(self._invents)

    async def from_evidence(self, reason: str = "") -> Answer:
        """Ask once more, without tools, for an answer from what is there."""
        self._talk.drop_unanswered_calls()
        self._talk.say(self._answer_now())
        return await self.settle(await self._talk.ask((), self.live()), reason)

    async def under_limit(self, limit: str) -> Answer:
        """The same where a limit was reached: the answer says so."""
        return await self.from_evidence(f"Written at {limit}; it may be incomplete.")

    async def settle(self, reply: ModelReply, reason: str = "") -> Answer:
        """The answer in this reply, after at most one more request to mend it."""
        said = reply.message.content
        if (told := self._to_be_mended(reply)) is None:
            return self.annotated(reply, reason)
        if said.strip():
            self._talk.take_back(said, told)
        else:
            self._talk.say(told)
        again = await self._talk.ask((), self.live())
        better = again if again.message.content.strip() or not said.strip() else reply
        return self.annotated(better, reason)

    def annotated(self, reply: ModelReply, reason: str = "") -> Answer:
        """The answer as it stands, with what the evidence says of it beside its words."""
        if not reply.message.content.strip():
            return Answer(text="", state="none", reason=self._why_nothing(reply))
        from holmes.grounding import nothing_seen  # noqa: PLC0415  # see checker

        answer = self.checker.insisted(reply.message.content).answer
        told = [entry for entry in self._evidence if entry.number in self._talk.told]
        unseen = (NOTHING_WORKED if nothing_seen(told) else "") if told else UNSEEN
        answer = replace(answer, reason=" ".join(filter(None, (reason, answer.reason, unseen))))
        if reply.stop_reason == "length":
            return replace(answer, state="none", reason=_CUT)
        if told and all(entry.output.invalid for entry in told):
            return replace(answer, state="none", reason=UNFIT)
        if self.invents_unseen(reply):
            return replace(answer, state="none", reason=NOT_LOOKED)
        return answer

    def checked(self, text: str) -> Answer:
        """An answer that code wrote, or wrote in part."""
        return self.checker.review(text).answer

    def _invents(self, line: str) -> bool:
        return any(item.invented for item in self.checker.doubts(line)[0])

    @property
    def unseeing(self) -> bool:
        """Whether the model could look and has been shown nothing."""
        return self._can_look and not self._talk.told

    def invents_unseen(self, reply: ModelReply) -> bool:
        """Whether a reply tells of this system what only a look can show, and there was none."""
        return self.unseeing and bool(self.checker.review(reply.message.content).invented)

    def tells_to_look(self, reply: ModelReply) -> bool:
        """Whether it tells the person to run what the model can run itself: a reading command."""
        if not self.unseeing:
            return False
        from holmes.policy import reads_only  # noqa: PLC0415  # only where nothing was seen

        return any(reads_only(line) for line in commands_in(reply.message.content))

    def explanation(self, said: str) -> str:
        """What may stand beside the words of code; "" where it says what no result holds."""
        from holmes.grounding import without_dangling  # noqa: PLC0415  # see checker

        specifics = self.checker.review(said).answer.specifics
        spoils = any(each.status not in {"verified", "computed"} for each in specifics)
        return "" if spoils else without_dangling(said, self._evidence)

    def _to_be_mended(self, reply: ModelReply) -> str | None:
        """What to tell the model about its reply, None where it can stand."""
        content = reply.message.content
        if not content.strip():
            cut = reply.stop_reason == "length"
            return prompts.ONLY_THOUGHT if cut else self._answer_now(was_empty=True)
        if reply.stop_reason == "length":
            return prompts.ANSWER_WAS_CUT
        found = self.checker.review(content).invented
        texts = tuple(dict.fromkeys(item.text for item in found))
        return prompts.invented(texts) if texts else None

    def _why_nothing(self, reply: ModelReply) -> str:
        if len(self._evidence) and all(entry.output.invalid for entry in self._evidence):
            return UNFIT
        # Hosted models think where nobody sees it: before the first word there is nothing else.
        return _ONLY_THOUGHT if reply.stop_reason == "length" else _SILENT

    def _answer_now(self, *, was_empty: bool = False) -> str:
        statuses = {entry.output.status for entry in self._evidence}
        return prompts.answer_now(was_empty=was_empty, nothing_found=statuses == {"no_data"})


def commands_in(text: str) -> Iterator[str]:
    """Lines of fenced code, and what stands in code quotes."""
    for number, part in enumerate(text.split("```")):
        if number % 2:
            yield from part.splitlines()[1:]
        else:
            yield from _CODE.findall(part)
