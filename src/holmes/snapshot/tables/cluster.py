"""Nodes, leases, and what extends the API server."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.tables.base import Table, columns, created, or_none, yes_no

_ROLE_LABEL = "node-role.kubernetes.io/"


def _node(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    system = ("osImage", "kernelVersion", "containerRuntimeVersion")
    return (
        fields.name_of(value),
        _status(value),
        or_none(",".join(_roles(value))),
        created(value, now),
        fields.text(value, "status", "nodeInfo", "kubeletVersion"),
        _address(value, "InternalIP"),
        _address(value, "ExternalIP"),
        *(fields.text(value, "status", "nodeInfo", key) or "<unknown>" for key in system),
    )


def _status(node: JsonObject) -> str:
    ready = _condition(node, "Ready")
    parts = ["Unknown"]
    if ready:
        parts = ["Ready" if fields.text(ready, "status") == "True" else "NotReady"]
    if fields.at(node, "spec", "unschedulable") is True:
        parts.append("SchedulingDisabled")
    return ",".join(parts)


def _roles(node: JsonObject) -> list[str]:
    found = set()
    for label, value in fields.labels(node, "metadata", "labels").items():
        found.add(label.removeprefix(_ROLE_LABEL) if label.startswith(_ROLE_LABEL) else "")
        found.add(value if label == "kubernetes.io/role" else "")
    return sorted(found - {""})


def _address(node: JsonObject, kind: str) -> str:
    for address in fields.objects(node, "status", "addresses"):
        if fields.text(address, "type") == kind:
            return fields.text(address, "address")
    return "<none>"


def _lease(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        fields.text(value, "spec", "holderIdentity"),
        created(value, now),
    )


def _priority_class(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        fields.whole(value, "value"),
        yes_no(value, "globalDefault"),
        created(value, now),
        fields.text(value, "preemptionPolicy") or "<unset>",
    )


def _definition(value: JsonObject, _: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), fields.text(value, "metadata", "creationTimestamp"))


def _api_service(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    service = fields.mapping(value, "spec", "service")
    available = _condition(value, "Available")
    status = fields.text(available, "status") or "Unknown"
    if available and status != "True":
        status += f" ({fields.text(available, 'reason')})"
    return (
        fields.name_of(value),
        f"{fields.text(service, 'namespace')}/{fields.text(service, 'name')}"
        if service
        else "Local",
        status,
        created(value, now),
    )


def _webhooks(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), len(fields.objects(value, "webhooks")), created(value, now))


def _runtime_class(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), fields.text(value, "handler"), created(value, now))


def _signing_request(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    conditions = [fields.text(one, "type") for one in fields.objects(value, "status", "conditions")]
    status = next((one for one in ("Denied", "Approved") if one in conditions), "Pending")
    status += ",Failed" if "Failed" in conditions else ""
    status += ",Issued" if fields.text(value, "status", "certificate") else ""
    seconds = fields.whole(value, "spec", "expirationSeconds")
    return (
        fields.name_of(value),
        created(value, now),
        fields.text(value, "spec", "signerName") or "<none>",
        fields.text(value, "spec", "username"),
        f"{seconds}s" if seconds else "<none>",
        status,
    )


def _component(value: JsonObject, _: datetime) -> Sequence[JsonValue]:
    healthy = _condition({"status": {"conditions": value.get("conditions")}}, "Healthy")
    status = {"True": "Healthy", "": "Unknown"}.get(fields.text(healthy, "status"), "Unhealthy")
    message, error = fields.text(healthy, "message"), fields.text(healthy, "error")
    return (fields.name_of(value), status, message, error)


def _condition(value: JsonObject, kind: str) -> JsonObject:
    for condition in fields.objects(value, "status", "conditions"):
        if fields.text(condition, "type") == kind:
            return condition
    return {}


_WEBHOOKS = Table(columns=columns("Name", "Webhooks", "Age"), cells=_webhooks)
TABLES = {
    "nodes": Table(
        columns=columns(
            "Name",
            "Status",
            "Roles",
            "Age",
            "Version",
            wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
        ),
        cells=_node,
    ),
    "componentstatuses": Table(
        columns=columns("Name", "Status", "Message", "Error"), cells=_component
    ),
    "leases.coordination.k8s.io": Table(columns=columns("Name", "Holder", "Age"), cells=_lease),
    "priorityclasses.scheduling.k8s.io": Table(
        columns=columns("Name", "Value", "Global-Default", "Age", "PreemptionPolicy"),
        cells=_priority_class,
    ),
    "customresourcedefinitions.apiextensions.k8s.io": Table(
        columns=columns("Name", "Created At"), cells=_definition
    ),
    "apiservices.apiregistration.k8s.io": Table(
        columns=columns("Name", "Service", "Available", "Age"), cells=_api_service
    ),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "runtimeclasses.node.k8s.io": Table(
        columns=columns("Name", "Handler", "Age"), cells=_runtime_class
    ),
    "certificatesigningrequests.certificates.k8s.io": Table(
        columns=columns("Name", "Age", "SignerName", "Requestor", "RequestedDuration", "Condition"),
        cells=_signing_request,
    ),
}
