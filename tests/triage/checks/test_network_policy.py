from holmes.triage.fields import Obj
from triage import builders as b


def policy(**spec: object) -> Obj:
    return b.obj(
        "NetworkPolicy", "deny", spec={"podSelector": {"matchLabels": {"app": "web"}}, **spec}
    )


def test_nothing_may_come_in() -> None:
    [finding] = b.found_by(
        "network_policy", policy(policyTypes=["Ingress"]), b.service(), b.pod(ready=True)
    )

    assert finding.cause == (
        "it lets nothing in, but Service web sends to port 8080 of the pods it selects"
    )


def test_only_another_port_may_come_in() -> None:
    closed = policy(policyTypes=["Ingress"], ingress=[{"ports": [{"port": 9090}]}])

    [finding] = b.found_by("network_policy", closed, b.service(), b.pod(ready=True))

    assert finding.cause.startswith("it lets in only port 9090, but Service web")


def test_a_range_that_holds_the_port_opens_it() -> None:
    opened = policy(ingress=[{"ports": [{"port": 8000, "endPort": 9000}]}])

    assert not b.found_by("network_policy", opened, b.service(), b.pod(ready=True))


def test_no_dns_may_go_out() -> None:
    closed = policy(policyTypes=["Egress"], egress=[{"ports": [{"port": 443}]}])
    line = "ERROR getaddrinfo EAI_AGAIN db"

    [finding] = b.found_by(
        "network_policy", closed, b.pod(ready=True), logs={"web-7d9f-abcde": line}
    )

    assert "it lets no DNS out (port 53)" in finding.cause


def test_a_policy_for_other_pods_is_no_finding() -> None:
    other = policy(podSelector={"matchLabels": {"app": "db"}})

    assert not b.found_by("network_policy", other, b.service(), b.pod(ready=True))
