from holmes.triage.fields import Obj
from triage import builders as b


def calling(*, ready: bool = False, **env: str) -> Obj:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    spec = {"containers": [{**b.container(), "env": variables}]}
    return b.pod(ready=ready, spec=spec, containerStatuses=[b.status(ready=ready)])


def test_a_service_that_settings_name_and_that_does_not_exist() -> None:
    pod = calling(CACHE_URL="redis://redis-mastr:6379/0")

    [finding] = b.found_by("named_hosts", pod, b.service("redis-master"))

    assert finding.cause == (
        "container app CACHE_URL (redis-mastr:6379) names Service redis-mastr, which does "
        "not exist in shop (Service redis-master exists)"
    )
    assert finding.severity == "warning"


def test_a_quota_that_lets_no_service_be_made() -> None:
    quota = b.obj("ResourceQuota", "small",
                  status={"hard": {"services": "2"}, "used": {"services": "2"}})  # fmt: skip

    [finding] = b.found_by("named_hosts", calling(DB_HOST="orders-db"), b.service(), quota)

    assert finding.cause.endswith(
        "does not exist in shop; ResourceQuota small allows no more (services 2 of 2 used)"
    )


def test_of_pods_that_are_well_it_is_a_remark() -> None:
    [finding] = b.found_by("named_hosts", calling(ready=True, DB_HOST="orders-db"), b.service())

    assert finding.severity == "info"


def test_what_exists_or_is_elsewhere_is_no_finding() -> None:
    pod = calling(DB_HOST="web", MODE="production", API="https://api.example.com/v1",
                  SELF_HOST="localhost")  # fmt: skip

    assert not b.found_by("named_hosts", pod, b.service())
