import pytest

from holmes.triage.hosts import mentions, resolve
from triage import builders as b


@pytest.mark.parametrize(
    ("line", "host", "port"),
    [
        ("dial tcp: lookup cart on 10.0.0.10:53: no such host", "cart", 0),
        ('"target": "http://cart.shop.svc.cluster.local/api"', "cart.shop.svc.cluster.local", 0),
        ("postgres://user:secret@db/orders refused", "db", 0),
        ("dependency redis session-cache:6379 unavailable", "session-cache", 6379),
        ("nc: bad address 'db'", "db", 0),
        ('could not translate host name "db" to address', "db", 0),
        ("dial tcp 10.0.0.9:8080: connect: no route to host", "10.0.0.9", 8080),
    ],
)
def test_the_host_that_a_line_names(line: str, host: str, port: int) -> None:
    assert (host, port) in [(each.host, each.port) for each in mentions(line)]


@pytest.mark.parametrize(
    "line", ["status 503", "at 16:20:10 it failed", "error: it broke", "at factory.go:160"]
)
def test_a_line_that_names_none(line: str) -> None:
    assert not mentions(line)


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("web", "Service shop/web"),
        ("web.shop", "Service shop/web"),
        ("web.other.svc", "Service other/web"),
        ("web-0.web.shop.svc.cluster.local", "Service shop/web"),
        ("10.0.0.9", "Pod shop/web-7d9f-abcde"),
    ],
)
def test_what_a_host_means_inside_the_cluster(host: str, meant: str) -> None:
    destination = resolve(b.object_set([b.service(), b.pod()]), host, "shop")

    assert destination is not None
    assert str(destination.ref) == meant


def test_a_public_name_means_nothing_inside() -> None:
    assert resolve(b.object_set([b.service()]), "api.example.com", "shop") is None


def test_in_one_namespace_nobody_knows_the_services_of_another() -> None:
    destination = resolve(b.object_set([b.service()], scope="shop"), "db.other.svc", "shop")

    assert destination is not None
    assert destination.exists is None
