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
