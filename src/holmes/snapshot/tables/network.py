"""Services, endpoints, ingresses and network policies."""

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.tables.base import (
    AGE,
    NAME,
    column,
    labels,
    or_none,
    selector,
    some,
    text,
    wide,
)


def _external_ip(service: JsonObject) -> str:
    kind = fields.text(service, "spec", "type")
    if kind == "ExternalName":
        return fields.text(service, "spec", "externalName")
    balanced = _balancers(service) if kind == "LoadBalancer" else []
    shown = ",".join([*balanced, *fields.texts(service, "spec", "externalIPs")])
    return shown or ("<pending>" if kind == "LoadBalancer" else "<none>")


def _ports(service: JsonObject) -> str:
    return or_none(",".join(_port(port) for port in fields.objects(service, "spec", "ports")))


def _port(port: JsonObject) -> str:
    number, node_port = fields.text(port, "port"), fields.whole(port, "nodePort")
    protocol = fields.text(port, "protocol")
    return f"{number}:{node_port}/{protocol}" if node_port else f"{number}/{protocol}"


def _endpoints(value: JsonObject) -> str:
    subsets = fields.objects(value, "subsets")
    pairs = [
        _host_port(fields.text(address, "ip"), fields.text(port, "port"))
        for subset in subsets
        for port in fields.objects(subset, "ports")
        for address in fields.objects(subset, "addresses")
    ]
    # A subset that has addresses and no ports prints the bare addresses.
    bare = [
        fields.text(address, "ip")
        for subset in subsets
        if not fields.objects(subset, "ports")
        for address in fields.objects(subset, "addresses")
    ]
    return some(pairs or bare, 3, empty="" if subsets else "<none>")


def _host_port(ip: str, port: str) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _slice_ports(value: JsonObject) -> str:
    ports = fields.objects(value, "ports")
    named = [fields.text(port, "port") or fields.text(port, "name") or "*" for port in ports]
    return some(named, 3, empty="<unset>")


def _slice_addresses(value: JsonObject) -> str:
    endpoints = fields.objects(value, "endpoints")
    addresses = [each for endpoint in endpoints for each in fields.texts(endpoint, "addresses")]
    return some(addresses, 3, empty="<unset>")


def _hosts(value: JsonObject) -> str:
    rules = fields.objects(value, "spec", "rules")
    hosts = [host for rule in rules[:3] if (host := fields.text(rule, "host"))]
    more = f" + {len(rules) - 3} more..." if hosts and len(rules) > 3 else ""
    return (",".join(hosts) or "*") + more


def _balancers(value: JsonObject) -> list[str]:
    return sorted(
        {
            fields.text(one, "ip") or fields.text(one, "hostname")
            for one in fields.objects(value, "status", "loadBalancer", "ingress")
        }
    )


def _parameters(value: JsonObject) -> str:
    parameters = fields.mapping(value, "spec", "parameters")
    kind, group = fields.text(parameters, "kind"), fields.text(parameters, "apiGroup")
    what = f"{kind}.{group}" if group else kind
    return f"{what}/{fields.text(parameters, 'name')}" if parameters else "<none>"


TABLES = {
    "services": (
        NAME,
        text("Type", "spec.type"),
        text("Cluster-IP", "spec.clusterIP", "<none>"),
        column("External-IP", _external_ip),
        column("Port(s)", _ports),
        AGE,
        *wide(labels("Selector", "spec.selector")),
    ),
    "endpoints": (NAME, column("Endpoints", _endpoints), AGE),
    "endpointslices.discovery.k8s.io": (
        NAME,
        text("AddressType", "addressType"),
        column("Ports", _slice_ports),
        column("Endpoints", _slice_addresses),
        AGE,
    ),
    "ingresses.networking.k8s.io": (
        NAME,
        text("Class", "spec.ingressClassName", "<none>"),
        column("Hosts", _hosts),
        column("Address", lambda value: ",".join(_balancers(value))),
        column("Ports", lambda value: "80, 443" if fields.objects(value, "spec", "tls") else "80"),
        AGE,
    ),
    "ingressclasses.networking.k8s.io": (
        NAME,
        text("Controller", "spec.controller"),
        column("Parameters", _parameters),
        AGE,
    ),
    "networkpolicies.networking.k8s.io": (NAME, selector("Pod-Selector", "spec.podSelector"), AGE),
}
