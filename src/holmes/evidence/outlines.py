"""What matters in an indented text: YAML, a description by kubectl, a list of findings."""

import re
from collections.abc import Sequence

from holmes.evidence.selection import (
    Weighed,
    asked_about,
    choose,
    less_if_alike,
    shortened,
    tells,
    with_gaps,
)

_KEY = re.compile(r"\s*(?:- )?[\"']?[A-Za-z][\w./ ()-]{0,60}[\"']?:(?:\s|$)")
_ITEM = re.compile(r"\s*- ")
_INDENTED = 0.15
_KEYED = 0.5

_NOISE = re.compile(
    r"\s*(?:- )?[\"']?(?:managedFields|uid|UID|resourceVersion|selfLink|generation|generateName"
    r"|observedGeneration|kubectl\.kubernetes\.io/last-applied-configuration|containerID|imageID"
    r"|Container ID|Image ID|podIPs?|hostIPs?|IPs?|lastProbeTime|terminationMessagePath"
    r"|terminationMessagePolicy|defaultMode|TokenExpirationSeconds|ConfigMapOptional|DownwardAPI"
    r"|kube-api-access-\w+|Tolerations|tolerations|uncorrectedFields|creationTimestamp"
    r"|images|pod-template-hash|deployment\.kubernetes\.io/revision)[\"']?:"
)
"""Fields that say nothing of what is wrong; with everything under them they go first."""

_STATE = re.compile(
    r"\s*(?:- )?(?:Name|Namespace|Status|State|Last State|Reason|Message|Exit Code|Ready"
    r"|Restart Count|Image|Node|Selector|Endpoints|Replicas|Controlled By|Finalizers|Limits"
    r"|Requests|Pods Status|StorageClass|Liveness|Readiness|Startup|Events"
    r"|kind|name|namespace|phase|status|state|reason|message|exitCode|restartCount|ready|image"
    r"|replicas|selector|nodeName|limits|requests|memory|cpu|finalizers|deletionTimestamp):",
)
_WARNING = re.compile(r"\s*Warning\s")
_TRIVIAL = re.compile(r"\s*(?:Normal\s|[\w./ -]+:\s+(?:<none>|<unset>|\{\}|\[\]|null|\"\")\s*$)")


def is_outline(lines: Sequence[str]) -> bool:
    """Whether most lines are keys or items and some are indented below others."""
    full = [line for line in lines if line.strip()]
    if len(full) < 3:
        return False
    indented = sum(line[0] in " \t" for line in full)
    keyed = sum(bool(_KEY.match(line) or _ITEM.match(line)) for line in full)
    return indented >= _INDENTED * len(full) and keyed >= _KEYED * len(full)


def excerpt_of_outline(lines: Sequence[str], room: int, question: str, most: int) -> list[str]:
    """The lines that tell of trouble or of state, each under the headings that it belongs to."""
    asked = asked_about(lines, question)
    weighed: list[Weighed] = []
    headings: list[tuple[int, int]] = []  # (indentation, place) of the lines around
    noise: int | None = None  # indentation of the noise that the lines are in
    for index, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        if line.strip():
            while headings and headings[-1][0] >= depth:
                headings.pop()
            if noise is not None and (depth < noise or (depth == noise and not _ITEM.match(line))):
                noise = None
            if noise is None and _NOISE.match(line):
                noise = depth
        weight = _weight(line, depth, noisy=noise is not None) + (3 if asked[index] else 0)
        above = headings[-1][1] if headings and depth else None
        weighed.append(Weighed(text=shortened(line, most), weight=weight, above=above))
        if line.strip():
            headings.append((depth, index))
    return with_gaps(choose(less_if_alike(weighed, 2), room), len(lines))


def _weight(line: str, depth: int, *, noisy: bool) -> float:
    if noisy or not line.strip():
        return -1.0
    weight = 3.0 / (1 + depth)
    if not depth and _ITEM.match(line):
        weight += 6  # a finding of a list: what stands under it explains it
    if _WARNING.match(line):
        weight += 5
    elif tells(line):
        weight += 4
    if _STATE.match(line):
        weight += 1.5
    if _TRIVIAL.match(line):
        weight -= 2
    return weight
