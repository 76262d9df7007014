"""Investigations of a model that is led, with a look that finds two problems."""

from dataclasses import replace

from scripted import ScriptedModel

from agent.running import Run, call, calls, investigate, says
from agent.tools import FunctionTool, findings, lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.strategies.guided import Guided
from holmes.core.messages import AssistantMessage

EXPLAINED = says("Nobody can pay until it is set.")
STATED = """\
**Deployment shop/checkout** (confirmed)
- cause: DB_URL is not set [1][2]
- pods: checkout-7d4b9c6f5d-x8k2p"""
CART_IS_WELL = "Nothing is wrong with **shop/cart**: healthy, and no finding is about it [1]."
LOOK = calls(call("lookup", what="web"))


def guided(
    *replies: AssistantMessage,
    question: str,
    look: FunctionTool | None = None,
    tool: FunctionTool | None = None,
    model: ScriptedModel | None = None,
    limits: Limits | None = None,
) -> Run:
    opening = replace(toolset(look or findings()), opening="find")
    return investigate(
        *replies,
        toolsets=(opening, toolset(tool or lookup())),
        question=question,
        strategy=Guided(),
        model=model,
        limits=limits,
    )
