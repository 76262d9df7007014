"""Admission webhooks whose Service is missing or has no ready pod, before anything is refused."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import Obj, items, mapping, ref_of, service_ref, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_over, is_ready, refs
from holmes.triage.references import absent

_KINDS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each Service that a configuration calls and that can't answer."""
    for kind in _KINDS:
        for configuration in objects.all(kind):
            seen = set()
            for hook in items(configuration, "webhooks"):
                service = service_ref(mapping(hook, "clientConfig", "service"))
                if service.name and service not in seen:
                    seen.add(service)
                    yield from _unreachable(objects, configuration, hook, service)


def _unreachable(
    objects: ObjectSet, configuration: Obj, hook: Obj, service: ObjectRef
) -> Iterator[Finding]:
    there = objects.find(service)
    selector = mapping(there, "spec", "selector")
    pods = objects.pods_labelled(service.namespace, selector)
    if there is None and objects.knows("Service", service.namespace):
        why = absent(objects, "Service", service.namespace, service.name)
    elif selector and not any(is_ready(pod) and not is_over(pod) for pod in pods):
        why = f"{service} has no ready pod"
    else:
        return
    refuses = text(hook, "failurePolicy") != "Ignore"
    effect = "so what it is asked about is refused" if refuses else "so it is passed over"
    policy = f"failurePolicy {text(hook, 'failurePolicy') or 'Fail'}"
    cause = f"its webhook {text(hook, 'name')} can't be reached: {why}, {effect} ({policy})"
    workloads = dict.fromkeys(map(objects.workload, pods))
    yield about(
        "webhooks", configuration, "warning" if refuses else "info", cause,
        (f"{ref_of(configuration)} webhook {text(hook, 'name')} service {service.path}, {policy}",),
        explained_by=(service, *refs(pods), *workloads),
    )  # fmt: skip
