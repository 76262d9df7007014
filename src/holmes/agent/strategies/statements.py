"""Findings as an answer states them: code's words, each fact once, with its evidence."""

from collections.abc import Mapping, Sequence

from holmes.core.answer import Quote, Statement
from holmes.core.evidence import Evidence
from holmes.core.finding import YOURS, Finding

MOST_STATED = 3
"""Root causes that one answer states; the look's own command prints the rest."""

EXPLAINED = "*In the model's words:* "

_MOST_PODS = 3
_MOST_CHANGES = 2
_STEP = 90  # characters


def statements(
    findings: Sequence[Finding], look: int, confirmed: Mapping[Finding, int]
) -> tuple[Statement, ...]:
    """What code states, in its order: confirmed where a second result showed it, else likely."""
    return tuple(_statement(each, look, confirmed.get(each)) for each in findings)


def markdown(stated: Sequence[Statement], *more: str) -> str:
    """The statements as text, and what is told behind them."""
    return "\n\n".join([*map(_text, stated), *filter(None, more)])


def well(names: Sequence[str], look: int) -> str:
    """What it comes to that a look found nothing wrong with some objects."""
    named = ", ".join(f"**{name}**" for name in names)
    return f"Nothing is wrong with {named}: healthy, and no finding is about it [{look}]."


def left_out(number: int, look: Evidence) -> str:
    """How many findings are not stated, and what prints them; "" for none."""
    found = "finding" if number == 1 else "findings"
    command = look.output.command or look.tool
    return f"{number} more {found}: `{command}` [{look.number}]." if number > 0 else ""


def nothing_found(look: Evidence) -> str:
    """What it comes to that a look found nothing, in the words of the look itself."""
    words = (look.output.text or look.output.note).strip()
    return "\n\n".join(f"{line} [{look.number}]" for line in words.splitlines())


def explain(question: str, findings: Sequence[Finding]) -> str:
    """What the model is asked for once code has stated what it knows."""
    stated = "\n".join(f"- {each.summary}" for each in findings)
    return (
        f"{question}\n\nThe person who asked already reads this, found by checks in code:\n"
        f"{stated}\n\nAdd two or three sentences in the language of the question: what it means "
        "for users, and what to do first. Do not repeat the above, and name no number or value."
    )


def _statement(finding: Finding, look: int, shown: int | None) -> Statement:
    problem, cause = _parts(finding.cause)
    since = f"since {finding.since[11:16]}" if finding.since else ""
    pods = [each.name for each in finding.affected if each.kind == "Pod"]
    more = f" and {len(pods) - _MOST_PODS} more" if len(pods) > _MOST_PODS else ""
    changes = (", ".join(filter(None, (each.said, each.at[11:16])))
               for each in finding.changed[:_MOST_CHANGES])  # fmt: skip
    impact = finding.impact.summary if finding.impact else _steps(finding)
    return Statement(
        text=finding.summary,
        verdict="confirmed" if shown else "likely",
        citations=(look, shown) if shown else (look,),
        quotes=(Quote(evidence=look, lines=finding.evidence[:1]),) if finding.evidence else (),
        object=str(finding.subject),
        problem=" ".join(filter(None, (problem, since))),
        cause=cause,
        pods=f"{', '.join(pods[:_MOST_PODS])}{more}",
        impact=impact,
        changed="; ".join(changes),
        next=(finding.fix and f"{finding.fix}{YOURS}") if shown else finding.next_call.command,
    )


def _steps(finding: Finding) -> str:
    """What comes of a cause, step by step, each to be taken in at a glance."""
    steps = finding.chain[1:4]
    return " → ".join(s if len(s) <= _STEP else f"{s[:_STEP].rstrip()}…" for s in steps)


def _parts(cause: str) -> tuple[str, str]:
    """What is seen and why: a finding's phrase is "what is seen: why", or the latter alone."""
    seen, colon, why = cause.partition(": ")
    whole = seen.count("(") == seen.count(")") and seen.count('"') % 2 == 0
    return (seen, why) if colon and whole and " " in seen else ("", cause)


def _text(stated: Statement) -> str:
    problem = f": {stated.problem}" if stated.problem else ""
    cited = "".join(f"[{number}]" for number in stated.citations)
    command = stated.next.removesuffix(YOURS)
    forms = {
        "cause": f"{stated.cause} {cited}",
        "next": f"`{command}`{stated.next[len(command) :]}",
    }
    facts = (f"- {name}: {forms.get(name, said)}" for name, said in stated.facts)
    return "\n".join([f"**{stated.object}**{problem} ({stated.verdict})", *facts])
