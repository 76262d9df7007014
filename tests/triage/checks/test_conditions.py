import pytest

from holmes.triage.fields import Obj
from triage import builders as b


def condition(kind: str, status: str, message: str = "", reason: str = "Why") -> Obj:
    return {"type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": b.START}  # fmt: skip


def thing(kind: str, name: str, *conditions: Obj, owner: Obj | None = None, **spec: object) -> Obj:
    made = b.obj(kind, name, spec=spec, status={"conditions": [*conditions]})
    made["metadata"]["ownerReferences"] = [owner] if owner else []
    return made


@pytest.mark.parametrize(
    ("kind", "status", "bad"),
    [
        ("Ready", "False", True),
        ("Ready", "True", False),
        ("Ready", "Unknown", False),
        ("Degraded", "True", True),
        ("Degraded", "False", False),
        ("Progressing", "False", False),
    ],
)
def test_what_an_operator_says(kind: str, status: str, bad: bool) -> None:  # noqa: FBT001
    found = b.found_by("conditions", thing("Kafka", "bus", condition(kind, status, "no quorum")))

    assert bool(found) is bad
    assert [each.cause for each in found] == [f"{kind} is {status} (Why): no quorum"] * bad


def test_a_certificate_is_explained_by_what_its_controller_made_for_it() -> None:
    certificate = thing("Certificate", "shop-tls", condition("Ready", "False", "Issuing"))
    order = thing(
        "Order", "shop-tls-1", condition("Ready", "False", "429: too many certificates"),
        owner={"kind": "Certificate", "name": "shop-tls"},
    )  # fmt: skip

    [finding] = b.found(certificate, order)

    assert str(finding.subject) == "Order shop/shop-tls-1"
    assert finding.chain[-1] == "Certificate shop-tls: Ready is False (Why): Issuing"


def test_an_issuer_explains_its_certificates() -> None:
    issuer = thing("ClusterIssuer", "acme", condition("Ready", "False", "account is gone"))
    del issuer["metadata"]["namespace"]
    reference = {"kind": "ClusterIssuer", "name": "acme"}
    certificate = thing("Certificate", "web", condition("Ready", "False"), issuerRef=reference)

    [finding] = b.found(issuer, certificate)

    assert str(finding.subject) == "ClusterIssuer acme"


def test_a_route_says_for_which_gateway_its_backends_are_not_there() -> None:
    route = b.obj(
        "HTTPRoute", "shop", spec={"rules": [{"backendRefs": [{"name": "cart", "port": 80}]}]},
        status={"parents": [{"parentRef": {"name": "public"}, "conditions": [
            condition("Accepted", "True"),
            condition("ResolvedRefs", "False", "Service cart not found", "BackendNotFound"),
        ]}]},
    )  # fmt: skip

    [finding] = b.found_by("conditions", route)

    assert finding.cause == (
        "ResolvedRefs is False for public (BackendNotFound): Service cart not found"
    )
    assert "Service shop/cart" in map(str, finding.explained_by)


def test_a_listener_of_a_gateway() -> None:
    gateway = b.obj("Gateway", "public", status={"listeners": [{"name": "https", "conditions": [
        condition("Programmed", "False", "no such Secret"),
    ]}]})  # fmt: skip

    [finding] = b.found_by("conditions", gateway)

    assert finding.cause == "Programmed is False for https (Why): no such Secret"


def test_built_in_kinds_have_checks_of_their_own() -> None:
    assert not b.found_by("conditions", b.node(ready="False"))


def test_a_condition_that_has_just_changed_may_go_again() -> None:
    young = {**condition("Ready", "False"), "lastTransitionTime": b.NOW}

    assert not b.found_by("conditions", thing("Kafka", "bus", young))


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (
            {"phase": "Failed", "reason": "ComponentUnhealthy", "message": "no owner"},
            "phase is Failed (ComponentUnhealthy): no owner",
        ),
        ({"error": {"message": "no such snapshot class"}}, "error is set: no such snapshot class"),
        ({"phase": "Error", "finishedAt": b.START}, "phase is Error"),
        ({"phase": "Failed", "finishedAt": "2026-11-24T10:00:00Z"}, ""),
        ({"phase": "Succeeded"}, ""),
    ],
    ids=["a phase", "an error", "a run that has just failed", "a run of this morning", "well"],
)
def test_what_is_said_in_other_fields_than_conditions(status: Obj, cause: str) -> None:
    found = b.found_by("conditions", b.obj("ClusterServiceVersion", "db.v1", status=status))
    assert [each.cause for each in found] == ([cause] if cause else [])
