"""Which way of calling tools serves the embedded model best: the table of docs/tool-call-modes.md.

Asks the real small model forty questions on each mode with 5, 10 and 20 tools. What is measured
already, in benchmarks/tool_call_modes.json, is not asked again: an interrupted run goes on where
it ended.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Literal, TypeAlias, get_args

import anyio
import report
from counted import CountedModel
from questions import TOOL_COUNTS, Question, ToolCount, judge, questions, tools_for

from holmes.core.errors import ModelServerError
from holmes.core.messages import (
    AssistantMessage,
    SystemMessage,
    ToolCall,
    UserMessage,
)
from holmes.embedded import weights
from holmes.embedded.server import MODEL_NAME, LocalServer
from holmes.models.base import Model, ModelRequest
from holmes.models.client.arguments import encode
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.models.modes.model import AnyToolModel
from holmes.models.modes.requests import CallMode

ModeName: TypeAlias = Literal["native", "salvaged", "constrained", "prompted"]
MODES: tuple[ModeName, ...] = get_args(ModeName)
SENT: dict[ModeName, CallMode] = {
    "native": "native",
    "salvaged": "native",
    "constrained": "constrained",
    "prompted": "prompted",
}
"""How each is sent; `salvaged` is native on a server that leaves the calls in the text."""

RESULTS = Path(__file__).with_name("tool_call_modes.json")
PAGE = Path(__file__).parents[1] / "docs/tool-call-modes.md"
BEGIN, END = "<!-- table: just tool-modes -->", "<!-- end of table -->"
SYSTEM = SystemMessage(content="You look after a running system and look things up with tools.")
_ROOM = 256
_WINDOW = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One question on one mode; `call` is what came, as JSON, or the words, or the error.

    requests       more than one where the first reply held no call that could be run
    prompt_tokens  of all requests, 0 where there was an error
    """

    mode: ModeName
    tools: ToolCount
    question: str
    tool: bool
    arguments: bool
    native: bool
    requests: int
    prompt_tokens: int
    seconds: float
    call: str

    @property
    def key(self) -> tuple[ModeName, ToolCount, str]:
        """What was asked."""
        return self.mode, self.tools, self.question


def main() -> int:
    """Measure what is missing, keep it, print the table and put it into the page."""
    args = _parser().parse_args()
    kept = {result.key: result for result in load()}
    cells = [(r, t) for r in args.mode or MODES for t in args.tools or TOOL_COUNTS]
    for shipped in (False, True):
        # Group by group, so that modes can be compared where a run was interrupted.
        missing = [
            (mode, count, question)
            for group in dict.fromkeys(question.group for question in questions())
            for mode, count in cells
            for question in questions()
            if question.group == group
            and (mode == "salvaged") == shipped
            and (args.again or (mode, count, question.ask) not in kept)
        ]
        if missing and not args.table:
            anyio.run(_measure, missing, kept, shipped)
    print(table(load()))
    _update_page(load())
    return 0


async def _measure(
    missing: Sequence[tuple[ModeName, ToolCount, Question]],
    kept: dict[tuple[ModeName, ToolCount, str], Result],
    shipped: bool,  # noqa: FBT001  # anyio.run passes positions only
) -> None:
    path = weights.installed() or await weights.pull()
    with LocalServer(path, context_window=_WINDOW, shipped_template=shipped) as server:
        client = ChatCompletionsModel(ClientSettings(base_url=server.base_url, model=MODEL_NAME))
        for number, (mode, count, question) in enumerate(missing, start=1):
            result = await ask(client, mode, count, question)
            kept[result.key] = result
            _save(list(kept.values()))
            mark = "right" if result.arguments else "tool only" if result.tool else "wrong"
            print(
                f"{number}/{len(missing)} {mode} {count}: {mark}, {result.seconds:.1f} s",
                file=sys.stderr,
            )
        await client.aclose()


async def ask(client: Model, mode: ModeName, count: ToolCount, question: Question) -> Result:
    """One question as a run asks it; an error of the server is a wrong answer."""
    tools = tools_for(question, count)
    request = ModelRequest(
        messages=(SYSTEM, UserMessage(content=question.ask)), tools=tools, max_tokens=_ROOM
    )
    counted = CountedModel(client)
    began = time.monotonic()
    try:
        reply = await AnyToolModel(counted, SENT[mode]).complete(request, lambda _: None)
        message = reply.message
    except ModelServerError as error:
        message = AssistantMessage(content=str(error))
    seconds = time.monotonic() - began
    replies = [each.reply for each in counted.exchanges]
    verdict = judge(question, message.tool_calls, tools)
    return Result(
        mode=mode,
        tools=count,
        question=question.ask,
        tool=verdict.tool,
        arguments=verdict.arguments,
        native=any(reply.message.tool_calls for reply in replies),
        requests=len(replies),
        prompt_tokens=sum(reply.usage.prompt_tokens or 0 for reply in replies),
        seconds=round(seconds, 2),
        call="; ".join(_written(call) for call in message.tool_calls) or message.content[:200],
    )


def _written(call: ToolCall) -> str:
    return f"{call.name} {call.parse_error or encode(dict(call.arguments))}"


def load(path: Path = RESULTS) -> list[Result]:
    """The results that are kept of questions that are still asked."""
    if not path.exists():
        return []
    asked = {question.ask for question in questions()}
    results = (Result(**item) for item in json.loads(path.read_text("utf-8"))["results"])
    return [result for result in results if result.question in asked]


def _save(results: Sequence[Result]) -> None:
    order = {name: number for number, name in enumerate(MODES)}
    lines = [
        encode(asdict(result)) for result in sorted(results, key=lambda r: (order[r.mode], r.tools))
    ]
    head = f'{{"machine": {json.dumps(report.machine())},\n"results": [\n'
    fresh = RESULTS.with_suffix(".new")
    fresh.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    fresh.replace(RESULTS)


def table(results: Sequence[Result]) -> str:
    """A Markdown table, one line a mode and number of tools; what was not run is left out."""
    figures = ("prompt tokens, mean", "requests", "seconds, median", "calls filled natively")
    lines: list[tuple[str, ...]] = [
        ("mode", "tools", "right tool", "right tool and arguments", *figures),
        ("---", *("---:",) * 7),
    ]
    for mode in MODES:
        for count in TOOL_COUNTS:
            cell = [r for r in results if (r.mode, r.tools) == (mode, count)]
            if cell:
                lines.append(_line(mode, count, cell))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(mode: ModeName, count: ToolCount, cell: Sequence[Result]) -> tuple[str, ...]:
    of = f" of {len(cell)}"
    tokens = [result.prompt_tokens for result in cell if result.prompt_tokens]
    return (
        mode,
        str(count),
        f"{sum(r.tool for r in cell)}{of}",
        f"{sum(r.arguments for r in cell)}{of}",
        f"{mean(tokens):,.0f}" if tokens else "",
        str(sum(r.requests for r in cell)),
        f"{median(r.seconds for r in cell):.1f}",
        f"{sum(r.native for r in cell)}{of}",
    )


def _update_page(results: Sequence[Result]) -> None:
    if not PAGE.exists() or not results:
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", action="append", choices=MODES, help="this one; repeatable")
    parser.add_argument(
        "--tools", action="append", type=int, choices=TOOL_COUNTS, help="so many; repeatable"
    )
    parser.add_argument("--again", action="store_true", help="ask what is measured already, too")
    parser.add_argument("--table", action="store_true", help="ask nothing: make the table anew")
    return parser


if __name__ == "__main__":
    sys.exit(main())
