"""Labels where a pod's name is asked for: all the pods that have them."""

import re
from typing import Any

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.objects import tidied
from holmes.kubernetes.target import KubeTarget

_LABELS = re.compile(r"[\w./-]+=[\w.-]*(?:,[\w./-]+=[\w.-]*)*", re.ASCII)


def tidied_labels(arguments: JsonObject, target: KubeTarget) -> dict[str, Any]:
    """The arguments tidied; labels, which no name can be, are `labels` in them."""
    name = str(arguments.get("name") or "").strip()
    if not _LABELS.fullmatch(name):
        return tidied(arguments, target)
    plain = tidied({**arguments, "name": "", "kind": ""}, target)
    return {**plain, "labels": name, "all": True}


def selected(tidy: dict[str, Any]) -> list[str]:
    """The flags that choose pods by their labels; none where no labels were given."""
    return ["-l", tidy["labels"]] if "labels" in tidy else []


def unlabelled(tidy: dict[str, Any], namespace: str, command: str) -> ToolOutput:
    """Says that no pod has the labels."""
    note = f'No pod in {namespace or "any namespace"} has the labels "{tidy["labels"]}".'
    return ToolOutput(status="no_data", command=command, note=note)
