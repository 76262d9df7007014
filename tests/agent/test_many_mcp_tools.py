"""200 tools of ten real MCP servers, in front of a small model.

The questions were written before the ranking was looked at; nothing is tuned on them.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from holmes.agent.tool_choice import LEAST, ToolChoice
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.tools import registry
from holmes.tools.base import Toolset, ToolsetStatus
from holmes.tools.function_tool import FunctionTool
from holmes.toolsets.configured.mcp.schema import definition_of
from support.context import tool_context

RECORDED = Path(__file__).with_name("mcp_tools_of_ten_servers.json")

QUESTIONS: dict[str, set[str]] = {
    "which pull requests are open in acme/shop?": {"list_pull_requests"},
    "was anything pushed to the main branch of acme/shop in the last hour?": {"list_commits"},
    "show what changed in the last commit of the repository /srv/shop": {"git_show", "git_log"},
    "what is in the file /etc/shop/config.yaml?": {"read_text_file", "read_file"},
    "which files lie in /var/log/shop?": {"list_directory", "directory_tree"},
    "open the page http://shop.local and take a screenshot": {"take_screenshot"},
    "which requests does the page make over the network?": {"list_network_requests"},
    "what errors does the browser console show?": {"browser_console_messages"},
    "find our runbook about full disks in Notion": {"API-post-search"},
    "what did people comment on that Notion page?": {"API-retrieve-a-comment"},
    "search the web for this error: x509 certificate signed by unknown authority": {
        "firecrawl_search"
    },
    "scrape the vendor's status page": {"firecrawl_scrape"},
    "forward port 8080 of the pod checkout": {"port_forward"},
    "which issues mention timeouts?": {"search_issues", "list_issues"},
    "what do we know about the service checkout in the memory graph?": {"search_nodes"},
    "how fast does the page load?": {"performance_start_trace"},
    "what is the diff between two branches in git?": {"git_diff"},
    "who reviewed pull request 12?": {"get_pull_request_reviews"},
    "did the checks of pull request 12 pass?": {"get_pull_request_status"},
}


async def _never(arguments: JsonObject) -> ToolOutput:
    raise AssertionError(arguments)


def _toolset(name: str, tools: list[ToolDefinition]) -> Toolset:
    return Toolset(
        name=name,
        description="an MCP server",
        tools=tuple(FunctionTool(definition=each, call=_never, show=str) for each in tools),
        status=ToolsetStatus(state="enabled"),
        source="config file",
    )


BUILTIN = tuple(
    replace(item, status=ToolsetStatus(state="enabled"))
    for item in registry.load((), {}, tool_context())
    if item.name.startswith("kubernetes/")
)
OWN = {tool.definition.name for item in BUILTIN for tool in item.tools}
LISTED = {name: each["tools"] for name, each in json.loads(RECORDED.read_text())["servers"].items()}
TIMES = Counter([*OWN, *(tool["name"] for tools in LISTED.values() for tool in tools)])
# As the registry names them: with the server's name where two have one.
SERVERS = tuple(
    _toolset(
        server,
        [
            definition_of(
                f"{server}__{tool['name']}" if TIMES[tool["name"]] > 1 else tool["name"],
                tool.get("description"),
                tool["inputSchema"],
            )
            for tool in tools
        ],
    )
    for server, tools in LISTED.items()
)


def plain(tools: Iterable[ToolDefinition]) -> set[str]:
    return {tool.name.rpartition("__")[2] for tool in tools}


def tokens(tools: list[ToolDefinition]) -> float:
    """As JSON on the wire, four characters each."""
    return sum(len(f"{t.name}{t.description}{json.dumps(t.parameters)}") for t in tools) / 4


def test_there_are_200_of_them_and_they_would_take_a_window_of_32k() -> None:
    tools = [tool.definition for item in SERVERS for tool in item.tools]
    assert len(tools) == 200
    assert tokens(tools) > 32_000


@pytest.mark.parametrize("window", [4096, 8192, 32_768])
@pytest.mark.parametrize("question", QUESTIONS)
def test_they_cost_a_model_that_is_led_700_tokens_at_most(question: str, window: int) -> None:
    choice = ToolChoice((*BUILTIN, *SERVERS))
    choice.begin(question, window, led=True)
    assert tokens([tool for tool in choice.offered if tool.name not in OWN]) <= LEAST
    assert tokens(choice.reveal(question)) <= LEAST * 2  # a large one comes alone


def test_most_questions_find_their_tool_at_once_or_by_one_search() -> None:
    at_once = found = 0
    missed = []
    for question, wanted in QUESTIONS.items():
        choice = ToolChoice((*BUILTIN, *SERVERS))
        choice.begin(question, 8192, led=True)
        shown = plain(choice.offered)
        more = set() if wanted & shown else plain(choice.reveal(question))
        at_once += bool(wanted & shown)
        found += bool(wanted & (shown | more))
        missed += [] if wanted & (shown | more) else [question]
    # Measured 30 Nov 2026: 14 at once, 16 with one search; fewer is a regression.
    assert at_once >= 14, missed
    assert found >= 16, missed


def test_a_capable_model_with_a_large_window_gets_all_of_them() -> None:
    choice = ToolChoice((*BUILTIN, *SERVERS))
    choice.begin("why?", 256_000)
    assert len(choice.offered) == 200 + len(OWN)
