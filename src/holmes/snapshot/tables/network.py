"""Services, endpoints, ingresses and network policies."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.tables.base import Table, columns, created, key_values, or_none, selector, some


def _service(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        fields.text(value, "spec", "type"),
        or_none(fields.text(value, "spec", "clusterIP")),
        _external_ip(value),
        or_none(",".join(_port(port) for port in fields.objects(value, "spec", "ports"))),
        created(value, now),
        key_values(fields.mapping(value, "spec", "selector")),
    )


def _external_ip(service: JsonObject) -> str:
    kind = fields.text(service, "spec", "type")
    if kind == "ExternalName":
        return fields.text(service, "spec", "externalName")
    balanced = _balancers(service) if kind == "LoadBalancer" else []
    shown = ",".join([*balanced, *fields.texts(service, "spec", "externalIPs")])
    return shown or ("<pending>" if kind == "LoadBalancer" else "<none>")


def _port(port: JsonObject) -> str:
    number, node_port = fields.text(port, "port"), fields.whole(port, "nodePort")
    protocol = fields.text(port, "protocol")
    return f"{number}:{node_port}/{protocol}" if node_port else f"{number}/{protocol}"


def _endpoints(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    pairs = [
        _host_port(fields.text(address, "ip"), fields.text(port, "port"))
        for subset in fields.objects(value, "subsets")
        for port in fields.objects(subset, "ports")
        for address in fields.objects(subset, "addresses")
    ]
    if not pairs:
        # A subset that has addresses and no ports prints the bare addresses.
        pairs = [
            fields.text(address, "ip")
            for subset in fields.objects(value, "subsets")
            if not fields.objects(subset, "ports")
            for address in fields.objects(subset, "addresses")
        ]
    empty = "" if fields.objects(value, "subsets") else "<none>"
    return (fields.name_of(value), some(pairs, 3, empty=empty), created(value, now))


def _host_port(ip: str, port: str) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _endpoint_slice(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    ports = [
        fields.text(port, "port") or fields.text(port, "name") or "*"
        for port in fields.objects(value, "ports")
    ]
    addresses = [
        address
        for endpoint in fields.objects(value, "endpoints")
        for address in fields.texts(endpoint, "addresses")
    ]
    return (
        fields.name_of(value),
        fields.text(value, "addressType"),
        some(ports, 3, empty="<unset>"),
        some(addresses, 3, empty="<unset>"),
        created(value, now),
    )


def _ingress(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    rules = fields.objects(value, "spec", "rules")
    hosts = [host for rule in rules[:3] if (host := fields.text(rule, "host"))]
    shown = ",".join(hosts) or "*"
    if hosts and len(rules) > 3:
        shown += f" + {len(rules) - 3} more..."
    return (
        fields.name_of(value),
        or_none(fields.text(value, "spec", "ingressClassName")),
        shown,
        ",".join(_balancers(value)),
        "80, 443" if fields.objects(value, "spec", "tls") else "80",
        created(value, now),
    )


def _balancers(value: JsonObject) -> list[str]:
    return sorted(
        {
            fields.text(one, "ip") or fields.text(one, "hostname")
            for one in fields.objects(value, "status", "loadBalancer", "ingress")
        }
    )


def _ingress_class(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    parameters = fields.mapping(value, "spec", "parameters")
    kind, group = fields.text(parameters, "kind"), fields.text(parameters, "apiGroup")
    what = f"{kind}.{group}" if group else kind
    return (
        fields.name_of(value),
        fields.text(value, "spec", "controller"),
        f"{what}/{fields.text(parameters, 'name')}" if parameters else "<none>",
        created(value, now),
    )


def _network_policy(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), selector(value, "spec", "podSelector"), created(value, now))


TABLES = {
    "services": Table(
        columns=columns(
            "Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", wide=("Selector",)
        ),
        cells=_service,
    ),
    "endpoints": Table(columns=columns("Name", "Endpoints", "Age"), cells=_endpoints),
    "endpointslices.discovery.k8s.io": Table(
        columns=columns("Name", "AddressType", "Ports", "Endpoints", "Age"), cells=_endpoint_slice
    ),
    "ingresses.networking.k8s.io": Table(
        columns=columns("Name", "Class", "Hosts", "Address", "Ports", "Age"), cells=_ingress
    ),
    "ingressclasses.networking.k8s.io": Table(
        columns=columns("Name", "Controller", "Parameters", "Age"), cells=_ingress_class
    ),
    "networkpolicies.networking.k8s.io": Table(
        columns=columns("Name", "Pod-Selector", "Age"), cells=_network_policy
    ),
}
