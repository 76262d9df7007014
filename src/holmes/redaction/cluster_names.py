"""The names of a cluster's pods and nodes, told to the redactor before anything is asked."""

from holmes.kubernetes.kubectl import kubectl_status
from holmes.kubernetes.objects import kubectl, places_in
from holmes.kubernetes.target import KubeTarget
from holmes.redaction.redactor import Redactor


async def learn(redactor: Redactor, target: KubeTarget) -> str:
    """List pods and nodes once; returns a sentence where that failed, else nothing.

    A pod that is made later is still recognised by the form of its name, if a controller made it.
    """
    if kubectl_status(target).state != "enabled":
        return ""
    for kind, resource in (("pod", "pods"), ("host", "nodes")):
        words = ["get", resource, *(["-A"] if kind == "pod" else [])]
        listing = await kubectl(words, target)
        if listing.status not in {"ok", "no_data"}:
            return (
                f"--redact-names: {resource} could not be listed ({listing.note}); only names that "
                "show by their form are masked."
            )
        redactor.learn(kind, (place.name for place in places_in(listing.text)))
    return ""
