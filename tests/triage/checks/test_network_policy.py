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


def database() -> list[Obj]:
    pod = b.pod("db-0", ready=True, owner=[], labels={"app": "db"})
    service = b.service("db", selector={"app": "db"}, ports=[{"port": 5432}])
    for each in (pod, service):
        each["metadata"]["namespace"] = "data"
    return [pod, service, {"kind": "Namespace", "metadata": {"name": "data"}}]


def lets_in(*peers: Obj) -> Obj:
    rule = {"from": [*peers], "ports": [{"port": 5432}]}
    made = policy(podSelector={"matchLabels": {"app": "db"}}, ingress=[rule])
    made["metadata"]["namespace"] = "data"
    return made


CALLER = b.pod(ready=True, spec={"containers": [{**b.container(), "env": [
    {"name": "DB", "value": "postgres://db.data.svc:5432/x"}]}]})  # fmt: skip


def test_a_caller_of_another_namespace_is_kept_out() -> None:
    line = "ERROR dial tcp: connect to db.data.svc:5432: connection timed out"

    [finding] = b.found_by(
        "network_policy", lets_in({"podSelector": {}}), *database(), CALLER,
        logs={"web-7d9f-abcde": line},
    )  # fmt: skip

    assert finding.severity == "critical"
    assert finding.cause.startswith("it keeps ReplicaSet shop/web-7d9f from Service data/db: ")
    assert "no ingress rule has pods of namespace shop on port 5432" in finding.cause


def test_a_caller_that_is_well_is_only_a_remark_and_one_that_is_let_in_none() -> None:
    shop = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}

    [finding] = b.found_by("network_policy", lets_in({"podSelector": {}}), *database(), CALLER)
    assert finding.severity == "info"
    assert not b.found_by("network_policy", lets_in(shop), *database(), CALLER)


def test_a_caller_that_may_not_get_out() -> None:
    dns_only = policy(policyTypes=["Egress"], egress=[{"ports": [{"port": 53}]}])

    [finding] = b.found_by("network_policy", dns_only, *database(), CALLER)

    assert "no egress rule has pods of namespace data on port 5432" in finding.cause
