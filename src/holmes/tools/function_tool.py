"""A tool that is a function: what most toolsets in Python are made of."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.core.tool_output import ToolOutput

FailedStatus: TypeAlias = Literal["failed", "timeout", "denied", "no_data", "invalid_arguments"]

_SAID = 200  # characters of what reading raised


class ToolFailure(Exception):
    """What a back end could not do, in one line: what failed, where, and what to do next.

    It ends one call, or says why a toolset can't be used; it never ends the program.
    """

    def __init__(self, message: str, *, status: FailedStatus = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.status: FailedStatus = status


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """A block that imports what an extra brings; ToolFailure where that is not installed."""
    try:
        yield
    except ImportError as error:
        said = f"{error.name or error} is missing: pip install 'holmesgpt[{extra}]'"
        raise ToolFailure(said) from error


@contextmanager
def read_as_documented() -> Iterator[None]:
    """Make a ToolFailure of what reading raises at a reply of another form than was expected.

    Another product at that address, a gateway or another version answers with JSON, too.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        said = " ".join(str(error).split()) or "no reason given"
        raise ToolFailure(
            "the answer is not in the form that was expected: is it the right product and version "
            f"at that address? ({type(error).__name__}: {said[:_SAID]})"
        ) from error


def tool_prefix(name: str) -> str:
    """What the names of a toolset's tools begin with: "shop_db" for "shop/db"."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")


Call: TypeAlias = Callable[[JsonObject], Awaitable[ToolOutput]]


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionTool:
    """A function as a tool; a ToolFailure that it raises is the result of the call.

    show  the request that a call makes, as a person could repeat it
    """

    definition: ToolDefinition
    call: Call
    show: Callable[[JsonObject], str]
    timeout: float = 60.0

    def preview(self, arguments: JsonObject) -> str:
        """The request that `run` would make; empty where the arguments make none."""
        try:
            with read_as_documented():
                return self.show(arguments)
        except ToolFailure:
            return ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Make the request."""
        try:
            with read_as_documented():
                return await self.call(arguments)
        except ToolFailure as failure:
            return ToolOutput(
                status=failure.status, note=failure.message, command=self.preview(arguments)
            )


Part: TypeAlias = tuple[str, str, Mapping[str, JsonObject], tuple[str, ...], Call]
"""A tool in short: name, description, parameters, which of them are required, function."""


def tools_of(
    *parts: Part,
    show: Callable[[str, JsonObject], str],
    prefix: str = "",
    timeout: float = 60.0,
) -> tuple[FunctionTool, ...]:
    """The tools of one server; `show` gives the request of a call from its name and arguments."""
    return tuple(
        FunctionTool(
            definition=definition(f"{prefix}{name}", about, parameters, required=required),
            call=call,
            show=partial(show, name),
            timeout=timeout,
        )
        for name, about, parameters, required, call in parts
    )


def definition(
    name: str,
    description: str,
    parameters: Mapping[str, JsonObject],
    *,
    required: tuple[str, ...] = (),
) -> ToolDefinition:
    """A definition from its parameters, each a JSON Schema.

    That there are no others goes without saying: it would cost a model 8 tokens for each tool.
    """
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {key: dict(value) for key, value in parameters.items()},
    }
    if required:
        schema["required"] = list[JsonValue](required)
    return ToolDefinition(name=name, description=description, parameters=schema)
