"""Whether a small model's words about what it was shown can stand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from holmes.agent.strategies.rows import lines_of
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence

if TYPE_CHECKING:
    from holmes.agent.loop import Investigation


def doubtful(answer: Answer) -> bool:
    """Whether anything in it does not agree with the results."""
    return any(each.status in {"unverified", "contradicted"} for each in answer.specifics)


def tells_a_value(answer: Answer) -> bool:
    """Whether anything but names stands in it that a result holds."""
    return any(
        each.status in {"verified", "computed"} and each.kind not in {"name", "pod"}
        for each in answer.specifics
    )


def held(run: "Investigation", answer: Answer, shown: Sequence[Evidence]) -> Answer:
    """The model's words where results hold them; else the lines that were shown, in their words."""
    if answer.state == "answered" and not doubtful(answer):
        return _citing(answer, shown)
    if answer.state != "answered":
        return answer
    parts = {entry.number: lines_of(run.question, entry) for entry in shown}
    cited = tuple(number for number, part in parts.items() if part)
    if not cited:
        return answer
    text = "\n\n".join(parts[number] for number in cited)
    run.emit(events.ModelTextVoid())
    return Answer(text=text, state="answered", citations=cited, gaps=answer.gaps)


def _citing(answer: Answer, shown: Sequence[Evidence]) -> Answer:
    """The answer with what the model was just shown cited, where it cites nothing itself."""
    numbers = tuple(sorted({entry.number for entry in shown if entry.output.status == "ok"}))
    if answer.citations or not numbers:
        return answer
    cited = "".join(f"[{number}]" for number in numbers)
    gap = "\n\n" if answer.text.endswith("```") else " "
    return replace(answer, text=f"{answer.text}{gap}{cited}", citations=numbers)
