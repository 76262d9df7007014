"""What matters in an indented text: YAML, a description by kubectl, a list of findings."""

import re
from collections.abc import Sequence

from holmes.agent.excerpts.selection import (
    Weighed,
    asked_about,
    choose,
    less_if_alike,
    shortened,
    tells,
    with_gaps,
)

_KEY = re.compile(r"\s*(?:- )?[\"']?[A-Za-z.][\w./ :()-]{0,80}?[\"']?:(?:\s|$)")
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
_PROBE = re.compile(r"\s*(?:Liveness|Readiness|Startup|livenessProbe|readinessProbe|startupProbe):")
_LEAVING = re.compile(r"\s*(?:deletionTimestamp|finalizers|Finalizers):")  # why it does not go
_WARNING = re.compile(r"\s*Warning\s")
_RECENT = 0.3  # more for the last line than for the first: kubectl puts the latest events last
_PADDING = re.compile(r" {2,}")
_TRIVIAL = re.compile(
    r"\s*(?:Normal\s|[\w./ -]{1,200}:\s+(?:<none>|<unset>|\{\}|\[\]|null|\"\")\s*$)"
)


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
    probing = any("probe failed" in line for line in lines)
    place = _Place()
    weighed: list[Weighed] = []
    for index, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        above = place.enter(line, depth, index) if line.strip() else None
        weight = -1.0 if place.in_noise or not line.strip() else _weight(line, depth)
        if above is not None and _ITEM.match(line) and _STATE.match(lines[above]):
            weight = max(weight, weighed[above].weight - 0.5)  # the values of a state
        weight += (3 if asked[index] else 0) + _RECENT * index / len(lines)
        if probing and _PROBE.match(line):
            weight += 4
        weighed.append(Weighed(text=shortened(_squeezed(line), most), weight=weight, above=above))
    return with_gaps(choose(less_if_alike(weighed, 2), room), len(lines))


class _Place:
    """Where in the outline a line stands: under which headings, and whether in noise."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, int]] = []  # depth, which is more for items, and index
        self._noise: int | None = None

    @property
    def in_noise(self) -> bool:
        return self._noise is not None

    def enter(self, line: str, depth: int, index: int) -> int | None:
        """Go on to a line; returns the index of the heading that it stands under."""
        # In YAML the items of a key stand at its depth, or below it.
        level = 2 * depth + bool(_ITEM.match(line))
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        if self._noise is not None and level <= self._noise:
            self._noise = None
        if self._noise is None and _NOISE.match(line):
            self._noise = level
        above = self._headings[-1][1] if self._headings and depth else None
        self._headings.append((level, index))
        return above


def _squeezed(line: str) -> str:
    """The line without the padding that aligns values."""
    start = len(line) - len(line.lstrip())
    return line[:start] + _PADDING.sub("  ", line[start:])


def _weight(line: str, depth: int) -> float:
    weight = 3.0 / (1 + depth)
    if not depth and _ITEM.match(line):
        weight += 6  # a finding of a list: what stands under it explains it
    if _WARNING.match(line):
        weight += 6.5
    elif tells(line) or _LEAVING.match(line):
        weight += 4
    if _STATE.match(line):
        weight += 2.5 if tells(line) else 1.5
    if _TRIVIAL.match(line):
        weight -= 2
    return weight
