"""A small model is led: code looks first and states what it knows; the model chooses and explains.

A small model asked what is wrong describes the first object that it can think of and reads its
cause out of the status (Qwen2.5-Coder-1.5B, 24 Nov 2026); given all findings, it recites them, and
spoils what they say ("targetPort is 80, not 8081: change it to 8081", 29 Nov 2026). So a statement
is the finding's own words, rendered by code, and the model's are marked as explanation beside it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from holmes.agent.strategies.base import Decision, Done, GoOn, StrategyName
from holmes.agent.strategies.intent import asks_what_is_wrong, goes_on
from holmes.agent.strategies.named import Named, by_words, named_in
from holmes.agent.strategies.since import since
from holmes.agent.strategies.statements import (
    MOST_STATED,
    explain,
    nothing_found,
    statements,
    verdicts,
    well,
)
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.finding import Finding
from holmes.core.messages import ToolCall
from holmes.core.tool_output import Findings
from holmes.models.base import ModelReply

if TYPE_CHECKING:
    from holmes.agent.calls import BatchResults
    from holmes.agent.loop import Investigation

MOST_CONFIRMED = 3
"""Findings that are confirmed by a call each before they are stated."""

MOST_FRUITLESS = 2
"""Replies whose calls showed nothing, before code answers from what it found itself."""

MOST_EXPLAINED = 1
"""Findings that the model is asked to explain at once: of three the 1.5B wrote "[1] is a [3] pod
that is [4] and" (the demo, 30 Nov 2026)."""

NEAREST = 3
"""Findings that are stated where no finding is named and the model found nothing itself."""

NOT_ASKED = (
    "The model found nothing itself. This is what checks in code found that is nearest to the "
    "question; it may be about something else."
)


class Guided:
    """Looks first, states what was found, and asks the model for one look or one explanation."""

    name: StrategyName = "guided"

    def __init__(self) -> None:
        self._look: Evidence | None = None
        self._named = Named()
        self._fruitless = 0

    async def begin(self, run: "Investigation") -> Decision:
        """The first look; the end of it, where the question names something that is wrong."""
        run.planner.leave_out_guesses = True
        self._fruitless, self._named = 0, Named()
        run.talk.tell_in_brief()
        before = _last_look(run.evidence)
        found = await self._first_look(run)
        if found is None:
            # Nothing looks by itself here; what the model found before it was led must do.
            had = run.talk.is_under_way
            return Done(answer=await run.conclusion.from_evidence()) if had else GoOn()
        self._named = named = named_in(run.question, found)
        follows = named == Named() and await self._follows(run)
        if follows:
            self._named = named = named_in(run.talk.turns[-1].answer, found)
        if await asks_what_is_wrong(run.talk, follows=follows):
            known = await self._known(run)
            answer = known or await self._all_stated(run, found)
            return Done(answer=self._compared(answer, before, found))
        number = self._number
        if named.findings or named.healthy:
            said = [each.summary for each in named.findings] or [well(named.healthy, number)]
            run.talk.say(f"Found by checks in code [{number}]: {' '.join(said)}")
        return GoOn()

    async def after_words(self, run: "Investigation", reply: ModelReply) -> Decision:
        """Its words are the answer, unless it made up what code looked at."""
        if self._named != Named():
            if run.conclusion.invents_unseen(reply):
                run.emit(events.ModelTextVoid())
                if known := await self._known(run):
                    return Done(answer=replace(known, reason=NOT_ASKED))
            if not run.conclusion.tells_to_look(reply):
                run.talk.told.add(self._number)  # by the words that code put beside the question
        return Done(answer=await run.conclusion.settle(reply))

    async def after_calls(self, run: "Investigation", results: "BatchResults") -> Decision:
        """The answer, once anything was shown: a small model goes on looking for ever."""
        shown = [entry for number in results.numbers if (entry := run.evidence.get(number))]
        for entry in shown:
            if isinstance(entry.output.data, Findings):
                self._look = entry
                return Done(answer=await self._all_stated(run, entry.output.data))
        if any(entry.output.status == "ok" for entry in shown):
            return Done(answer=await run.conclusion.from_evidence())
        self._fruitless += 1
        if self._fruitless < MOST_FRUITLESS:
            return GoOn()
        if known := await self._known(run):
            return Done(answer=replace(known, reason=NOT_ASKED))
        data = self._look.output.data if self._look else None
        if isinstance(data, Findings) and data.findings:
            stated = await self._stated(run, by_words(run.question, data, NEAREST))
            return Done(answer=replace(stated, reason=NOT_ASKED))
        return Done(answer=await run.conclusion.from_evidence())

    async def _follows(self, run: "Investigation") -> bool:
        """Whether a question that names nothing is about what the last answer was about."""
        turns = run.talk.turns
        return bool(turns) and await goes_on(run.talk, turns[-1].question)

    def _compared(self, answer: Answer, before: Evidence | None, found: Findings) -> Answer:
        """The answer, and before it what has changed since the last look in this conversation."""
        then = before.output.data if before else None
        if before is None or not isinstance(then, Findings) or then.scope != found.scope:
            return answer
        about = [
            ref.path for each in self._named.findings for ref in (each.subject, *each.affected)
        ]
        changed = since(then, before.number, found, self._number, [*about, *self._named.healthy])
        if not changed:
            return answer
        cited = tuple(sorted({*answer.citations, before.number, self._number}))
        return replace(answer, text=f"{changed}\n\n{answer.text}", citations=cited)

    @property
    def _number(self) -> int:
        return self._look.number if self._look else 0

    async def _known(self, run: "Investigation") -> Answer | None:
        """What code knows of what the question names; None where it names nothing known."""
        if self._named.findings:
            return await self._stated(run, self._named.findings)
        if self._named.healthy:
            return self._said(run, well(self._named.healthy, self._number))
        return None

    def _said(self, run: "Investigation", text: str) -> Answer:
        """An answer in code's words alone, which are its evidence's."""
        run.emit(events.ModelText(text=text, reasoning=False))
        return Answer(
            text=text, state="answered", citations=(self._look.number,) if self._look else ()
        )

    async def _first_look(self, run: "Investigation") -> Findings | None:
        """What the first tool that finds problems by itself has found; None where there is none."""
        for number, tool in enumerate(run.openings, start=1):
            call = ToolCall(id=f"look{number}", name=tool)
            results = await run.talk.look(call)
            entry = run.evidence.get(results.numbers[0])
            if entry is not None and isinstance(entry.output.data, Findings):
                self._look = entry
                return entry.output.data
        return None

    async def _all_stated(self, run: "Investigation", found: Findings) -> Answer:
        if found.findings:
            return await self._stated(run, found.findings)
        look = self._look
        if look is None:
            return await run.conclusion.from_evidence()
        return self._said(run, nothing_found(look))

    async def _stated(self, run: "Investigation", findings: Sequence[Finding]) -> Answer:
        """The findings in code's words, confirmed where a call can, and the model's explanation."""
        look = self._number
        shown, rest = findings[:MOST_STATED], len(findings) - MOST_STATED
        confirmed = await self._confirm(run, shown[:MOST_CONFIRMED])
        text = statements(shown, look, confirmed, left_out=rest)
        run.emit(events.ModelText(text=f"{text}\n\n", reasoning=False))
        said = await self._explanation(run, shown) if len(shown) <= MOST_EXPLAINED else ""
        checked = run.conclusion.checked(said)
        numbers = {look, *confirmed.values(), *checked.citations}
        return replace(
            checked,
            text=f"{text}\n\n{said}" if said else text,
            citations=tuple(sorted(numbers)),
            statements=verdicts(shown, look, confirmed),
        )

    async def _explanation(self, run: "Investigation", findings: Sequence[Finding]) -> str:
        """What the model adds; nothing where it spoils what was found."""
        run.talk.messages = run.talk.messages[:1]
        run.talk.say(explain(run.question, findings))
        with anyio.move_on_after(run.talk.seconds_left):  # what code knows does not wait for words
            reply = await run.talk.ask((), run.conclusion.live())
            if reply.stop_reason != "length":
                return run.conclusion.explanation(reply.message.content.strip())
        return ""

    async def _confirm(
        self, run: "Investigation", findings: Sequence[Finding]
    ) -> dict[Finding, int]:
        """By finding the number of the result that shows it; the calls run at once."""
        wanted = [each for each in findings if run.has_tool(each.next_call.tool)]
        calls = tuple(
            ToolCall(id=f"check{n}", name=each.next_call.tool, arguments=each.next_call.arguments)
            for n, each in enumerate(wanted, start=1)
        )
        if not calls:
            return {}
        results = await run.talk.look(*calls)
        pairs = zip(wanted, results.numbers, strict=True)
        return {
            each: number
            for each, number in pairs
            if (entry := run.evidence.get(number)) and entry.output.status == "ok"
        }


def _last_look(evidence: EvidenceLog) -> Evidence | None:
    looks = [entry for entry in evidence if isinstance(entry.output.data, Findings)]
    return looks[-1] if looks else None
