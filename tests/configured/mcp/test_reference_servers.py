"""The protocol's reference servers, real ones: everything, filesystem, time."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from configured.mcp.opening import call, names, opened, tool
from configured.servers.node import packages
from holmes.core.tool_output import Json, Table
from holmes.tools.base import Toolset

pytestmark = pytest.mark.anyio

PROGRESS: list[str] = []


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Toolset]]:
    folder = tmp_path_factory.mktemp("reference")
    (folder / "notes.txt").write_text("checkout was rolled out at 10:02\n")
    node = packages()
    everything = node.program("@modelcontextprotocol/server-everything", "dist/index.js")
    filesystem = node.program("@modelcontextprotocol/server-filesystem", "dist/index.js")
    clock = str(Path(sys.executable).with_name("mcp-server-time"))
    # As other programs write it (`mcpServers`), and as the peer does.
    sections: dict[str, object] = {
        "everything": {
            "command": everything[0],
            "args": [*everything[1:], "stdio"],
            "trusted": True,
        },
        "files": {
            "command": filesystem[0],
            "args": [*filesystem[1:], str(folder)],
            "trusted": True,
        },
        "clock": {
            "description": "The time anywhere",
            "config": {
                "mode": "stdio",
                "command": clock,
                "args": ["--local-timezone", "UTC"],
                "health_check_tool": "get_current_time",
                "approved_tools": ["*"],
            },
            "llm_instructions": "Ask it for the time.",
        },
    }
    sections["everything"]["approved_tools"] = ["*"]  # type: ignore[index]
    async with opened(sections, folder, progress=PROGRESS.append) as toolsets:
        yield {item.name: item for item in toolsets}


async def test_each_says_what_it_is(servers: dict[str, Toolset]) -> None:
    said = {name: item.status.server for name, item in servers.items()}
    assert said["everything"] == "mcp-servers/everything 2.0.0, MCP 2025-11-25"
    assert said["files"].startswith("secure-filesystem-server ")
    # Its health check needs an argument, so it fails, and says so.
    assert servers["clock"].status.state == "failed"
    assert 'its health check "get_current_time" failed' in servers["clock"].status.reason
    assert servers["clock"].description == "The time anywhere"
    assert servers["clock"].instructions == "Ask it for the time."


async def test_structured_content_is_data(servers: dict[str, Toolset]) -> None:
    output = await call(servers["everything"], "get-structured-content", location="Chicago")
    assert isinstance(output.data, Json)
    assert isinstance(output.data.value, dict)
    assert set(output.data.value) == {"temperature", "conditions", "humidity"}
    assert output.text.count("temperature") == 1
    assert output.command == 'mcp everything get-structured-content {"location": "Chicago"}'


async def test_an_image_is_named_with_its_size(servers: dict[str, Toolset]) -> None:
    output = await call(servers["everything"], "get-tiny-image")
    assert "[image/png, 4.0 kB: not shown]" in output.text


async def test_embedded_resources_are_their_text(servers: dict[str, Toolset]) -> None:
    item = servers["everything"]
    text = await call(item, "get-resource-reference", resourceType="Text", resourceId=1)
    assert "This is a plaintext resource" in text.text
    links = await call(item, "get-resource-links", count=2)
    assert "[resource demo://resource/dynamic/" in links.text


async def test_resources_and_prompts_are_one_tool_each(servers: dict[str, Toolset]) -> None:
    item = servers["everything"]
    assert [name for name in names(item) if name.startswith("everything_")] == [
        "everything_resources",
        "everything_prompts",
    ]
    assert not [name for name in names(servers["files"]) if name.endswith("_resources")]
    listed = await call(item, "everything_resources")
    assert isinstance(listed.data, Table)
    uri = next(row[0] for row in listed.data.rows if row[0].endswith("features.md"))
    assert "# Everything Server" in (await call(item, "everything_resources", uri=uri)).text
    prompt = await call(item, "everything_prompts", name="args-prompt", arguments={"city": "Bonn"})
    assert "Bonn" in prompt.text


async def test_progress_is_passed_on(servers: dict[str, Toolset]) -> None:
    PROGRESS.clear()
    output = await call(
        servers["everything"], "trigger-long-running-operation", duration=1, steps=2
    )
    assert output.status == "ok"
    assert PROGRESS == ["trigger-long-running-operation: 1 of 2"]


async def test_files_are_read_and_nothing_is_written(servers: dict[str, Toolset]) -> None:
    item = servers["files"]
    folder = (await call(item, "list_allowed_directories")).text.splitlines()[-1]
    output = await call(item, "read_text_file", path=f"{folder}/notes.txt")
    assert output.text == "checkout was rolled out at 10:02"
    assert output.data is None, "a text under a key is a text"
    written = await call(item, "write_file", path=f"{folder}/new.txt", content="x")
    assert written.status == "denied"
    assert not (Path(folder) / "new.txt").exists()
    missing = await call(item, "read_text_file", path=f"{folder}/gone.txt")
    assert missing.status == "failed"
    assert "ENOENT" in missing.note


async def test_a_definition_is_what_a_call_needs(servers: dict[str, Toolset]) -> None:
    found = tool(servers["files"], "edit_file").definition
    assert set(found.parameters) <= {"type", "properties", "required", "additionalProperties"}
    assert "$schema" not in str(found.parameters)
