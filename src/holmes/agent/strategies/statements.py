"""Findings as an answer states them: code's words, each fact once, with its evidence."""

from collections.abc import Mapping, Sequence

from holmes.core.answer import Quote, Statement
from holmes.core.evidence import Evidence
from holmes.core.finding import Finding

MOST_STATED = 12
"""Findings that one answer states; `holmes scan` has the rest."""

_MOST_PODS = 3


def statements(
    findings: Sequence[Finding],
    look: int,
    confirmed: Mapping[Finding, int],
    *,
    left_out: int = 0,
) -> str:
    """Markdown: for each finding the object and cause, what shows it, and what to look at next."""
    brief = len(findings) > _MOST_PODS
    blocks = [_statement(each, look, confirmed.get(each), brief=brief) for each in findings]
    if left_out > 0:
        blocks.append(f"… and {left_out} more findings: `holmes scan` lists them all.")
    return "\n\n".join(blocks)


def verdicts(
    findings: Sequence[Finding], look: int, confirmed: Mapping[Finding, int]
) -> tuple[Statement, ...]:
    """The same as statements: confirmed where a second result showed it, else likely."""
    return tuple(
        Statement(
            text=each.summary,
            verdict="confirmed" if each in confirmed else "likely",
            citations=(look, confirmed[each]) if each in confirmed else (look,),
            quotes=(Quote(evidence=look, lines=each.evidence[:1]),) if each.evidence else (),
            in_text=True,
        )
        for each in findings
    )


def well(names: Sequence[str], look: int) -> str:
    """What it comes to that a look found nothing wrong with some objects."""
    named = ", ".join(f"**{name}**" for name in names)
    return f"Nothing is wrong with {named}: healthy, and no finding is about it [{look}]."


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
        "for users, and what to do first. Do not repeat the above, and change no name or value."
    )


def _statement(finding: Finding, look: int, shown: int | None, *, brief: bool) -> str:
    cited = f"[{look}]" + (f"[{shown}]" if shown else "")
    verdict = "confirmed" if shown else "likely"
    lines = [f"**{finding.subject}**: {finding.cause} {cited} ({verdict})"]
    steps = finding.chain[1:4]
    if steps:
        lines.append(f"- leads to: {' → '.join(steps)}")
    pods = [each.name for each in finding.affected if each.kind == "Pod"]
    if pods:
        more = f" and {len(pods) - _MOST_PODS} more" if len(pods) > _MOST_PODS else ""
        lines.append(f"- pods: {', '.join(pods[:_MOST_PODS])}{more}")
    if finding.evidence and not brief:
        lines.append(f"- evidence: {finding.evidence[0]}")
    lines.append(f"- look: `{finding.next_call.command}`")
    return "\n".join(lines)
