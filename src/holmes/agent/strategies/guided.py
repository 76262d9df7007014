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

from holmes.agent import prompts
from holmes.agent.strategies.base import Decision, Done, GoOn, StrategyName
from holmes.agent.strategies.beside import Beside, looked_beside, within
from holmes.agent.strategies.confirming import confirm
from holmes.agent.strategies.explanation import in_step
from holmes.agent.strategies.intent import Sort, asks_again_what_is_wrong, goes_on, sort_of
from holmes.agent.strategies.lists import from_tables
from holmes.agent.strategies.named import MOST, Named, named_in, nearest, says_whole, told_of
from holmes.agent.strategies.rows import told_by_code
from holmes.agent.strategies.since import since
from holmes.agent.strategies.statements import (
    EXPLAINED,
    MOST_STATED,
    explain,
    left_out,
    markdown,
    nothing_found,
    statements,
    well,
)
from holmes.agent.strategies.which import chosen, option
from holmes.agent.strategies.words import doubtful, held, tells_a_value
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import ModelServerError
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.finding import Finding
from holmes.core.messages import AssistantMessage, ToolCall
from holmes.core.tool_output import Findings, LogLines, Table
from holmes.models.base import ModelReply

if TYPE_CHECKING:
    from holmes.agent.calls import BatchResults
    from holmes.agent.loop import Investigation

MOST_FRUITLESS = 2
"""Replies whose calls showed nothing, before code answers from what it found itself."""

MOST_EXPLAINED = 1
"""Findings that the model is asked to explain at once: of three the 1.5B wrote "[1] is a [3] pod
that is [4] and" (the demo, 30 Nov 2026)."""

MOST_SHOWN = 2
"""Named objects that are shown whole where a fact is asked: more do not fit into 4,000 tokens."""

NOT_ASKED = (
    "The model found nothing itself. This is what checks in code know of what the question names; "
    "it may be about something else."
)


class Guided:
    """Looks first, states what was found, and asks the model for one look or one explanation."""

    name: StrategyName = "guided"

    def __init__(self) -> None:
        self._look: Evidence | None = None
        self._named = Named()
        self._fruitless = 0
        self._reminded = False
        self._shown: list[Evidence] = []

    async def begin(self, run: "Investigation") -> Decision:
        """The first look; the end of it, where the question asks what is wrong."""
        run.planner.leave_out_guesses = True
        self._fruitless, self._reminded, self._named, self._shown = 0, False, Named(), []
        run.talk.tell_in_brief()
        first = run.openings and not run.talk.turns
        sort = await self._sort_of(run) if first else None
        if sort == "general" and (answer := await self._in_general(run)):
            return Done(answer=answer)
        before = _last_look(run.evidence)
        found = await self._first_look(run)
        if found is None:
            # Nothing looks by itself here; what the model found before it was led must do.
            had = run.talk.is_under_way
            return Done(answer=await run.conclusion.from_evidence()) if had else GoOn()
        self._named = named_in(run.question, found)
        follows = self._named == Named() and await self._follows(run)
        if follows:
            self._named = told_of(run.talk.turns[-1].answer, found)
            sort = "trouble" if await asks_again_what_is_wrong(run.talk) else "facts"
        elif sort is None and (sort := await sort_of(run.talk)) == "general":
            answer = await self._in_general(run)
            if answer:
                return Done(answer=answer)
        if sort == "trouble":
            stated = await self._known(run) if follows else None
            if stated is None:
                beside = await looked_beside(run, self._look, self._named)
                if beside.namespace:
                    self._named = within(self._named, beside.namespace)
                stated = await self._what_is_wrong(run, found, beside)
            return Done(answer=self._compared(stated, before, found))
        return await self._facts(run, found, follows=follows)

    async def _sort_of(self, run: "Investigation") -> Sort:
        """What the question is about; where the server fails, what code finds is found first."""
        try:
            return await sort_of(run.talk)
        except ModelServerError:
            await self._first_look(run)
            raise

    async def _facts(self, run: "Investigation", found: Findings, *, follows: bool) -> Decision:
        """What tables hold, or what a look at the named objects shows; else the model looks."""
        named = self._named
        whole = any(says_whole(run.question, name) for name in found.looks)
        about = self._names if follows else ()
        if answer := await from_tables(run, about, named=whole or follows):
            return Done(answer=answer)
        said = [each.summary for each in named.findings]
        said += [well(named.healthy, self._number)] if named.healthy else []
        if said:
            run.talk.say(f"Found by checks in code [{self._number}]: {' '.join(said)}")
        # A question that goes on asks for more than was shown: "show me its logs".
        if not follows and (calls := self._looks(run, found)):
            results = await run.talk.run(AssistantMessage(tool_calls=calls), run.tools)
            self._shown = [entry for n in results.numbers if (entry := run.evidence.get(n))]
            if answer := await self._from_shown(run):
                return Done(answer=answer)
        return GoOn()

    async def _in_general(self, run: "Investigation") -> Answer | None:
        """The model's answer out of its general knowledge; None where it tells of this system."""
        reply = await run.talk.ask((), run.conclusion.live())
        if run.conclusion.invents_unseen(reply):
            run.talk.take_back(reply.message.content, prompts.LOOK)
            return None
        return await run.conclusion.settle(reply)

    async def _from_shown(self, run: "Investigation") -> Answer | None:
        """The model's answer from what it was shown; None where that does not hold it.

        With tools on offer the 1.5B looks further whatever it was shown: at events, where a limit
        was asked for (30 Nov 2026).
        """
        run.talk.say(prompts.answer_now())
        reply = await run.talk.ask((), run.conclusion.live())
        answer = run.conclusion.annotated(reply)
        if answer.state == "answered" and not doubtful(answer) and tells_a_value(answer):
            return answer
        run.talk.take_back(reply.message.content, prompts.LOOK_FURTHER)
        return None

    async def after_words(self, run: "Investigation", reply: ModelReply) -> Decision:
        """Its words are the answer, unless it made up what code looked at."""
        advises = run.conclusion.tells_to_look(reply)
        if advises and not self._reminded:
            self._reminded = True
            run.talk.take_back(reply.message.content, prompts.LOOK)
            return GoOn()
        if self._named != Named():
            if run.conclusion.invents_unseen(reply):
                run.emit(events.ModelTextVoid())
                if known := await self._known(run):
                    return Done(answer=replace(known, reason=NOT_ASKED))
            if not advises:
                run.talk.told.add(self._number)  # by the words that code put beside the question
        answer = await run.conclusion.settle(reply)
        if answer.state == "none" and (known := await self._known(run)):
            return Done(answer=replace(known, reason=NOT_ASKED))
        return Done(answer=held(run, answer, self._shown))

    async def after_calls(self, run: "Investigation", results: "BatchResults") -> Decision:
        """The answer, once anything was shown: a small model goes on looking for ever."""
        shown = [entry for number in results.numbers if (entry := run.evidence.get(number))]
        for entry in shown:
            if isinstance(entry.output.data, Findings):
                self._look = entry
                return Done(answer=await self._worst(run, entry.output.data))
        if ok := [entry for entry in shown if entry.output.status == "ok"]:
            return Done(answer=await self._told(run, ok))
        self._fruitless += 1
        if self._fruitless < MOST_FRUITLESS:
            return GoOn()
        if known := await self._known(run):
            return Done(answer=replace(known, reason=NOT_ASKED))
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
        more = "\n\n".join(filter(None, (changed, answer.more))) if answer.statements else ""
        return replace(answer, text=f"{changed}\n\n{answer.text}", more=more, citations=cited)

    def _looks(self, run: "Investigation", found: Findings) -> tuple[ToolCall, ...]:
        """The calls that show all of what a question names by its whole name.

        Asked for the image of a Deployment, the 1.5B lists the pods, which show none (30 Nov 2026).
        """
        names = dict.fromkeys((*self._names, *found.looks))
        whole = (name for name in names if says_whole(run.question, name))
        looks = [found.looks[name] for name in whole if name in found.looks]
        return tuple(
            ToolCall(id=f"facts{n}", name=each.tool, arguments=each.arguments)
            for n, each in enumerate(looks[:MOST_SHOWN], start=1)
            if run.has_tool(each.tool)
        )

    @property
    def _names(self) -> list[str]:
        return [*(each.subject.path for each in self._named.findings), *self._named.healthy]

    @property
    def _number(self) -> int:
        return self._look.number if self._look else 0

    async def _what_is_wrong(self, run: "Investigation", found: Findings, beside: Beside) -> Answer:
        """What code knows of what is named, else what the model takes the question to be about."""
        wrong, healthy = self._named.findings, self._named.healthy
        whole, many = self._named.whole, len(found.findings) > MOST_STATED
        if (
            (wrong and healthy)
            or (len(wrong) > 1 and not whole)
            or (self._named == Named() and many)
        ):
            near = () if whole else nearest(run.question, found)
            wrong = tuple(dict.fromkeys((*wrong, *near)))[: MOST - len(healthy)]
            await self._choose(run, wrong, healthy)
        answer = await self._known(run) or await self._worst(run, found)
        return self._with(run, answer, beside) if beside.citations else answer

    def _with(self, run: "Investigation", answer: Answer, beside: Beside) -> Answer:
        """The answer behind what further looks showed."""
        shown = markdown(beside.statements, beside.text)
        own = answer.statements
        objects = answer.more
        if not own:  # that nothing is wrong is not so any more
            run.emit(events.ModelTextVoid())
            objects = f"No check of objects found anything about it [{self._number}]."
        run.emit(events.ModelText(text=f"\n\n{shown}", reasoning=False))
        stated = (*own, *beside.statements)
        more = "\n\n".join(filter(None, (beside.text, objects)))
        said = f"{EXPLAINED}{answer.explanation}" if answer.explanation else ""
        return replace(
            answer,
            text=markdown(stated, more, said),
            citations=tuple(sorted({*answer.citations, *beside.citations})),
            statements=stated,
            more=more,
        )

    async def _choose(
        self, run: "Investigation", wrong: Sequence[Finding], healthy: Sequence[str]
    ) -> None:
        """State first what the model is sure that the question is about; all else where it isn't.

        What the question names by a part stays: asked for "the ledger database", the 1.5B chose
        Deployment ledger over the claim of ledger-db in both orders (30 Nov 2026).
        """
        options = [*map(option, wrong), *(f"{each} is healthy" for each in healthy)]
        places = await chosen(run.talk, options)
        if not places:
            return
        meant = tuple(wrong[place] for place in places if place < len(wrong))
        named = () if healthy else self._named.findings
        self._named = Named(
            findings=tuple(dict.fromkeys((*meant, *named))),
            healthy=tuple(healthy[p - len(wrong)] for p in places if p >= len(wrong))
            or (*healthy,),
        )

    async def _known(self, run: "Investigation") -> Answer | None:
        """What code knows of what the question names; None where it names nothing known."""
        healthy = well(self._named.healthy, self._number) if self._named.healthy else ""
        if self._named.findings:
            return await self._stated(run, self._named.findings, healthy)
        return self._said(run, healthy) if healthy else None

    def _said(self, run: "Investigation", text: str) -> Answer:
        """An answer in code's words alone, which are its evidence's."""
        run.emit(events.ModelText(text=text, reasoning=False))
        return Answer(
            text=text, state="answered", citations=(self._look.number,) if self._look else ()
        )

    async def _told(self, run: "Investigation", shown: Sequence[Evidence]) -> Answer:
        """What a look showed: a table or log in code's words, and the model's where they hold."""
        answer = await run.conclusion.from_evidence()
        table = next((e for e in shown if isinstance(e.output.data, Table | LogLines)), None)
        rows = told_by_code(run.question, table) if table else ""
        if table is None or not rows or answer.state != "answered":
            return held(run, answer, [*shown, *self._shown])
        if doubtful(answer):
            return Answer(text=rows, state="answered", citations=(table.number,), gaps=answer.gaps)
        cited = tuple(sorted({table.number, *answer.citations}))
        text = f"{rows}\n\n{EXPLAINED}{answer.text}"
        return replace(answer, text=text, citations=cited, explanation=answer.text)

    async def _first_look(self, run: "Investigation") -> Findings | None:
        """What the first tool that finds problems by itself has found; None where there is none."""
        for number, tool in enumerate(run.openings, start=1):
            call = ToolCall(id=f"look{number}", name=tool)
            results = await run.talk.look(call)
            entry = run.evidence.get(results.numbers[0])
            if entry is not None and isinstance(entry.output.data, Findings):
                self._look = entry
                run.withheld = frozenset({tool})
                return entry.output.data
        return None

    async def _worst(self, run: "Investigation", found: Findings) -> Answer:
        """The first root causes, and how many more there are."""
        look = self._look
        if look is None:
            return await run.conclusion.from_evidence()
        if not found.findings:
            return self._said(run, nothing_found(look))
        more = left_out(len(found.findings) - MOST_STATED, look)
        return await self._stated(run, found.findings, more)

    async def _stated(
        self, run: "Investigation", findings: Sequence[Finding], more: str = ""
    ) -> Answer:
        """The findings in code's words, confirmed where a call can, and the model's explanation."""
        look, findings = self._number, findings[:MOST_STATED]
        confirmed = await confirm(run, findings)
        stated = statements(findings, look, confirmed)
        text = markdown(stated, more)
        run.emit(events.ModelText(text=f"{text}\n\n", reasoning=False))
        said = await self._explanation(run, findings) if len(findings) <= MOST_EXPLAINED else ""
        checked = run.conclusion.checked(said)
        return replace(
            checked,
            text=markdown(stated, more, f"{EXPLAINED}{said}" if said else ""),
            citations=tuple(sorted({look, *confirmed.values(), *checked.citations})),
            statements=stated,
            more=more,
            explanation=said,
        )

    async def _explanation(self, run: "Investigation", findings: Sequence[Finding]) -> str:
        """What the model adds; nothing where it spoils what was found."""
        run.talk.messages = run.talk.messages[:1]
        run.talk.say(explain(run.question, findings))
        with anyio.move_on_after(run.talk.seconds_left):  # what code knows does not wait for words
            reply = await run.talk.ask((), run.conclusion.live())
            if reply.stop_reason != "length":
                said = run.conclusion.explanation(reply.message.content.strip())
                return self._in_step(said, findings[0])
        return ""

    def _in_step(self, said: str, finding: Finding) -> str:
        data = self._look.output.data if self._look else None
        if self._look is None or not isinstance(data, Findings):
            return said
        others = [each.name for each in data.findings if each is not finding]
        return in_step(said, finding, [*others, *data.healthy], self._look.output.text)


def _last_look(evidence: EvidenceLog) -> Evidence | None:
    looks = [entry for entry in evidence if isinstance(entry.output.data, Findings)]
    return looks[-1] if looks else None
