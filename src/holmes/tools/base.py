"""What a tool and a toolset are; nothing here knows of models, evidence or events."""

import os
import re
import shlex
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeAlias

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.tools.changes import ChangeSource
from holmes.tools.listing import Listing
from holmes.tools.output import Shaped
from holmes.tools.permissions import NONE, Permissions

Mask: TypeAlias = Callable[[str], str]
"""Takes secrets out of a text."""


class Tool(Protocol):
    """One thing that a model can call."""

    @property
    def definition(self) -> ToolDefinition:
        """Name, description and JSON Schema of the arguments."""

    @property
    def timeout(self) -> float:
        """Seconds after which a call is ended."""

    def preview(self, arguments: JsonObject) -> str:
        """The command that `run` would start, for the progress line; never runs anything."""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Run with arguments that already satisfy the schema; a failure is a value.

        Cancelling it ends every process that it started.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class DelegatingTool:
    """A tool around another; a subclass overrides what it changes."""

    inner: Tool

    @property
    def definition(self) -> ToolDefinition:
        """As the inner tool gives it."""
        return self.inner.definition

    @property
    def timeout(self) -> float:
        """As the inner tool gives it."""
        return self.inner.timeout

    def preview(self, arguments: JsonObject) -> str:
        """As the inner tool gives it."""
        return self.inner.preview(arguments)

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """As the inner tool does."""
        return await self.inner.run(arguments)


_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_LENGTH = 64


def callable_name(text: str) -> str:
    """A name that every model server takes."""
    return _NOT_IN_NAMES.sub("_", text)[:_NAME_LENGTH]


@dataclass(frozen=True, kw_only=True, slots=True)
class RenamedTool(DelegatingTool):
    """A tool whose name another one has, too: its toolset's name stands before it."""

    prefix: str

    @property
    def definition(self) -> ToolDefinition:
        """As the inner tool gives it, under the longer name."""
        own = self.inner.definition
        return replace(own, name=callable_name(f"{self.prefix}__{own.name}"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolsetStatus:
    """Whether a toolset can be used here; `reason` says why not, with the next step.

    server  what answers behind it, with its version, where that was asked
    """

    state: Literal["enabled", "disabled", "failed"]
    reason: str = ""
    server: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolset:
    """A named group of tools with one set of prerequisites.

    `instructions` go into the system prompt when the toolset is enabled. `source` is the file it
    was read from, for error messages and `holmes toolset list`; `kind` is the `type` that it gives,
    or what made the toolset of its section. `opening` names the tool whose output tells a small
    model where to look, before it is asked anything; `history` the one that tells what changed
    before something that an opening showed. An `optional` one is off
    unless the user names it. `asked` are patterns of tool names: a person is asked before each
    call of such a tool; `allowing` says how a tool may run without. `guesses` are optional
    arguments with the value that a small model gives them unasked: left out of its calls where
    neither the question nor a result says that value.

    `lifespan` opens what the tools need for as long as a runtime lasts. It gives the toolset as it
    is once open (a server may list its tools only then), or None where that changes nothing. What a
    file says of the toolset holds for that one, too. `now` gives an open toolset anew, where its
    tools may change meanwhile.
    `health` asks what is behind the tools, once open: it gives product and version, and raises
    ToolFailure with the reason why the toolset can't be used.

    `listings` are tables that can be read whole, of which a small model's lists and counts are
    worked out. `changes` tells what changed lately in what it reads. `gathered` gives the toolset
    itself with what those that can be used here offer; it is asked when all are checked.
    """

    name: str
    description: str = ""
    tools: tuple[Tool, ...]
    status: ToolsetStatus = ToolsetStatus(state="enabled")
    instructions: str = ""
    source: str = ""
    kind: str = ""
    opening: str = ""
    history: str = ""
    optional: bool = False
    asked: tuple[str, ...] = ()
    allowing: str = ""
    guesses: Mapping[str, str] = field(default_factory=dict)
    lifespan: "Callable[[], AbstractAsyncContextManager[Toolset | None]] | None" = None
    health: Callable[[], Awaitable[str]] | None = None
    now: "Callable[[], Toolset] | None" = None
    listings: tuple[Listing, ...] = ()
    changes: ChangeSource | None = None
    gathered: "Callable[[Toolset, Sequence[Toolset]], Toolset] | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Aimed:
    """A command as it runs, and as a person types it.

    `variables` go into its environment; `prefix` is what a person types of them. `whole` prints the
    objects, as JSON, of which the command prints parts: there the secrets still have their names.
    """

    argv: tuple[str, ...]
    display: str
    variables: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    whole: tuple[str, ...] = ()


Aim: TypeAlias = Callable[[Sequence[str], Sequence[str]], Aimed | None]
"""Points a command at the chosen system: its words, and the same as people may see them, quoted.

None where it is no command for that system.
"""


def assignments(variables: Mapping[str, str]) -> str:
    """Variables as they stand before a command."""
    return "".join(f"{name}={shlex.quote(value)} " for name, value in variables.items())


Transformer: TypeAlias = Callable[[str, JsonObject], "str | Shaped"]
"""Turns the whole output of a successful command into what people read.

It takes the call's arguments as well, and raises ValueError where the output is not what it
expects.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooks:
    """What a toolset does for the commands of other toolsets.

    aim            points their commands at the system that was chosen
    transformers   by the name that a toolset file gives under `transformers`
    prerequisites  by the key that a toolset file sets to `true` under `prerequisites`
    """

    aim: tuple[Aim, ...] = ()
    transformers: Mapping[str, Transformer] = field(default_factory=dict)
    prerequisites: Mapping[str, Callable[[], ToolsetStatus]] = field(default_factory=dict)

    def __add__(self, other: "Hooks") -> "Hooks":
        """Both; where they disagree, the other's."""
        return Hooks(
            aim=self.aim + other.aim,
            transformers={**self.transformers, **other.transformers},
            prerequisites={**self.prerequisites, **other.prerequisites},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolContext:
    """What a toolset may use.

    permissions  what the user gave beyond reading, and how a person is asked
    mask         takes secrets out; whatever selects from an output selects from masked text, or
                 a model could ask for the half of a secret that nobody recognises
    sections     settings of the command line and the config file by name: "kubernetes"
    environment  the variables that templates see and that programs get
    hooks        what other toolsets do for commands
    now          what time it is where is looked: for a recording, that of the recording
    progress     shows a person how far a call is, one line; None where nobody looks
    """

    permissions: Permissions = NONE
    mask: Mask = str
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    hooks: Hooks = field(default_factory=Hooks)
    now: Callable[[], float] = time.time
    progress: Callable[[str], None] | None = None

    def aim(self, argv: Sequence[str], shown: Sequence[str]) -> Aimed:
        """The command pointed at the system that was chosen, or as it is."""
        aimed = (aim(argv, shown) for aim in self.hooks.aim)
        plain = Aimed(argv=tuple(argv), display=" ".join(shown))
        return next((each for each in aimed if each is not None), plain)


class Factory(Protocol):
    """How a toolset in Python is made."""

    def __call__(
        self, config: Mapping[str, Any], context: ToolContext, /
    ) -> Toolset | Sequence[Toolset]:
        """One toolset or several, from its own section of the configuration and the context."""
