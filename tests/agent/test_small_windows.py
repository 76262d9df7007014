"""Every incident of the recording fits a tiny window, whether the server states it or not.

The model is strict: it refuses what does not fit, counting a token for every three bytes, which is
more than any tokenizer makes of kubectl's output.
"""

from collections.abc import Iterator
from dataclasses import replace

import anyio
import pytest
from scripted import ScriptedModel

from agent.running import TROUBLE
from agent.tools import FunctionTool, lookup, toolset
from evidence.test_incidents import DECISIVE
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.base import Strategy
from holmes.agent.strategies.guided import Guided
from holmes.agent.strategies.plain import Plain
from holmes.core.answer import Answer
from holmes.core.errors import ContextOverflow
from holmes.core.messages import (
    AssistantMessage,
    ToolCall,
    ToolMessage,
    Usage,
)
from holmes.kubernetes.target import KubeTarget
from holmes.models.base import ModelReply, ModelRequest, ProgressSink
from holmes.models.client.dialect import Dialect
from holmes.models.client.wire import request_body
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from support.context import tool_context
from support.recording import recording

CAUSES = {
    "billing": "StorageClass fast-ssd does not exist",
    "catalog": "4.4.2 can't be pulled",
    "cleanup": "finalizer acme.io/drain",
    "data-reports": "memory limit of 128Mi",
    "db-migrate": "DuplicateColumn",
    "edge-static": "proxy_passs",
    "geo": "node-2",
    "log-ship": 'volume "spool" exceeds the limit "40Mi"',
    "ml-train": "16 cpu",
    "notify": "ConfigMap mailer-settings does not exist",
    "payments": "no Service ledger-postgres exists",
    "platform-sync": "config-syncer",
    "pricing": "no cpu request",
    "promo": "exceeded quota: promo-quota",
    "shop-cart": "selector app=cart-api matches no pod",
    "shop-checkout": "PAYMENT_API_KEY is not set",
    "storefront": "OOM command not allowed",
    "users": "it has no /readyz",
}


class StrictModel(ScriptedModel):
    """Refuses a request that its window can't hold together with the reply that is asked for."""

    def __init__(self, *replies: AssistantMessage, window: int, states_it: bool) -> None:
        super().__init__(replies, context_window=window if states_it else None)
        self.window = window
        self.refused = 0

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        body = request_body(
            replace(request, max_tokens=None),
            model="m",
            dialect=Dialect(),
            temperature=None,
            stream=False,
        )
        tokens = len(body) // 3
        if tokens + 200 > self.window:  # room for a reply, though not for all that is asked for
            self.refused += 1
            raise ContextOverflow("The request is too long.")
        reply = await super().complete(request, progress)
        return replace(reply, usage=Usage(prompt_tokens=tokens))


@pytest.fixture(scope="module")
def kube() -> Iterator[KubeTarget]:
    with SnapshotServer(recording()) as server:
        yield KubeTarget(kubeconfig=str(server.kubeconfig))


@pytest.mark.parametrize("namespace", CAUSES)
def test_a_question_is_answered_from_2048_tokens(namespace: str, kube: KubeTarget) -> None:
    assert CAUSES.keys() == DECISIVE.keys()
    model = StrictModel(
        TROUBLE, AssistantMessage(content="It is [1]."), window=2048, states_it=True
    )
    answer = run(model, kube, f"what is wrong in namespace {namespace}?", Guided())
    assert CAUSES[namespace] in answer.text
    assert model.refused == 0


@pytest.mark.parametrize(
    ("window", "states_it", "told"),
    [(4096, True, 10), (8192, False, 15)],
)
def test_of_the_whole_cluster_what_fits_is_told(
    window: int,
    states_it: bool,  # noqa: FBT001  # a column of the table
    told: int,
    kube: KubeTarget,
) -> None:
    look = ToolCall(id="a", name="find_problems")
    script = AssistantMessage(tool_calls=(look,)), AssistantMessage(content="All of it [1].")
    model = StrictModel(*script, window=window, states_it=states_it)
    run(model, kube, "what is unhealthy and why?", Plain())
    seen = sum(cause in str(model.requests[-1].messages) for cause in CAUSES.values())
    assert seen >= told


def test_of_the_whole_cluster_the_worst_is_stated_without_much_room(kube: KubeTarget) -> None:
    none = AssistantMessage(content="0")
    model = StrictModel(TROUBLE, none, window=2048, states_it=True)
    answer = run(model, kube, "what is unhealthy and why?", Guided())
    assert len(answer.stated) == 3
    assert answer.more.startswith("15 more findings: `holmes scan")
    assert (len(model.requests), model.refused) == (2, 0)


def run(model: StrictModel, kube: KubeTarget, question: str, strategy: Strategy) -> Answer:
    investigation = Investigation(
        model=model,
        toolsets=registry.load((), {}, tool_context(kube)),
        strategy=strategy,
        limits=Limits(),
        emit=lambda _: None,
    )
    answer = anyio.run(investigation.run, question)
    assert answer.state == "answered"
    return answer


@pytest.mark.parametrize("states_it", [True, False])
def test_a_long_investigation_in_4096_tokens_never_loses_a_citation(*, states_it: bool) -> None:
    steps = 12

    def printing(number: int) -> FunctionTool:
        rows = "\n".join(f"row-{number}-{n:04d}  0/1  Pending  node-{n % 9}" for n in range(500))
        return lookup(f"look{number}", prints=f"NAME  READY  STATUS  NODE\n{rows}")

    calls = [
        AssistantMessage(
            content=f"row-{number - 1}-0003 matters" if number else "",
            tool_calls=(ToolCall(id=f"c{number}", name=f"look{number}", arguments={"what": "x"}),),
        )
        for number in range(steps)
    ]
    model = StrictModel(
        *calls, AssistantMessage(content="row-3-0003 [4]."), window=4096, states_it=states_it
    )
    investigation = Investigation(
        model=model,
        toolsets=(toolset(*(printing(number) for number in range(steps))),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    answer = anyio.run(investigation.run, "how many?")
    assert answer.citations == (4,)
    results = [m for m in model.requests[-1].messages if isinstance(m, ToolMessage)]
    assert [m.content.split(" ")[0] for m in results] == [f"[{n + 1}]" for n in range(steps)]
    assert model.refused <= 2, "the window is learned once"


def test_history_is_the_same_bytes_from_turn_to_turn_until_something_must_shrink() -> None:
    tools = [lookup(f"look{n}", prints=f"result {n} " * 20) for n in range(6)]
    calls = [
        AssistantMessage(
            tool_calls=(ToolCall(id=f"c{n}", name=f"look{n}", arguments={"what": "x"}),)
        )
        for n in range(6)
    ]
    model = ScriptedModel([*calls, AssistantMessage(content="Fine [1].")], context_window=8192)
    investigation = Investigation(
        model=model,
        toolsets=(toolset(*tools),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    anyio.run(investigation.run, "list them")
    for earlier, later in zip(model.requests, model.requests[1:], strict=False):
        assert later.tools == earlier.tools
        assert later.messages[: len(earlier.messages)] == earlier.messages


def test_the_rest_of_a_long_result_is_read_from_the_record() -> None:
    lines = [f"2026-11-24T10:00:00Z step {n} done" for n in range(4000)]
    lines[1234] = "2026-11-24T10:00:00Z step 1234 skipped by the operator of shard seven"
    tool = lookup(prints="\n".join(lines))

    def reads(call_id: str, **arguments: object) -> AssistantMessage:
        call = ToolCall(id=call_id, name="read_evidence", arguments=arguments)  # type: ignore[arg-type]
        return AssistantMessage(tool_calls=(call,))

    model = ScriptedModel(
        [
            AssistantMessage(
                tool_calls=(ToolCall(id="a", name="lookup", arguments={"what": "x"}),)
            ),
            reads("b", number=1, query="shard seven"),
            reads("c", number=1, lines="2000-2002"),
            reads("d", number=9),
            AssistantMessage(content="An operator skipped it [2]."),
        ],
        context_window=4096,
    )
    investigation = Investigation(
        model=model,
        toolsets=(toolset(tool),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    anyio.run(investigation.run, "list them")
    results = [m.content for m in model.requests[-1].messages if isinstance(m, ToolMessage)]
    assert "read_evidence(number=1) shows them" in results[0]
    assert results[1].splitlines()[3] == f"1234: {lines[1233]}"
    assert results[1].splitlines()[4] == f"1235: {lines[1234]}"
    assert f"2000: {lines[1999]}" in results[2]
    assert "There is no such result: so far there are 1 to 3." in results[3]


def test_a_file_that_came_with_the_question_is_cut_by_its_kind_and_can_be_read() -> None:
    log = [f"2026-11-24T10:00:{n % 60:02d}Z GET /api/{n} 200" for n in range(5000)]
    log[2500] = "2026-11-24T10:00:40Z FATAL the disk of shard seven is full"
    question = "why did it stop?\n\n--- app.log (data) ---\n" + "\n".join(log) + "\n--- end ---"
    read = ToolCall(id="a", name="read_evidence", arguments={"number": 0, "query": "shard seven"})
    model = ScriptedModel(
        [AssistantMessage(tool_calls=(read,)), AssistantMessage(content="The disk was full [1].")],
        context_window=4096,
    )
    investigation = Investigation(
        model=model,
        toolsets=(toolset(lookup()),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    anyio.run(investigation.run, question)
    asked = model.requests[0].messages[1].content
    assert asked.startswith("why did it stop?\n\n--- app.log (data) ---\n")
    assert log[2500] in asked
    assert "[4,999 lines like this]" in asked
    assert "read_evidence(number=0) shows them" in asked
    assert len(asked) < 6000
    result = model.requests[1].messages[-1].content
    assert "shard seven" in result
