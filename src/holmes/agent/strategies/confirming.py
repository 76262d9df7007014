"""A second result for what a check found: the one call that shows it, run by code."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from holmes.agent.strategies.values import shown_in
from holmes.core.finding import Finding
from holmes.core.messages import ToolCall

if TYPE_CHECKING:
    from holmes.agent.loop import Investigation


async def confirm(run: "Investigation", findings: Sequence[Finding]) -> Mapping[Finding, int]:
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
        if (entry := run.evidence.get(number))
        and entry.output.status == "ok"
        and shown_in(each, entry.output.text)
    }
