"""A user and a password in the URL of a back end, however they are written."""

import pytest

from holmes.core.errors import ToolsetFileError
from holmes.tools import registry
from holmes.tools.base import ToolContext
from holmes.tools.urls import without_login

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("url", "plain", "login"),
    [
        ("http://host:9090/base", "http://host:9090/base", None),
        ("http://[::1]:9090", "http://[::1]:9090", None),
        ("http://host/@scope/x?of=a@b", "http://host/@scope/x?of=a@b", None),
        ("unix:///run/redis.sock", "unix:///run/redis.sock", None),
        ("https://u:p%2Fw@host/base", "https://host/base", ("u", "p/w")),
        ("https://token@host", "https://host", ("token", "")),
        ("http://u:hunter2/pw9@host:1", "http://host:1", ("u", "hunter2/pw9")),
        ("http://u:hunter2#pw9@host", "http://host", ("u", "hunter2#pw9")),
        ("redis://:hunter2?pw9@host:1/0", "redis://host:1/0", ("", "hunter2?pw9")),
        ("u:hunter2@host:1", "host:1", ("u", "hunter2")),
        ("", "", None),
    ],
)
def test_it_is_told_apart(url: str, plain: str, login: tuple[str, str] | None) -> None:
    assert without_login(url) == (plain, login)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("prometheus/metrics", {"prometheus_url": "http://u:hunter2/pw9@127.0.0.1:1"}),
        ("prometheus/metrics", {"prometheus_url": "http://u:hunter2/pw9@127.0.0.1:none"}),
        ("jaeger", {"api_url": "u:hunter2/pw9@127.0.0.1:1"}),
        ("rabbitmq/core", {"management_url": "http://u:hunter2/pw9@127.0.0.1:1"}),
        ("redis", {"connection_url": "redis://:hunter2/pw9@127.0.0.1:1"}),
        ("redis", {"connection_url": "redis://:hunter2/pw9@127.0.0.1:none"}),
        ("database/sql", {"connection_url": "clickhouse://u:hunter2/pw9@127.0.0.1:1/d"}),
        ("database/sql", {"connection_url": "clickhouse://u:hunter2/pw9@127.0.0.1:none/d"}),
    ],
)
async def test_no_password_is_shown(name: str, config: dict[str, object]) -> None:
    context = ToolContext()
    loaded = [i for i in registry.load((), {name: {"config": config}}, context) if i.name == name]
    async with registry.opened(loaded, context, print) as opened:
        (item,) = await registry.check(opened)
    assert item.status.state == "failed"
    shown = [item.status.reason, *(tool.preview({"query": "up"}) for tool in item.tools)]
    assert not [each for each in shown if "hunter2" in each or "pw9" in each]


def test_a_kafka_broker_takes_none() -> None:
    section = {"kafka/admin": {"config": {"broker": "u:hunter2@127.0.0.1:1"}}}
    with pytest.raises(ToolsetFileError, match="holds a user or a password") as refused:
        registry.load((), section, ToolContext())
    assert "hunter2" not in str(refused.value)
