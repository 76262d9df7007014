"""Toolsets whose program is not here: loaded, listed as failed with one line; oc was never run."""

from pathlib import Path

import pytest

from configured.platforms import opened

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("name", "program"), [("openshift/core", "oc"), ("docker/core", "docker")])
async def test_a_program_that_is_missing_is_named(name: str, program: str, tmp_path: Path) -> None:
    async with opened(name, environment={"PATH": str(tmp_path)}) as asked:
        assert asked.toolset.status.reason == f'the program "{program}" was not found in PATH'


async def test_the_commands_of_openshift_are_as_a_person_types_them() -> None:
    async with opened("openshift/core") as asked:
        tools = {tool.definition.name: tool for tool in asked.toolset.tools}
        said = tools["oc_get"].preview({"kind": "routes"})
        assert said.split()[1:] == ["oc", "get", "routes", "--output=wide", "--all-namespaces"]
        assert (
            tools["oc_get"]
            .preview({"kind": "routes", "namespace": "shop"})
            .endswith("--namespace=shop")
        )
        secrets = await tools["oc_get"].run({"kind": "secrets -o yaml"})
        assert secrets.status != "ok"
