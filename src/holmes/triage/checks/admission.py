"""Pods that the API server refuses to create: quota, LimitRange, webhook, ServiceAccount."""

import re
from collections.abc import Iterable, Iterator
from itertools import product

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    condition,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    quantity,
    ref_of,
    service_ref,
    text,
    wanted_pods,
)
from holmes.triage.logs import LogReader, cut
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.placement import amount, requests
from holmes.triage.pods import severity_of
from holmes.triage.references import absent
from holmes.triage.said import innermost

_PATIENCE_SECONDS = 60
_OWNERS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Job")
# All that the strictest level of PodSecurity says of one container.
_MOST_VIOLATIONS = 500
_QUOTA = re.compile(r"exceeded quota: ([\w.-]+)(.*)")
_WEBHOOK = re.compile(r'webhook "([\w./-]+)"')
_ACCOUNT = re.compile(
    r"service ?account [\"']?(?:[\w-]+/)?([\w.-]+)[\"']? not found", re.IGNORECASE
)


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each workload that is short of pods because creating them is refused."""
    for kind in _OWNERS:
        for owner in objects.all(kind):
            events = objects.events(ref_of(owner), "FailedCreate")
            said = text(events[-1], "message") if events else _condition(owner)
            if not _short(owner):
                continue
            said = said or _would_be_refused(objects, owner)
            if said:
                yield _finding(objects, owner, said, sum(number(e, "count") or 1 for e in events))


def _condition(owner: Obj) -> str:
    failure = condition(owner, "ReplicaFailure")
    return text(failure, "message") if text(failure, "status") == "True" else ""


def _would_be_refused(objects: ObjectSet, owner: Obj) -> str:
    """What a quota or a missing ServiceAccount still refuses, where the events have aged out."""
    if objects.age(text(owner, "metadata", "creationTimestamp")) < _PATIENCE_SECONDS:
        return ""
    namespace, template = namespace_of(owner), mapping(owner, "spec", "template")
    account = text(template, "spec", "serviceAccountName")
    known = account and objects.knows("ServiceAccount", namespace)
    if known and not objects.get("ServiceAccount", namespace, account):
        return f'serviceaccount "{account}" not found'
    asked = _quota_use(template)
    for quota in objects.within(namespace, "ResourceQuota"):
        used = mapping(quota, "status", "used")
        for key, hard in mapping(quota, "status", "hard").items():
            wanted = asked.get(key.removeprefix("count/"), 0.0)
            if wanted and quantity(used.get(key)) + wanted > quantity(hard):
                more = amount(key.rpartition(".")[2], wanted)
                what = f"requested: {key}={more}, used: {key}={used.get(key)}"
                return f"exceeded quota: {name_of(quota)}, {what}, limited: {key}={hard}"
    return next(_out_of_range(objects.within(namespace, "LimitRange"), template), "")


def _out_of_range(ranges: Iterable[Obj], template: Obj) -> Iterator[str]:
    """What a container asks for that a LimitRange does not let it have."""
    for limits, each in product(ranges, items(template, "spec", "containers")):
        asks, may = mapping(each, "resources", "requests"), mapping(each, "resources", "limits")
        for rule in items(limits, "spec", "limits"):
            if text(rule, "type") != "Container":
                continue
            where = f"of container {text(each, 'name')}, LimitRange {name_of(limits)} allows"
            for key, most in mapping(rule, "max").items():
                if quantity(may.get(key)) > quantity(most):
                    yield f"{key} limit {may[key]} {where} at most {most}"
            for key, least in mapping(rule, "min").items():
                if key in asks and quantity(asks[key]) < quantity(least):
                    yield f"{key} request {asks[key]} {where} at least {least}"
            for key, ratio in mapping(rule, "maxLimitRequestRatio").items():
                asked = quantity(asks.get(key))
                if asked and quantity(may.get(key)) / asked > quantity(ratio):
                    both = f"{key} limit {may[key]} and request {asks[key]}"
                    yield f"{both} {where} a ratio of {ratio}"


def _short(owner: Obj) -> bool:
    """Whether it has fewer pods than it wants, so that the refusal still matters."""
    kind = text(owner, "kind")
    if kind == "Job":
        tried = ("active", "succeeded", "failed")
        return not any(number(owner, "status", each) for each in tried)
    have = "currentNumberScheduled" if kind == "DaemonSet" else "replicas"
    return number(owner, "status", have) < wanted_pods(owner)


def _quota_use(template: Obj) -> dict[str, float]:
    """What one pod of a template takes of a ResourceQuota, by the quota's own names."""
    asked = requests(template)
    found = {"pods": 1.0, **asked, **{f"requests.{key}": value for key, value in asked.items()}}
    for each in items(template, "spec", "containers"):
        for key, value in mapping(each, "resources", "limits").items():
            found[f"limits.{key}"] = found.get(f"limits.{key}", 0.0) + quantity(value)
    return found


def _finding(objects: ObjectSet, owner: Obj, said: str, times: int) -> Finding:
    workload = objects.workload(owner)
    have, want = number(owner, "status", "replicas"), number(owner, "spec", "replicas")
    short = f" ({have} of {want} pods exist)" if want else ""
    quota = _QUOTA.search(said)
    where = f"{ref_of(owner).kind} {name_of(owner)}"
    how = f"event FailedCreate (seen {times} times) on {where}" if times else f"{where} status"
    evidence = [f"{how}: {said}"]
    if quota:
        evidence += _used(objects, namespace_of(owner), quota[1])
    cause = f"creating its pods is refused{short}: {_why(objects, owner, said)}"
    return about(
        "admission", workload, severity_of(objects, workload), cause, evidence,
        affected=(ref_of(owner),) if ref_of(owner) != workload else (),
        next_call=describe(ref_of(owner)), explained_by=_webhook_service(objects, said),
    )  # fmt: skip


def _why(objects: ObjectSet, owner: Obj, said: str) -> str:
    quota = _QUOTA.search(said)
    if quota:
        return cut(quota[0], 300)
    webhook = _WEBHOOK.search(said)
    if webhook:
        how = "can't be reached" if "failed calling" in said else "denies it"
        reason = innermost(said.rpartition("denied the request: ")[2])
        behind = "".join(f" (of {each})" for each in _webhook_service(objects, said)[:1])
        return f"admission webhook {webhook[1]}{behind} {how}: {reason}"
    account = _ACCOUNT.search(said)
    if account:
        return absent(objects, "ServiceAccount", namespace_of(owner), account[1])
    return cut(said.split(" is forbidden: ", 1)[-1], _MOST_VIOLATIONS)


def _used(objects: ObjectSet, namespace: str, name: str) -> list[str]:
    quota = objects.get("ResourceQuota", namespace, name)
    if quota is None:
        return []
    hard, used = mapping(quota, "status", "hard"), mapping(quota, "status", "used")
    shares = ", ".join(f"{key} {used.get(key, '?')} of {limit}" for key, limit in hard.items())
    return [f"ResourceQuota {name} status: {shares}"]


def _webhook_service(objects: ObjectSet, said: str) -> tuple[ObjectRef, ...]:
    """The Service behind a webhook that can't be reached."""
    called = _WEBHOOK.search(said)
    services = [
        mapping(hook, "clientConfig", "service")
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
        for configuration in objects.all(kind)
        for hook in items(configuration, "webhooks")
        if called and text(hook, "name") == called[1]
    ]
    return tuple(service_ref(each) for each in services if each)
