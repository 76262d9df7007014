"""What is wrong with a server, as its own figures tell: the typed result of a toolset's opening."""

from collections.abc import Sequence

from holmes.core.finding import Finding, NextCall
from holmes.core.tool_output import Findings, ToolOutput


def problem(
    check: str, kind: str, name: str, cause: str, next_call: NextCall, evidence: Sequence[str] = ()
) -> Finding:
    """A finding about something that is no Kubernetes object: a session, a queue, a server."""
    return Finding(
        check=check, severity="critical", kind=kind, namespace="", name=name, cause=cause,
        next_call=next_call, evidence=tuple(evidence),
    )  # fmt: skip


def problems_output(found: Sequence[Finding], *, command: str, nothing: str) -> ToolOutput:
    """The problems, worst first; `nothing` says what was looked at where there is none."""
    lines = [
        line
        for each in found
        for line in (f"- {each.summary}", *(f"  evidence: {said}" for said in each.evidence))
    ]
    return ToolOutput(
        status="ok" if found else "no_data",
        text="".join(f"{line}\n" for line in lines),
        command=command,
        note="" if found else nothing,
        data=Findings(findings=tuple(found)),
    )
