"""Ingresses that lead nowhere: no such Service, port, class or TLS Secret."""

from collections.abc import Iterator
from dataclasses import replace

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import Obj, items, mapping, name_of, namespace_of, number, ref_of, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.references import absent, makers
from holmes.triage.routes import ingress_backends

_OLD_CLASS = "kubernetes.io/ingress.class"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_MADE = ("metadata", "creationTimestamp")


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each backend of an Ingress that can't be reached."""
    for ingress in objects.all("Ingress"):
        seen = set()
        for where, backend in ingress_backends(ingress):
            service = mapping(backend, "service")
            key = (text(service, "name"), str(mapping(service, "port")))
            if not service or key in seen:
                continue
            seen.add(key)
            yield from _broken(objects, ingress, where, service)
        yield from _not_served(objects, ingress)
        yield from _unclaimed(objects, ingress)
    yield from _twice(objects)


def _not_served(objects: ObjectSet, ingress: Obj) -> Iterator[Finding]:
    """A class that nobody serves, and certificates that are not there."""
    wanted = text(ingress, "spec", "ingressClassName")
    classes = objects.names("IngressClass")
    if wanted and objects.knows("IngressClass") and wanted not in classes:
        there = f"there are: {', '.join(classes)}" if classes else "there is none"
        yield _finding(ingress, "", f"IngressClass {wanted} does not exist ({there})")
    namespace = namespace_of(ingress)
    for entry in items(ingress, "spec", "tls"):
        name = text(entry, "secretName")
        if (
            name
            and objects.knows("Secret", namespace)
            and not objects.get("Secret", namespace, name)
        ):
            gone = _finding(ingress, "", f"its TLS {absent(objects, 'Secret', namespace, name)}")
            yield replace(gone, explained_by=makers(objects, namespace, name))


def _unclaimed(objects: ObjectSet, ingress: Obj) -> Iterator[Finding]:
    """No class, and none is the default, so that no controller need take it."""
    annotations = mapping(ingress, "metadata", "annotations")
    named = text(ingress, "spec", "ingressClassName") or text(annotations, _OLD_CLASS)
    default = any(
        text(each, "metadata", "annotations", _DEFAULT_CLASS) == "true"
        for each in objects.all("IngressClass")
    )
    taken = items(ingress, "status", "loadBalancer", "ingress")
    if objects.knows("IngressClass") and not (named or default or taken):
        yield replace(
            _finding(ingress, "", "it names no class and there is no default IngressClass"),
            severity="info",
        )


def _twice(objects: ObjectSet) -> Iterator[Finding]:
    """Two Ingresses of one class that want the same host and path, of which one is not served."""
    seen: dict[tuple[str, str], Obj] = {}
    for ingress in sorted(objects.all("Ingress"), key=lambda each: text(each, *_MADE)):
        if any(key.endswith("/canary") for key in mapping(ingress, "metadata", "annotations")):
            continue  # nginx and others share a path on purpose
        for where in dict.fromkeys(where for where, _ in ingress_backends(ingress)):
            key = (text(ingress, "spec", "ingressClassName"), where)
            first = seen.setdefault(key, ingress)
            if first is not ingress and not where.startswith(("*", "spec.")):
                why = f"{where} is also in {ref_of(first)}, which is older: one is not served"
                yield replace(_finding(ingress, "", why), severity="info")
                break


def _broken(objects: ObjectSet, ingress: Obj, where: str, wanted: Obj) -> Iterator[Finding]:
    namespace, name = namespace_of(ingress), text(wanted, "name")
    service = objects.get("Service", namespace, name)
    ref = ObjectRef(kind="Service", namespace=namespace, name=name)
    if service is None:
        if objects.knows("Service", namespace):
            yield _finding(ingress, where, absent(objects, "Service", namespace, name))
        return
    ports = items(service, "spec", "ports")
    asked_number, asked_name = number(wanted, "port", "number"), text(wanted, "port", "name")
    known = {number(port, "port") for port in ports} | {text(port, "name") for port in ports}
    asked = asked_name or asked_number
    if asked and asked not in known:
        there = ", ".join(sorted(str(each) for each in known if each))
        yield _finding(ingress, where, f"Service {ref.name} has no port {asked} (it has {there})")


def _finding(ingress: Obj, where: str, why: str) -> Finding:
    cause = f"its backend for {where} can't be reached: {why}" if where else why
    return about(
        "ingress", ingress, "critical", cause,
        (f"Ingress {name_of(ingress)} {f'rule {where}' if where else 'spec'}: {why}",),
    )  # fmt: skip
