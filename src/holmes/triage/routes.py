"""The Services that an Ingress or a route of the Gateway API leads to."""

from collections.abc import Iterator

from holmes.core.finding import ObjectRef
from holmes.triage.fields import Obj, items, mapping, namespace_of, text


def backends(route: Obj) -> Iterator[ObjectRef]:
    """Every Service that is named as a backend."""
    home = namespace_of(route)
    for _, backend in ingress_backends(route):
        if name := text(backend, "service", "name"):
            yield ObjectRef(kind="Service", namespace=home, name=name)
    for rule in items(route, "spec", "rules"):
        for each in items(rule, "backendRefs"):
            if text(each, "kind") in {"", "Service"}:
                namespace = text(each, "namespace") or home
                yield ObjectRef(kind="Service", namespace=namespace, name=text(each, "name"))


def ingress_backends(ingress: Obj) -> Iterator[tuple[str, Obj]]:
    """Every backend of an Ingress, with the host and path that lead there."""
    default = mapping(ingress, "spec", "defaultBackend")
    if default:
        yield "spec.defaultBackend", default
    for rule in items(ingress, "spec", "rules"):
        for path in items(rule, "http", "paths"):
            where = f"{text(rule, 'host') or '*'}{text(path, 'path') or '/'}"
            yield where, mapping(path, "backend")
