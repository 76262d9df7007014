from triage import builders as b

CALLER = b.pod(ready=True, containerStatuses=[b.status(ready=True)])
REFUSED = '{"level": "error", "msg": "call failed: Connection refused", "target": "http://cart/x"}'
OK = '{"level": "info", "msg": "call ok", "target": "http://cart/x", "status": 200}'


def test_calls_to_a_service_point_at_its_workload() -> None:
    backend = b.pod("cart-0", owner=b.owned_by("StatefulSet", "cart"), labels={"app": "cart"})

    [finding] = b.found_by(
        "service_calls", CALLER, b.service("cart", selector={"app": "cart"}), backend,
        logs={"web-7d9f-abcde": "\n".join([REFUSED] * 5)},
    )  # fmt: skip

    assert finding.cause == (
        "calls to Service cart fail: call failed: Connection refused (target=http://cart/x)"
    )
    assert [str(ref) for ref in finding.explained_by] == [
        "Service shop/cart",
        "StatefulSet shop/cart",
    ]


def test_a_name_that_does_not_resolve() -> None:
    line = "ERROR dial tcp: lookup payments-db on 10.96.0.10:53: no such host"

    [finding] = b.found_by(
        "service_calls", CALLER, b.service("payments"), logs={"web-7d9f-abcde": line}
    )

    assert "there is no Service shop/payments-db (Service payments exists)" in finding.cause


def test_a_port_that_the_service_does_not_have() -> None:
    line = "ERROR connect to cart:9000 failed: connection refused"

    [finding] = b.found_by(
        "service_calls", CALLER, b.service("cart"), logs={"web-7d9f-abcde": line}
    )

    assert finding.cause.endswith("calls cart:9000; Service cart has only port 80")


def test_a_failure_before_the_calls_went_well_is_noise() -> None:
    log = "\n".join([REFUSED, *[OK] * 11])

    assert not b.found_by("service_calls", CALLER, b.service("cart"), logs={"web-7d9f-abcde": log})


def test_a_failure_of_long_ago_is_history() -> None:
    old = f"2026-11-24T12:00:00.000000001Z {REFUSED}"

    assert not b.found_by("service_calls", CALLER, b.service("cart"), logs={"web-7d9f-abcde": old})
