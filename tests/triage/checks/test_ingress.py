from holmes.triage.fields import Obj
from triage import builders as b


def ingress(service: str, **port: object) -> Obj:
    backend = {"service": {"name": service, "port": port}}
    rule = {"host": "shop.test", "http": {"paths": [{"path": "/", "backend": backend}]}}
    return b.obj("Ingress", "edge", spec={"rules": [rule]})


def test_a_service_that_does_not_exist() -> None:
    [finding] = b.found_by("ingress", ingress("web-api", number=80), b.service("web-app"))

    assert finding.cause == (
        "its backend for shop.test/ can't be reached: "
        "Service web-api does not exist (Service web-app exists)"
    )


def test_a_port_that_the_service_does_not_have() -> None:
    [finding] = b.found_by("ingress", ingress("web", name="http"), b.service())

    assert finding.cause.endswith("Service web has no port http (it has 80)")


def test_a_backend_that_exists_is_well() -> None:
    assert not b.found_by("ingress", ingress("web", number=80), b.service())


def test_a_class_that_nobody_serves_and_a_certificate_that_is_not_there() -> None:
    guarded = ingress("web", number=80)
    guarded["spec"] |= {"ingressClassName": "nginx", "tls": [{"secretName": "web-tls"}]}
    traefik = {"kind": "IngressClass", "metadata": {"name": "traefik"}}

    found = b.found_by("ingress", guarded, b.service(), traefik, b.obj("Secret", "web-cert"))

    assert [finding.cause for finding in found] == [
        "IngressClass nginx does not exist (there are: traefik)",
        "its TLS Secret web-tls does not exist (Secret web-cert exists)",
    ]
    assert not b.found_by(
        "ingress", guarded, b.service(), b.obj("Secret", "web-tls"),
        {"kind": "IngressClass", "metadata": {"name": "nginx"}},
    )  # fmt: skip


def test_no_class_and_no_default_one() -> None:
    ingress = b.obj("Ingress", "front", spec={})
    other = b.obj("IngressClass", "nginx")
    [finding] = b.found_by("ingress", ingress, other)
    assert finding.cause == "it names no class and there is no default IngressClass"
    assert finding.severity == "info"
    other["metadata"]["annotations"] = {"ingressclass.kubernetes.io/is-default-class": "true"}
    assert not b.found_by("ingress", ingress, other)
    taken = b.obj("Ingress", "front", status={"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}})
    assert not b.found_by("ingress", taken, b.obj("IngressClass", "nginx"))


def test_two_that_want_one_path() -> None:
    def front(name: str, path: str, **annotations: str) -> Obj:
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        rules = [{"host": "shop.test", "http": {"paths": [{"path": path, "backend": backend}]}}]
        made = b.obj("Ingress", name, spec={"rules": rules, "ingressClassName": "nginx"})
        made["metadata"]["annotations"] = annotations
        return made

    nginx = {"kind": "IngressClass", "metadata": {"name": "nginx"}}
    there = (b.service(), nginx, front("a", "/"), front("c", "/api"))
    [finding] = b.found_by("ingress", *there, front("b", "/"))
    assert finding.cause == (
        "shop.test/ is also in Ingress shop/a, which is older: one is not served"
    )
    canary = front("b", "/", **{"nginx.ingress.kubernetes.io/canary": "true"})
    assert not b.found_by("ingress", *there, canary)
