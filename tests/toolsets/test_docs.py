import re
from pathlib import Path

import pytest

from holmes.tools import registry
from holmes.tools.base import Tool, Toolset
from holmes.tools.toolset_file import ToolsetSpec, ToolSpec
from holmes.toolsets.kubernetes.shapes import BY_NAME
from support.context import from_file, tool_context

pytestmark = pytest.mark.anyio

TEXT = (Path(__file__).parents[2] / "docs/toolsets.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))


def example(name: str, folder: Path) -> tuple[Toolset, dict[str, Tool]]:
    path = folder / name
    path.write_text(EXAMPLES[name], encoding="utf-8")
    (toolset,) = from_file(path, tool_context())
    return toolset, {tool.definition.name: tool for tool in toolset.tools}


def test_every_example_is_one_of_these() -> None:
    assert set(EXAMPLES) == {"disk.yaml", "status.yaml", "orders.py"}
    assert TEXT.count("<!-- example:") == len(EXAMPLES)


async def test_the_disk_example_runs(tmp_path: Path) -> None:
    toolset, tools = example("disk.yaml", tmp_path)
    (checked,) = await registry.check([toolset])
    assert checked.status.state == "enabled"
    (tmp_path / "a b").mkdir()
    space = await tools["disk_space"].run({"path": f"{tmp_path}/a b"})
    assert space.status == "ok"
    largest = await tools["largest_folders"].run({"path": str(tmp_path), "count": 1})
    assert largest.text.split()[1:] == [str(tmp_path)]
    assert largest.command.startswith("du -x")


def test_the_status_example_keeps_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ORDERS_TOKEN", "s3cret")
    toolset, tools = example("status.yaml", tmp_path)
    assert toolset.status.state == "enabled"
    shown = tools["order_status"].preview({"order": "7", "verbose": True})
    assert shown.endswith('"${ORDERS_URL}"/orders/7?verbose=true')
    assert "s3cret" not in shown


def test_every_built_in_toolset_and_tool_is_in_the_docs() -> None:
    for toolset in registry.load((), {}, tool_context()):
        tools = ", ".join(f"`{tool.definition.name}`" for tool in toolset.tools)
        assert f"| {toolset.name} | {tools} |" in TEXT


def test_every_key_and_every_name_is_in_the_docs() -> None:
    keys = {*ToolsetSpec.__struct_fields__, *ToolSpec.__struct_fields__, *BY_NAME}
    assert [key for key in sorted(keys) if f"`{key}" not in TEXT] == []
