"""A report as text: compact enough for a small model, plain enough for a pipe."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from holmes.core.finding import YOURS, Finding, ObjectRef
from holmes.core.messages import JsonValue
from holmes.kubernetes.target import KubeTarget
from holmes.triage.collect import NotRead, Report
from holmes.triage.drawing import below, step
from holmes.triage.healthy import Healthy
from holmes.triage.logs import both_ends, cut

# Counted in what was looked at, in this order; the rest would only be a longer list.
_COUNTED = {
    "Pod": "pods",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Job": "jobs",
    "Service": "services",
    "PersistentVolumeClaim": "volume claims",
    "Node": "nodes",
    "Event": "events",
}
_MOST_NAMES = 4
# Evidence in the platform's own words: an event, a pod's or another object's status.
_PLATFORM = re.compile(r"(?:event|pod|[A-Z]\w+) ")
_MOST_HEALTHY = 8
_MOST_SYMPTOMS = 5
_FEW = 6
_MOST = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How much is quoted of each finding: lines of evidence, and characters of each line."""

    lines: int
    evidence: int
    step: int


# The whole of a broken cluster has to fit a context window of 4,000 tokens.
BRIEF = Style(lines=1, evidence=95, step=65)
PLAIN = Style(lines=2, evidence=200, step=90)
FULL = Style(lines=6, evidence=300, step=200)


def command(target: KubeTarget) -> str:
    """The command line that a person can run for the same report."""
    parts = ["holmes scan"]
    for flag, value in (
        ("-n", target.namespace),
        ("--context", target.context),
        ("--kubeconfig", "" if target.temporary else target.kubeconfig),
    ):
        parts += [flag, value] if value else []
    return " ".join(parts)


def render(report: Report, style: Style | None = None, *, tree: bool = False) -> str:
    """Every finding in a few lines, worst first, and what was looked at.

    Without a style the quotes are as long as the number of findings allows. As a tree each
    symptom has a line of its own, with who suffers and what changed before.
    """
    chosen = style or (PLAIN if len(report.findings) <= _FEW else BRIEF)
    blocks = [_block(each, report.scope, chosen, tree=tree) for each in report.findings[:_MOST]]
    blocks += _rest(report.findings[_MOST:])
    if report.verdict == "unknown":
        blocks.insert(0, conclusion(report))
    elif not blocks:
        seen = "" if report.unread else ": every object that was looked at is healthy"
        blocks.append(f"{conclusion(report).removesuffix('.')}{seen}.")
    # Of a cluster, too many to list.
    well = _healthy([each for each in report.healthy if each.ready]) if report.scope else []
    return "\n".join([*blocks, *well, looked_at(report)])


def conclusion(report: Report) -> str:
    """What it comes to that no problem was found, in a sentence.

    Nobody may take "nothing was seen" for "nothing is wrong".
    """
    where = f" in namespace {report.scope}" if report.scope else ""
    if report.missed:
        missed = ", ".join(_by_reason(report.missed))
        return f"Whether all is well{where} can't be told, for want of {missed}."
    return f"Nothing is wrong{where}{' in what could be read' if report.unread else ''}."


def _by_reason(unread: Sequence[NotRead]) -> list[str]:
    """What could not be read, one reason said once: an API server that is away fails all lists."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for each in unread:
        by_reason[each.why].append(each.what)
    return [f"{', '.join(what)} ({why})" for why, what in by_reason.items()]


def _healthy(found: Sequence[Healthy]) -> list[str]:
    """The workloads that are well, in one line."""
    more = f" and {len(found) - _MOST_HEALTHY} more" if len(found) > _MOST_HEALTHY else ""
    return [f"healthy: {', '.join(str(each) for each in found[:_MOST_HEALTHY])}{more}"] * bool(
        found
    )


def _rest(findings: Sequence[Finding]) -> list[str]:
    """Where the findings are that are not shown."""
    if not findings:
        return []
    places = sorted({each.namespace or "the cluster" for each in findings})
    return [f"… and {len(findings)} more, in {cut(', '.join(places), 200)}: ask for one namespace."]


def _block(finding: Finding, scope: str, style: Style, *, tree: bool) -> str:
    # No number: a small model would take it for that of a result that it can cite.
    lines = [f"- {finding.summary}"]
    symptoms = symptom_lines(finding, style.step)
    effects = " -> ".join(cut(each, style.step) for each in finding.chain[1:4])
    told = "\n".join(symptoms) if tree else effects
    lines += [f"  {each}" for each in _affected(finding, scope, told)]
    if tree:
        lines += [f"  {each}" for each in (*symptoms, *context_lines(finding))]
    elif effects:
        lines.append(f"  leads to: {effects}")
    shown = [
        _without_pod(line, finding)
        for line in finding.evidence
        if not _is_said(line, finding.cause)
    ]
    lines += [f"  evidence: {_both_ends(line, style.evidence)}" for line in shown[: style.lines]]
    lines.append(f"  check: {finding.next_call.command}")
    if finding.fix and (tree or style is not BRIEF):
        lines.append(f"  fix: {finding.fix}{YOURS}")
    return "\n".join(lines)


def symptom_lines(finding: Finding, limit: int) -> list[str]:
    """A line for each symptom, as deep as it hangs below the root."""
    every = below(finding)
    lines = [f"{'  ' * depth}{step(finding, link, limit)}" for depth, link in every]
    more = [f"  … and {len(every) - _MOST_SYMPTOMS} more"] if len(every) > _MOST_SYMPTOMS else []
    return lines[:_MOST_SYMPTOMS] + more


def context_lines(finding: Finding) -> list[str]:
    """Who suffers, or what still serves, and what changed before."""
    impact = finding.impact
    told = impact and (impact.old or impact.services or impact.ingresses or impact.callers)
    lines = [f"impact: {impact.summary}"] if impact and told else []
    return lines + [f"changed: {each.at[11:16]} {each.said}".replace(":  ", ": ")
                    for each in finding.changed]  # fmt: skip


def _both_ends(line: str, limit: int) -> str:
    """A line without its middle: its place stands first, and a wrapped error's cause last.

    What is quoted of a log was chosen, and begins with what matters.
    """
    return both_ends(line, limit) if _PLATFORM.match(line) else cut(line, limit)


def _without_pod(line: str, finding: Finding) -> str:
    """A line of evidence without the pod's name, where the finding has only that one.

    A generated name is a dozen tokens, and it stands two lines above.
    """
    pods = [ref.name for ref in finding.affected if ref.kind == "Pod"]
    if len(pods) != 1:
        return line
    for where in (f" of {pods[0]}", f" on {pods[0]}", f" {pods[0]}"):
        line = line.replace(where, "", 1)
    return line


def _is_said(line: str, cause: str) -> bool:
    """Whether the cause already quotes what a line of evidence says."""
    quoted = line.split(": ", 1)[-1].removeprefix('"msg": "').rstrip('"').strip()
    return quoted in cause


def _affected(finding: Finding, scope: str, told: str) -> list[str]:
    """Affected objects by kind: pods on a line of their own, by exact name.

    What `told` already names is left out, pods excepted.
    """
    by_kind: dict[str, list[ObjectRef]] = defaultdict(list)
    for ref in finding.affected:
        if ref.kind == "Pod" or f"{ref.kind} {ref.name}" not in told:
            by_kind[ref.kind].append(ref)
    lines = []
    pods = by_kind.pop("Pod", [])
    if pods:
        lines.append(f"pods: {_names(pods, finding, scope)}")
    others = [f"{kind} {_names(found, finding, scope)}" for kind, found in by_kind.items()]
    if others:
        lines.append(f"affects: {'; '.join(others)}")
    return lines


def _names(found: Sequence[ObjectRef], finding: Finding, scope: str) -> str:
    home = finding.namespace or scope
    names = [each.name if each.namespace in {home, ""} else each.path for each in found]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def looked_at(report: Report) -> str:
    """What the report rests on, and what it could not see."""
    counted = [
        _counted(report.counts[kind], plural)
        for kind, plural in _COUNTED.items()
        if report.counts.get(kind)
    ]
    where = (
        f"namespace {report.scope}" if report.scope else _counted(report.namespaces, "namespaces")
    )
    seen = ", ".join([*(counted or ["nothing"]), _counted(report.logs_read, "logs")])
    said = f"looked at: {seen} in {where}"
    if report.logs_skipped:
        said += f"; logs not read: {report.logs_skipped}"
    if report.unread:
        said += f"; could not read: {', '.join(_by_reason(report.unread))}"
    return "\n".join([said, *report.faults])


def _counted(number: int, plural: str) -> str:
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"


def to_json(report: Report) -> dict[str, JsonValue]:
    """The report for programs: every field of every finding."""
    return {
        "verdict": report.verdict,
        "findings": [finding_json(finding) for finding in report.findings],
        "looked_at": {
            "namespace": report.scope,
            "namespaces": report.namespaces,
            "objects": dict(report.counts),
            "logs": report.logs_read,
            "logs_not_read": report.logs_skipped,
            "healthy": [
                {"kind": each.ref.kind, "name": each.ref.name, "said": each.said}
                | ({"ready": each.ready} if each.ready else {})
                for each in report.healthy
            ],
            "could_not_read": [str(each) for each in report.unread],
            "checks_that_failed": list(report.faults),
        },
    }


def finding_json(finding: Finding) -> dict[str, JsonValue]:
    """One finding for programs."""
    told: dict[str, JsonValue] = msgspec.to_builtins(finding)
    return {key: value for key, value in told.items() if key not in {"explained_by", "generic"}}
