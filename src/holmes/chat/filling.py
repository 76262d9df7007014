"""What fills the context window."""

from collections import Counter
from dataclasses import dataclass

from holmes.agent.budget import ContextBudget
from holmes.agent.loop import Investigation
from holmes.core.messages import AssistantMessage, Message, SystemMessage, ToolMessage

_MOST_TOOLS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Filling:
    """Tokens; `parts` are what, how many, and what more is to say of it."""

    window: int
    reserved: int
    total: int
    parts: tuple[tuple[str, int, str], ...]


def filling(run: Investigation | None) -> Filling:
    """Of a conversation as the next request would hold it; None has not begun."""
    budget = run.talk.budget if run else ContextBudget()
    messages = run.talk.messages if run else ()
    tools = run.tools if run else ()
    total = budget.tokens(messages, tools)
    whole: Counter[str] = Counter()
    results: Counter[str] = Counter()
    for message in messages:
        whole[_kind(message)] += _tokens(message)
        if isinstance(message, ToolMessage):
            results[message.name] += _tokens(message)
    whole["tool definitions"] = ContextBudget().tokens((), tools)
    measured = sum(whole.values()) or 1
    parts = tuple(
        (
            kind,
            whole[kind] * total // measured,
            ", ".join(f"{name} {n * total // measured:,}" for name, n in top(results))
            if kind == "results"
            else "",
        )
        for kind in ("instructions", "tool definitions", "questions", "answers", "results")
    )
    return Filling(window=budget.window, reserved=budget.answer_tokens, total=total, parts=parts)


def top(counts: Counter[str]) -> list[tuple[str, int]]:
    """The largest, and the rest as one."""
    first = counts.most_common(_MOST_TOOLS)
    rest = counts.total() - sum(n for _, n in first)
    return [*first, ("others", rest)] if rest else first


def _tokens(message: Message) -> int:
    return ContextBudget().tokens([message])


def _kind(message: Message) -> str:
    if isinstance(message, SystemMessage):
        return "instructions"
    if isinstance(message, ToolMessage):
        return "results"
    return "answers" if isinstance(message, AssistantMessage) else "questions"
