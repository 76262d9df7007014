"""Run as a program: COUNT investigations of STEPS steps at once; prints how many were answered.

python benchmarks/many_investigations.py COUNT STEPS
"""

import sys

import anyio
from scripted import ScriptedModel

from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.plain import Plain
from holmes.core.answer import Answer
from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    ToolCall,
    ToolDefinition,
)
from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.command import CommandTool

_PARAMETERS: JsonObject = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}
_DEFINITION = ToolDefinition(name="say", description="Say a text", parameters=_PARAMETERS)


def call(number: int) -> AssistantMessage:
    """A reply that calls the tool."""
    made = ToolCall(id=str(number), name="say", arguments={"text": f"number {number}"})
    return AssistantMessage(tool_calls=(made,))


async def one(steps: int, answers: list[Answer]) -> None:
    """One investigation."""
    tool = CommandTool(definition=_DEFINITION, template="echo {{ text }}", context=ToolContext())
    enabled = ToolsetStatus(state="enabled")
    investigation = Investigation(
        model=ScriptedModel([*map(call, range(steps)), AssistantMessage(content="Done [1].")]),
        toolsets=(Toolset(name="t", description="", tools=(tool,), status=enabled),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    answers.append(await investigation.run("list them"))


async def main() -> None:
    """All at once."""
    count, steps = map(int, sys.argv[1:])
    answers: list[Answer] = []
    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(one, steps, answers)
    print(len([answer for answer in answers if answer.state == "answered"]))


if __name__ == "__main__":
    anyio.run(main)
