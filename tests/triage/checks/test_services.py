from triage import builders as b


def test_a_selector_that_matches_no_pod() -> None:
    [finding] = b.found_by(
        "services",
        b.service("cart", selector={"app": "cart-api"}),
        b.pod(ready=True, labels={"app": "cart"}),
        b.replica_set(),
    )

    assert finding.cause == (
        "its selector app=cart-api matches no pod, so it has no endpoints; "
        "the pods of Deployment shop/web carry app=cart"
    )


def test_no_pod_is_ready_and_the_workload_explains_it() -> None:
    [finding] = b.found_by("services", b.service(), b.pod(), b.replica_set())

    assert finding.cause == "its only pod is not ready"
    assert "Deployment shop/web" in map(str, finding.explained_by)


def test_a_target_port_that_no_container_has() -> None:
    pod = b.pod(ready=True, spec={"containers": [b.container(ports=[{"containerPort": 80}])]})

    [finding] = b.found_by("services", b.service(), pod)

    assert finding.cause == "its targetPort 8080 is no port of its pods (they have 80)"


def test_a_port_name_that_no_container_has() -> None:
    port = {"containerPort": 80, "name": "http"}
    pod = b.pod(ready=True, spec={"containers": [b.container(ports=[port])]})

    [finding] = b.found_by("services", b.service(ports=[{"port": 80, "targetPort": "web"}]), pod)

    assert finding.cause == "its targetPort web is no port name of its pods (they have http, 80)"


def test_a_container_need_not_declare_its_ports() -> None:
    assert not b.found_by("services", b.service(), b.pod(ready=True))


def test_scaled_to_nothing_is_a_remark() -> None:
    template = {"metadata": {"labels": {"app": "web"}}}

    [finding] = b.found_by("services", b.service(), b.deployment(replicas=0, template=template))

    assert finding.severity == "info"


def test_endpoints_filled_by_hand_are_enough() -> None:
    by_hand = b.obj("EndpointSlice", "web-1", endpoints=[{"addresses": ["10.1.1.1"]}])
    by_hand["metadata"]["labels"] = {"kubernetes.io/service-name": "web"}

    assert not b.found_by("services", b.service(), by_hand)


def test_a_load_balancer_that_never_came() -> None:
    [finding] = b.found_by("services", b.service(type="LoadBalancer"), b.pod(ready=True))

    assert finding.cause == "it has no external address: no controller has given it one"


def test_a_protocol_that_no_container_speaks() -> None:
    pod = b.pod(ready=True, spec={"containers": [b.container(ports=[{"containerPort": 8080}])]})
    udp = b.service(ports=[{"port": 53, "targetPort": 8080, "protocol": "UDP"}])

    [finding] = b.found_by("services", udp, pod)

    assert finding.cause == "its port 53 is UDP, its pods have 8080 as TCP"


def test_one_port_of_several_that_no_container_declares_is_a_remark() -> None:
    pod = b.pod(ready=True, spec={"containers": [b.container(ports=[{"containerPort": 80}])]})
    two = b.service(ports=[{"port": 80, "targetPort": 80}, {"port": 90}])

    [finding] = b.found_by("services", two, pod)

    assert finding.cause == "its targetPort 90 is no port of its pods (they have 80)"
    assert finding.severity == "info"


def test_endpoints_by_hand_and_a_named_port_are_no_matter_of_pods() -> None:
    endpoints = b.obj("EndpointSlice", "web-1", endpoints=[{"addresses": ["10.0.0.9"]}])
    endpoints["metadata"]["labels"] = {"kubernetes.io/service-name": "web"}
    service = b.service(ports=[{"port": 80, "targetPort": "web"}])
    assert b.found_by("services", service, endpoints) == []
