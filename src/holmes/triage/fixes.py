"""The command that would mend a finding, where objects leave no other; for a person to run.

A value that has to be guessed (a limit, a name that was probably meant) makes no command.
"""

import json

from holmes.core.finding import ObjectRef
from holmes.triage.fields import Obj, number, words
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_ready
from holmes.triage.revisions import belongs, revision, revisions


def kubectl(verb: str, ref: ObjectRef, *more: str) -> str:
    """`kubectl VERB KIND NAME -n NAMESPACE …`."""
    where = ["-n", ref.namespace] if ref.namespace else []
    return " ".join(["kubectl", verb, ref.kind.lower(), ref.name, *where, *more])


def patch(ref: ObjectRef, path: str, value: object) -> str:
    """The `kubectl patch` that replaces the value at a JSON path."""
    change = json.dumps([{"op": "replace", "path": path, "value": value}], separators=(",", ":"))
    return kubectl("patch", ref, "--type=json", "-p", f"'{change}'")


def roll_back(objects: ObjectSet, ref: ObjectRef) -> str:
    """Back to the last revision of a Deployment that still has ready pods, where the newest none.

    Of a StatefulSet the broken pod would stay, whatever its template.
    """
    known = revisions(objects, ref) if ref.kind == "Deployment" else []
    ready = [pod for pod in objects.pods_of(ref) if is_ready(pod)] if len(known) > 1 else []
    serving = [each for each in known if any(belongs(pod, each) for pod in ready)]
    if not serving or known[-1] in serving or not number(known[-1], "spec", "replicas"):
        return ""
    return kubectl("rollout undo", ref, f"--to-revision={revision(serving[-1])}")


def scale_back(workload: Obj, ref: ObjectRef) -> str:
    """To as many replicas as the manifest that was last applied has; empty where it is as many."""
    for each in words(workload, "metadata", "drift"):
        name, _, values = each.partition(": ")
        if name == "replicas":
            return kubectl("scale", ref, f"--replicas={values.partition(' ')[0]}")
    return ""
