"""Which toolsets there are, and which of them can be used here."""

import importlib
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import Factory, Hooks, RenamedTool, ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import ToolFailure, read_as_documented
from holmes.tools.plugins import installed, why

if TYPE_CHECKING:
    from holmes.tools.layers import Layers

ENTRY_POINTS = "holmes.toolsets"
"""The group of entry points by which an installed package adds toolsets."""

_BUILTIN = Path(__file__).parents[1] / "toolsets"
_BUILTIN_SOURCE = "built-in"
_HEALTH_SECONDS = 10.0
_NEEDS_CONFIGURATION = "configured"  # the folder of those that a section of the config makes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plugin:
    """What makes toolsets: a module of ours, or what an entry point of a package names.

    `made` is a function `toolset(config, context)` or a module with one; either may have
    `hooks(context)`, too. `fault` says why it could not be loaded.
    """

    name: str
    source: str
    made: Any
    fault: str = ""

    def hooks(self, context: ToolContext) -> Hooks:
        """What it does for the commands of other toolsets."""
        found = getattr(self.made, "hooks", None)
        return found(context) if found is not None else Hooks()

    def toolsets(self, config: Mapping[str, Any], context: ToolContext) -> tuple[Toolset, ...]:
        """Its toolsets; of a package that fails one, which says why."""
        fault = self.fault
        if not fault:
            try:
                factory: Factory = getattr(self.made, "toolset", self.made)
                made = factory(config, context)
                items = (made,) if isinstance(made, Toolset) else made
                return tuple(replace(item, source=self.source) for item in items)
            except Exception as error:
                if self.source == _BUILTIN_SOURCE:
                    raise
                fault = why(self.name, error)
        status = ToolsetStatus(state="failed", reason=f"it could not be loaded: {fault}")
        item = Toolset(name=self.name, description="", tools=(), status=status, source=self.source)
        return (item,)

    def owns(self, name: str) -> bool:
        """Whether a section of that name is for this plug-in's toolsets."""
        return name == self.name or name.startswith(f"{self.name}/")


def load(
    files: Sequence[Path], inline: Mapping[str, Any], context: ToolContext
) -> tuple[Toolset, ...]:
    """The built-in and installed toolsets with those of a config and of toolset files over them.

    An optional one is on where a file names it, or where the permissions hold what it is for.
    Starts no process: see `check`. Raises ToolsetFileError.
    """
    layers = _layers(files, inline)
    plugins, context = _plugins(context)
    toolsets: dict[str, Toolset] = {}
    groups: dict[str, list[str]] = {}
    for plugin in plugins:
        made = plugin.toolsets(layers.config(plugin.owns) if layers else {}, context)
        toolsets |= {item.name: item for item in made}
        groups[plugin.name] = [item.name for item in made]
    named = set[str]()
    if layers:
        toolsets, named = layers.over(toolsets, groups, context)
    toolsets = {name: _off_unless_named(item, named, context) for name, item in toolsets.items()}
    asked = (_with_questions(item, context) for item in toolsets.values())
    return _without_twins(tuple(asked))


def _layers(files: Sequence[Path], inline: Mapping[str, Any]) -> "Layers | None":
    """What the user's files say, where they say anything."""
    if not files and not any(inline.values()):
        return None
    from holmes.tools.layers import Layers  # noqa: PLC0415  (0.05 s, and most runs have none)

    return Layers.read(files, inline)


@asynccontextmanager
async def opened(
    toolsets: Sequence[Toolset],
    context: ToolContext,
    say: Callable[[str], None],
    taken: Collection[str] = (),
) -> AsyncIterator[tuple[Toolset, ...]]:
    """The toolsets with their lifespans entered, all at once, and left at the end of the block.

    One that can't be opened has failed, and costs no other; that one could not be closed is said.
    `taken` are names that no tool which is known only then may have.
    Each lifespan is entered and left in a task of its own, so that it may hold task groups.
    """
    holders = [_Holder(item, say) for item in toolsets]
    spans = [each for each in holders if each.has_lifespan]
    if not spans:
        yield tuple(toolsets)
        return
    raised: Exception | None = None
    async with anyio.create_task_group() as group:
        for each in spans:
            group.start_soon(each.hold)
        for each in spans:
            await each.settled.wait()
        try:
            yield _told_apart(holders, context, taken)
        except Exception as error:  # noqa: BLE001  (raised again, outside of the task group)
            raised = error
        for each in reversed(spans):
            each.leave.set()
    if raised is not None:
        raise raised


class _Holder:
    """One toolset's lifespan, in a task of its own."""

    def __init__(self, item: Toolset, say: Callable[[str], None]) -> None:
        self.item = item
        self.changed = False
        self.settled, self.leave = anyio.Event(), anyio.Event()
        self._say = say

    @property
    def has_lifespan(self) -> bool:
        return self.item.lifespan is not None and self.item.status.state == "enabled"

    async def hold(self) -> None:
        """Enter, wait for the end, leave; a failure is a status, or a line when it was open."""
        if self.item.lifespan is None:
            return
        name = self.item.name
        try:
            async with self.item.lifespan() as changed:
                if changed is not None:
                    self.item, self.changed = _as_said(changed, self.item), True
                self.settled.set()
                await self.leave.wait()
        except Exception as error:  # noqa: BLE001  (whatever a plug-in raises, the others go on)
            if self.settled.is_set():
                self._say(f"The toolset could not be closed: {why(name, error)}")
            else:
                reason = _reason(f"it could not be opened: {why(name, error)}", error)
                self.item = replace(self.item, status=ToolsetStatus(state="failed", reason=reason))
        self.settled.set()


def _with_questions(item: Toolset, context: ToolContext) -> Toolset:
    if not item.asked:
        return item
    from holmes.tools.approval import with_questions  # noqa: PLC0415  (few ask)

    return with_questions(item, context.permissions.ask)


def _as_said(found: Toolset, said: Toolset) -> Toolset:
    """An open toolset with what a file says of it."""
    return replace(
        found,
        name=said.name,
        source=said.source,
        kind=said.kind,
        description=said.description or found.description,
        instructions=said.instructions or found.instructions,
        asked=tuple(dict.fromkeys((*found.asked, *said.asked))),
        guesses={**found.guesses, **said.guesses},
    )


def _told_apart(
    holders: Sequence[_Holder], context: ToolContext, taken: Collection[str]
) -> tuple[Toolset, ...]:
    """The open toolsets; where two tools have one name, those known only now get longer ones."""
    fixed = [*taken]
    fixed += (t.definition.name for h in holders if not h.changed for t in h.item.tools)
    opened_tools = (t.definition.name for h in holders if h.changed for t in h.item.tools)
    twice = {name for name, count in Counter([*fixed, *opened_tools]).items() if count > 1}

    def finished(item: Toolset, now: Toolset) -> Toolset:
        """As it is now; a tool that is new since then has a longer name where it must."""
        item = _with_questions(_as_said(now, item), context)
        tools = tuple(
            RenamedTool(inner=tool, prefix=item.name) if tool.definition.name in twice else tool
            for tool in item.tools
        )
        again = now.now
        return replace(
            item, tools=tools, now=None if again is None else lambda: finished(item, again())
        )

    return tuple(finished(h.item, h.item) if h.changed else h.item for h in holders)


def _reason(said: str, error: Exception) -> str:
    """What a back end's own failure says of itself, else `said`."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error.message if isinstance(error, ToolFailure) else said


def _plugins(context: ToolContext) -> tuple[list[_Plugin], ToolContext]:
    """Everything that makes toolsets, and the context with what it does for commands."""
    packages = (
        _Plugin(name=name, source=f"package {name}", made=made, fault=fault)
        for name, made, fault in installed(ENTRY_POINTS)
    )
    hooks, plugins = context.hooks, []
    for plugin in (*_builtin(), *packages):
        try:
            hooks += plugin.hooks(context)
            plugins.append(plugin)
        except Exception as error:
            if plugin.source == _BUILTIN_SOURCE:
                raise
            plugins.append(replace(plugin, fault=why(plugin.name, error)))
    return plugins, replace(context, hooks=hooks)


def _builtin() -> Iterator[_Plugin]:
    """The modules and packages of `toolsets/`: a new one is found by its being there."""
    for path in sorted(_BUILTIN.iterdir()):
        named = not path.name.startswith("_") and path.name != _NEEDS_CONFIGURATION
        if named and (path.is_dir() or path.suffix == ".py"):
            made = importlib.import_module(f"holmes.toolsets.{path.stem}")
            yield _Plugin(name=path.stem, source=_BUILTIN_SOURCE, made=made)


async def check(toolsets: Sequence[Toolset]) -> tuple[Toolset, ...]:
    """The open toolsets with what they need asked for, all at once: commands, and servers."""
    checked: dict[int, Toolset] = {}

    async def one(index: int, item: Toolset) -> None:
        checked[index] = await _check_one(item)

    async with anyio.create_task_group() as group:
        for index, item in enumerate(toolsets):
            group.start_soon(one, index, item)
    usable = [each for each in checked.values() if each.status.state == "enabled"]
    return tuple(
        item if item.gathered is None or item not in usable else item.gathered(item, usable)
        for item in (checked[index] for index in range(len(toolsets)))
    )


async def _check_one(item: Toolset) -> Toolset:
    if item.status.state != "enabled":
        return item
    if item.health is not None:
        return replace(item, status=await _health(item.health))
    return item


async def _health(ask: Callable[[], Awaitable[str]]) -> ToolsetStatus:
    try:
        with anyio.fail_after(_HEALTH_SECONDS), read_as_documented():
            return ToolsetStatus(state="enabled", server=await ask())
    except ToolFailure as failure:
        return ToolsetStatus(state="failed", reason=failure.message)
    except TimeoutError:
        return ToolsetStatus(state="failed", reason=f"no answer within {_HEALTH_SECONDS:.0f} s")


def _off_unless_named(item: Toolset, named: set[str], context: ToolContext) -> Toolset:
    if not item.optional or item.name in named or context.permissions.grants:
        return item
    reason = (
        f"off unless asked for: put `toolsets: {{{item.name}: {{enabled: true}}}}` into the config"
    )
    return replace(item, status=ToolsetStatus(state="disabled", reason=reason))


def _without_twins(toolsets: Sequence[Toolset]) -> tuple[Toolset, ...]:
    """One tool of each name: a user's stands for the built-in one; two of users' are refused."""
    owners: dict[str, Toolset] = {}
    usable = [item for item in toolsets if item.status.state == "enabled"]
    for item in (item for item in usable if item.source != _BUILTIN_SOURCE):
        for tool in item.tools:
            name = tool.definition.name
            if name in owners:
                raise ToolsetFileError(
                    f'{item.source}: the tool "{name}" of "{item.name}" is also in '
                    f'"{owners[name].name}" ({owners[name].source}).',
                    hint="Rename it, or switch one toolset off with `enabled: false`.",
                )
            owners[name] = item
    return tuple(
        item
        if item.source != _BUILTIN_SOURCE
        else replace(
            item, tools=tuple(tool for tool in item.tools if tool.definition.name not in owners)
        )
        for item in toolsets
    )
