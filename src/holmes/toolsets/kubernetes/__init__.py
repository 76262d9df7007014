"""The read-only half of kubectl, and checks that say what is wrong with a cluster."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from holmes.kubernetes.kubectl import aimed_at, kubectl_status
from holmes.kubernetes.target import target_of
from holmes.tools.base import Hooks, ToolContext, Toolset
from holmes.toolsets.kubernetes import changes, core, listings, shapes
from holmes.toolsets.kubernetes.logs import LogsTool
from holmes.toolsets.kubernetes.problems import FindProblems


def hooks(context: ToolContext) -> Hooks:
    """Every kubectl of a toolset file is pointed at the chosen cluster."""
    target = target_of(context)
    return Hooks(
        aim=(aimed_at(target),),
        transformers=shapes.BY_NAME,
        prerequisites={"kubernetes": partial(kubectl_status, target)},
    )


def toolset(_config: Mapping[str, Any], context: ToolContext) -> Sequence[Toolset]:
    """The toolsets for one cluster; disabled where kubectl or a cluster is missing."""
    target = target_of(context)
    status = kubectl_status(target)
    problems = FindProblems(target=target)
    return (
        Toolset(
            name="kubernetes/core",
            description="Read Kubernetes objects, events and usage with kubectl",
            tools=core.tools(target, context.mask),
            status=status,
            # Qwen2.5-Coder-1.5B looks into "default" unasked, and finds nothing there (26 Nov
            # 2026).
            guesses={"namespace": "default"},
            listings=listings.LISTINGS,
        ),
        Toolset(
            name="kubernetes/logs",
            description="Read the logs of pods with kubectl",
            tools=(LogsTool(target=target, mask=context.mask),),
            status=status,
        ),
        Toolset(
            name="kubernetes/triage",
            description="Finds what is unhealthy in a cluster, and why, by checks in code",
            tools=(problems,),
            status=status,
            opening=problems.definition.name,
            changes=changes.source(target),
        ),
    )
