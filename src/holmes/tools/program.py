"""A program on this machine as the means of a toolset."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.command import environment_for
from holmes.tools.from_file import from_specs
from holmes.tools.function_tool import ToolFailure
from holmes.tools.process import run_process
from holmes.tools.section import Section
from holmes.tools.toolset_file import load_yaml, read_document

_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """Runs one program with words before those of each call, pointed at the chosen system.

    hidden     words that go before all others and that a person need not type
    variables  what its environment has beside the user's own
    """

    name: str
    context: ToolContext
    words: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def show(self, *words: str) -> str:
        """The command line, as a person can repeat it."""
        argv = [self.name, *self.words, *words]
        aimed = self.context.aim(argv, list(map(shlex.quote, argv)))
        return aimed.prefix + aimed.display

    async def output(
        self,
        *words: str,
        seconds: float = _SECONDS,
        ends: frozenset[int] = frozenset({0}),
        max_bytes: int = 16_000_000,
    ) -> str:
        """What it prints; ToolFailure where it is missing, fails or does not end in time.

        An output longer than `max_bytes` ends there.
        """
        argv = [self.name, *self.hidden, *self.words, *words]
        aimed = self.context.aim(argv, argv)
        given = {**aimed.variables, **self.variables}
        try:
            result = await run_process(
                aimed.argv,
                timeout=seconds,
                env=environment_for(self.context.environment, given),
                max_bytes=max_bytes,
            )
        except FileNotFoundError as error:
            raise ToolFailure(f'the program "{self.name}" was not found in PATH') from error
        except OSError as error:
            raise ToolFailure(f'"{self.name}" could not be started: {error.strerror}') from error
        if result.timed_out:
            raise ToolFailure(f"{self.name} did not end within {seconds:g} s", status="timeout")
        if result.exit_code not in ends and not result.truncated:
            said = (result.stderr.strip() or result.stdout.strip()).splitlines()
            raise ToolFailure(said[-1] if said else f"{self.name} ended with {result.exit_code}")
        return result.stdout


def templates(beside: str, section: Section, context: ToolContext) -> Toolset:
    """The toolset of the command templates in `toolset.yaml` beside a file of its package."""
    path = Path(beside).with_name("toolset.yaml")
    ((_, spec),) = read_document(load_yaml(path.read_bytes()), str(path)).items()
    return from_specs({section.name: spec}, section.source, context)[0]
