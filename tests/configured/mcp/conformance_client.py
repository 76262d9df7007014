"""What the conformance suite runs as a client: a toolset of ours on the server that it names.

The suite gives the server's URL as the last argument, and what a scenario needs beside it in
MCP_CONFORMANCE_CONTEXT. The "browser" of a login is curl, which follows the redirects.
"""

import json
import os
import sys
import tempfile
from typing import Any

import anyio

from holmes.core.messages import JsonObject
from holmes.tools import registry
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.permissions import Answer, Permissions

_METADATA_URL = "https://conformance-test.local/client-metadata.json"  # what the suite expects
_ARGUMENTS: dict[str, JsonObject] = {"add_numbers": {"a": 2, "b": 3}}


async def yes(command: str) -> Answer:
    print(command, file=sys.stderr)
    return "yes"


def section(url: str, scenario: str, given: dict[str, Any]) -> dict[str, object]:
    config: dict[str, object] = {"url": url, "mode": "streamable-http", "approved_tools": ["*"]}
    if scenario.startswith("auth/"):
        oauth: dict[str, object] = {"redirect_port": int(os.environ["REDIRECT_PORT"])}
        if "client-credentials" in scenario:
            oauth["grant"] = "client_credentials"
        if "cimd" in scenario:
            oauth["client_metadata_url"] = _METADATA_URL
        oauth |= {k: v for k, v in given.items() if k in {"client_id", "client_secret"}}
        if "private_key_pem" in given:
            with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
                file.write(given["private_key_pem"])
            oauth |= {"private_key": file.name, "signing_algorithm": given["signing_algorithm"]}
        config["oauth"] = oauth
    return {"config": config}


async def main(url: str) -> int:
    scenario = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
    given = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    with tempfile.TemporaryDirectory() as state:
        environment = {**os.environ, "XDG_STATE_HOME": state}
        os.environ["BROWSER"] = "curl -sL -o /dev/null %s"
        context = ToolContext(permissions=Permissions(ask=yes), environment=environment)
        servers = {"mcp_servers": {"under-test": section(url, scenario, given)}}
        loaded = registry.load((), servers, context)
        ours = [item for item in loaded if item.name == "under-test"]
        async with registry.opened(ours, context, print) as (item,):
            return await use(item)


async def use(item: Toolset) -> int:
    if item.status.state != "enabled":
        print(item.status.reason, file=sys.stderr)
        return 1
    failed = 0
    for tool in item.tools:
        output = await tool.run(_ARGUMENTS.get(tool.definition.name, {}))
        print(tool.definition.name, output.status, output.note, output.text, file=sys.stderr)
        failed += output.status != "ok"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(anyio.run(main, sys.argv[-1]))
