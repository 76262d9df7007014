"""Commands: lines that begin with a slash. A name may be cut to a beginning that is unique."""

import re
from typing import TYPE_CHECKING

from holmes.chat.commands import changing, looking, saving
from holmes.chat.commands.base import Command, table

if TYPE_CHECKING:
    from holmes.chat.chat import Chat

_WORD = re.compile(r"/([^\s/]*)(?:\s+(.*))?", re.DOTALL)  # "/var/log is full" is a question


async def _help(chat: "Chat", rest: str) -> None:
    del rest
    rows = [(f"/{each.name} {each.takes}".rstrip(), each.help) for each in COMMANDS]
    chat.front.show(f"{table(rows)}\n\n{_KEYS}")


_KEYS = """\
Anything else is a question. @FILE in it goes along; so does a long paste.
Enter asks, Alt-Enter begins a new line. Escape or Ctrl-C interrupts what runs and keeps what was
found; a second one leaves. A command may be cut to a beginning that no other has: /ev 3."""

COMMANDS: tuple[Command, ...] = (
    Command(name="help", help="this list", run=_help),
    *looking.COMMANDS,
    *changing.COMMANDS,
    *saving.COMMANDS,
)


def is_command(line: str) -> bool:
    """Whether a line is meant as a command."""
    return _WORD.fullmatch(line) is not None


def find(name: str) -> list[Command]:
    """The command of that name, or those whose names begin so."""
    exact = [each for each in COMMANDS if each.name == name]
    return exact or [each for each in COMMANDS if each.name.startswith(name)]


async def run(chat: "Chat", line: str) -> None:
    """Run the command that a line names."""
    word = _WORD.fullmatch(line)
    name, rest = (word[1], word[2] or "") if word else ("", "")
    found = find(name)
    names = ", ".join(f"/{each.name}" for each in found)
    if not found:
        chat.front.show(f'! There is no command "/{name}". See /help.')
    elif len(found) > 1:
        chat.front.show(f'"/{name}" begins several: {names}.')
    elif found[0].long and chat.busy:
        chat.front.show(f"! {names} waits for {chat.busy}; Escape or Ctrl-C interrupts it.")
    else:
        await found[0].run(chat, rest.strip())
