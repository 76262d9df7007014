"""Nodes, leases, and what extends the API server."""

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.tables.base import (
    AGE,
    CREATED,
    NAME,
    Column,
    column,
    condition,
    count,
    number,
    or_none,
    text,
    wide,
)

_ROLE_LABEL = "node-role.kubernetes.io/"


def _status(node: JsonObject) -> str:
    ready = condition(node, "Ready")
    parts = ["Unknown"]
    if ready:
        parts = ["Ready" if fields.text(ready, "status") == "True" else "NotReady"]
    if fields.at(node, "spec", "unschedulable") is True:
        parts.append("SchedulingDisabled")
    return ",".join(parts)


def _roles(node: JsonObject) -> str:
    found = set()
    for label, value in fields.labels(node, "metadata", "labels").items():
        found.add(label.removeprefix(_ROLE_LABEL) if label.startswith(_ROLE_LABEL) else "")
        found.add(value if label == "kubernetes.io/role" else "")
    return or_none(",".join(sorted(found - {""})))


def _address(kind: str) -> Column:
    def cell(node: JsonObject) -> str:
        for address in fields.objects(node, "status", "addresses"):
            if fields.text(address, "type") == kind:
                return fields.text(address, "address")
        return "<none>"

    return column(kind.replace("IP", "-IP"), cell)


def _service(value: JsonObject) -> str:
    service = fields.mapping(value, "spec", "service")
    name = f"{fields.text(service, 'namespace')}/{fields.text(service, 'name')}"
    return name if service else "Local"


def _available(value: JsonObject) -> str:
    available = condition(value, "Available")
    status = fields.text(available, "status") or "Unknown"
    refused = available and status != "True"
    return f"{status} ({fields.text(available, 'reason')})" if refused else status


def _lasts(value: JsonObject) -> str:
    seconds = fields.whole(value, "spec", "expirationSeconds")
    return f"{seconds}s" if seconds else "<none>"


def _signing_status(value: JsonObject) -> str:
    conditions = [fields.text(one, "type") for one in fields.objects(value, "status", "conditions")]
    status = next((one for one in ("Denied", "Approved") if one in conditions), "Pending")
    status += ",Failed" if "Failed" in conditions else ""
    return status + (",Issued" if fields.text(value, "status", "certificate") else "")


def _healthy(name: str, key: str) -> Column:
    """A field of the condition that says whether a component is healthy."""

    def cell(value: JsonObject) -> str:
        healthy = condition({"status": {"conditions": value.get("conditions")}}, "Healthy")
        found = fields.text(healthy, key)
        if key != "status":
            return found
        return {"True": "Healthy", "": "Unknown"}.get(found, "Unhealthy")

    return column(name, cell)


_WEBHOOKS = (NAME, count("Webhooks", "webhooks"), AGE)
TABLES = {
    "nodes": (
        NAME,
        column("Status", _status),
        column("Roles", _roles),
        AGE,
        text("Version", "status.nodeInfo.kubeletVersion"),
        *wide(
            _address("InternalIP"),
            _address("ExternalIP"),
            text("OS-Image", "status.nodeInfo.osImage", "<unknown>"),
            text("Kernel-Version", "status.nodeInfo.kernelVersion", "<unknown>"),
            text("Container-Runtime", "status.nodeInfo.containerRuntimeVersion", "<unknown>"),
        ),
    ),
    "componentstatuses": (
        NAME,
        _healthy("Status", "status"),
        _healthy("Message", "message"),
        _healthy("Error", "error"),
    ),
    "leases.coordination.k8s.io": (NAME, text("Holder", "spec.holderIdentity"), AGE),
    "priorityclasses.scheduling.k8s.io": (
        NAME,
        number("Value", "value"),
        text("Global-Default", "globalDefault", "false"),
        AGE,
        text("PreemptionPolicy", "preemptionPolicy", "<unset>"),
    ),
    "customresourcedefinitions.apiextensions.k8s.io": (NAME, CREATED),
    "apiservices.apiregistration.k8s.io": (
        NAME,
        column("Service", _service),
        column("Available", _available),
        AGE,
    ),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "runtimeclasses.node.k8s.io": (NAME, text("Handler", "handler"), AGE),
    "certificatesigningrequests.certificates.k8s.io": (
        NAME,
        AGE,
        text("SignerName", "spec.signerName", "<none>"),
        text("Requestor", "spec.username"),
        column("RequestedDuration", _lasts),
        column("Condition", _signing_status),
    ),
}
