"""From what the checks found to one finding per root cause, worst first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from holmes.core.finding import SEVERITIES, Finding, Link, ObjectRef
from holmes.triage.relations import relation

_MOST_EVIDENCE = 6
_MOST_STEPS = 6
_SAME_END = 50


def rank(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Merge each symptom into the finding that explains it; the worst come first.

    A finding is a symptom when an object in its `explained_by` is the subject of another finding,
    or one that the other affects. Symptoms of symptoms end up with the same root.
    """
    every = sorted(dict.fromkeys(findings), key=_order)
    upstream = _upstream(every)
    members: dict[Finding, list[tuple[int, Finding]]] = {}
    for finding in every:
        root, depth = _root(finding, upstream, every)
        found = members.setdefault(root, [])
        if finding is not root:
            found.append((depth, finding))
    merged = [_merge(root, symptoms) for root, symptoms in members.items()]
    return tuple(sorted(merged, key=_order))


def _order(finding: Finding) -> tuple[int, bool, int, str, str, str, str]:
    return (
        SEVERITIES.index(finding.severity),
        bool(finding.namespace),  # what breaks a whole cluster comes before a namespace's troubles
        -len(finding.affected),
        finding.namespace,
        finding.name,
        finding.kind,
        finding.check,
    )


def _upstream(every: Sequence[Finding]) -> dict[Finding, Finding]:
    """For each symptom, the finding that explains it best."""
    about: dict[ObjectRef, list[Finding]] = defaultdict(list)
    for finding in every:
        for ref in dict.fromkeys((finding.subject, *finding.affected)):
            about[ref].append(finding)
    found = {}
    for finding in every:
        causes = [
            each for ref in finding.explained_by for each in about[ref] if each is not finding
        ]
        if causes:
            # One that nothing else may explain says more than another symptom of the same object,
            # and a remark only where nothing is known to be wrong with it.
            found[finding] = min(
                causes,
                key=lambda cause: (
                    cause.severity == "info",
                    cause.generic,
                    bool(cause.explained_by),
                ),
            )
    return found


def _root(
    finding: Finding, upstream: dict[Finding, Finding], every: Sequence[Finding]
) -> tuple[Finding, int]:
    """The end of the way up and the steps to it; findings that explain each other share one."""
    path = [finding]
    while (above := upstream.get(path[-1])) is not None:
        if above in path:
            circle = path[path.index(above) :]
            root = min(circle, key=lambda each: (each.generic, every.index(each)))
            return root, path.index(root)
        path.append(above)
    return path[-1], len(path) - 1


def _merge(root: Finding, symptoms: Sequence[tuple[int, Finding]]) -> Finding:
    if not symptoms:
        return root
    ordered = [symptom for _, symptom in sorted(symptoms, key=lambda each: each[0])]
    affected = [ref for each in ordered for ref in (each.subject, *each.affected)]
    steps = _steps(root, ordered)
    severity = min((root.severity, *(each.severity for each in ordered)), key=SEVERITIES.index)
    return replace(
        root,
        severity=severity,
        evidence=_evidence(root, ordered),
        chain=_chain(root, steps),
        links=_links(root, steps),
        affected=tuple(
            ref for ref in dict.fromkeys((*root.affected, *affected)) if ref != root.subject
        ),
    )


def _evidence(root: Finding, symptoms: Sequence[Finding]) -> tuple[str, ...]:
    """The root's evidence, and the first line of each symptom that shows something new."""
    found = list(root.evidence)
    for line in (each.evidence[0] for each in symptoms if each.evidence and not each.generic):
        # The same log line is often found by two checks, under two headings.
        if not any(line[-_SAME_END:] == other[-_SAME_END:] for other in found):
            found.append(line)
    return tuple(found[: max(_MOST_EVIDENCE, len(root.evidence))])


def _steps(root: Finding, symptoms: Sequence[Finding]) -> list[Finding]:
    """For each object the most telling of its findings, the nearest to the root first."""
    steps: dict[ObjectRef, Finding] = {}
    for each in symptoms:
        if each.generic and each.subject == root.subject:
            continue
        known = steps.get(each.subject)
        if known is None or (known.generic and not each.generic):
            steps[each.subject] = each
    return [*steps.values()]


def _chain(root: Finding, steps: Sequence[Finding]) -> tuple[str, ...]:
    """One phrase for each step."""
    told = [
        each.cause if each.subject == root.subject else f"{each.kind} {each.name}: {each.cause}"
        for each in steps
    ]
    return tuple(dict.fromkeys((*(root.chain or (root.cause,)), *told)))[:_MOST_STEPS]


def _links(root: Finding, steps: Sequence[Finding]) -> tuple[Link, ...]:
    """Each step below another one that explains it, else below the root; the nearest first."""
    about = {each.subject: each for each in steps}
    above = {}
    for ref, each in about.items():
        others = (on for on in each.explained_by if on in about and on not in {ref, root.subject})
        above[ref] = next(others, root.subject)
    depths = {ref: _depth(ref, above, root.subject) for ref in about}
    return tuple(
        Link(
            subject=ref, relation=relation(ref, above[ref]), on=above[ref],
            cause=about[ref].cause, evidence=about[ref].evidence[:1],
        )
        for ref in sorted(about, key=lambda each: depths[each])
    )  # fmt: skip


def _depth(ref: ObjectRef, above: dict[ObjectRef, ObjectRef], root: ObjectRef) -> int:
    """The steps up to the root; one of those that explain each other is put below it."""
    path = [ref]
    while path[-1] != root or len(path) == 1:
        on = above[path[-1]]
        if on in path and on != root:
            above[ref] = root
            return 1
        path.append(on)
    return len(path) - 1
