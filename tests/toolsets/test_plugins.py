"""Packages that add toolsets and checks: as pip leaves them, a folder and its metadata."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from holmes.tools import registry
from holmes.tools.base import Toolset
from holmes.triage import own_checks
from support.context import tool_context
from toolsets.test_docs import EXAMPLES

pytestmark = pytest.mark.anyio

Install = Callable[[str, str, str], None]

CHECK = '''
"""Finds nothing."""

def find(objects, logs):
    return iter(())
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a package of one module into a folder of its own on the path of this Python."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    modules = set(sys.modules)

    def add(name: str, source: str, entry_points: str) -> None:
        (site / f"{name}.py").write_text(source, encoding="utf-8")
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        importlib.invalidate_caches()

    yield add
    for name in set(sys.modules) - modules:
        if name.startswith("acme"):
            del sys.modules[name]


def loaded(**inline: object) -> dict[str, Toolset]:
    items = registry.load((), {"toolsets": inline}, tool_context())
    return {item.name: item for item in items}


ORDERS = "[holmes.toolsets]\nacme = acme_orders:toolset\n"


async def test_the_example_of_the_docs_is_a_package(install: Install) -> None:
    install("acme_orders", EXAMPLES["orders.py"], ORDERS)
    item = loaded(**{"acme/orders": {"config": {"shop": "north"}}})["acme/orders"]
    assert item.status.state == "enabled"
    assert loaded()["acme/orders"].source == "package acme"
    assert (await item.tools[0].run({})).command == "orders list --shop north"
    whole = loaded(acme={"config": {"shop": "south"}})["acme/orders"]
    assert whole.tools[0].preview({}) == "orders list --shop south"
    assert loaded(acme={"enabled": False})["acme/orders"].status.state == "disabled"
    async with registry.opened([item], tool_context(), pytest.fail) as [opened]:
        assert opened.status.state == "enabled"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("x = 1", "AttributeError: module 'acme_orders' has no attribute 'toolset'"),
        ("def toolset(config, context):\n    raise RuntimeError('no licence')", "no licence"),
        ("def toolset(config):\n    return None", "TypeError"),
    ],
)
def test_a_package_that_fails_is_listed_and_costs_nothing_else(
    install: Install, source: str, reason: str
) -> None:
    install("acme_orders", source, ORDERS)
    found = loaded()
    assert found["acme"].status.state == "failed"
    assert reason in found["acme"].status.reason
    assert found["kubernetes/core"].tools


HOOKS = """
from holmes.tools.base import Hooks

def toolset(config, context):
    return ()

def hooks(context):
    return Hooks(transformers={"shout": lambda text, arguments: text.upper()})
"""


async def test_a_package_lends_transformers_to_toolset_files(install: Install) -> None:
    install("acme_shout", HOOKS, "[holmes.toolsets]\nacme = acme_shout\n")
    tool = {
        "name": "t",
        "description": "d",
        "command": "echo hi",
        "transformers": [{"name": "shout"}],
    }
    item = loaded(mine={"tools": [tool]})["mine"]
    assert (await item.tools[0].run({})).text == "HI\n"


LIFESPANS = """
from contextlib import asynccontextmanager
from holmes.tools.base import Toolset, ToolsetStatus

diary = []

def made(name, at_open=None, at_close=None):
    @asynccontextmanager
    async def lifespan():
        if at_open:
            raise at_open
        diary.append(f"open {name}")
        try:
            yield
        finally:
            diary.append(f"close {name}")
        if at_close:
            raise at_close

    status = ToolsetStatus(state="enabled")
    return Toolset(name=name, description="", tools=(), status=status, lifespan=lifespan)

def toolset(config, context):
    return (
        made("acme/a"),
        made("acme/b", at_open=OSError("no route")),
        made("acme/c", at_close=OSError("hung up")),
    )
"""


async def test_toolsets_open_in_order_and_close_in_reverse(install: Install) -> None:
    install("acme_lives", LIFESPANS, "[holmes.toolsets]\nacme = acme_lives:toolset\n")
    found = [item for item in loaded().values() if item.name.startswith("acme")]
    said: list[str] = []
    async with registry.opened(found, tool_context(), said.append) as opened:
        states = {item.name: item.status.state for item in opened}
        assert states == {"acme/a": "enabled", "acme/b": "failed", "acme/c": "enabled"}
        assert "no route" in opened[1].status.reason
    diary = importlib.import_module("acme_lives").diary
    assert diary == ["open acme/a", "open acme/c", "close acme/c", "close acme/a"]
    assert said == ["The toolset could not be closed: acme/c: OSError: hung up"]


async def test_toolsets_close_when_a_run_is_cancelled(install: Install) -> None:
    install("acme_lives", LIFESPANS, "[holmes.toolsets]\nacme = acme_lives:toolset\n")
    item = loaded()["acme/a"]
    with anyio.CancelScope() as scope:
        async with registry.opened([item], tool_context(), pytest.fail):
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert importlib.import_module("acme_lives").diary == ["open acme/a", "close acme/a"]


def test_a_package_adds_checks(install: Install) -> None:
    install("acme_check", CHECK, "[holmes.checks]\nnothing = acme_check\n")
    assert [check.__name__ for check in own_checks.load(())] == ["acme_check"]
    install("acme_broken", "import no_such_library", "[holmes.checks]\nbroken = acme_broken\n")
    usable, [fault] = own_checks.load_usable(())
    assert [check.__name__ for check in usable] == ["acme_check"]
    assert 'The check "broken" of a package can\'t be loaded' in fault
