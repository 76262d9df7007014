"""Questions to the person at the prompt: one at a time, each answered by a line."""

from collections.abc import Callable

import anyio

from holmes.chat.front import Front
from holmes.core.events import ApprovalAsked, ApprovalGiven, EventSink
from holmes.render.text import visible
from holmes.tools.permissions import ASKING_SECONDS, Answer, No


class Person:
    """Whom to ask; `prompt` is what stands before their line while a question does, else empty."""

    def __init__(self, front: Front) -> None:
        self.prompt = ""
        self._front = front
        self._one_at_a_time = anyio.Lock()
        self._answered = anyio.Event()
        self._line = ""

    async def ask(self, text: str, prompt: str) -> str:
        """Their line."""
        async with self._one_at_a_time:
            return await self.ask_at_once(text, prompt)

    async def ask_at_once(
        self, text: str, prompt: str, accepts: Callable[[str], bool] = lambda _line: True
    ) -> str:
        """Their first accepted line; the caller sees to it that no other question stands."""
        try:
            while True:
                self._front.show(text)
                # The prompt stays from one try to the next: what is typed ahead is for it, too.
                self.prompt, self._answered = prompt, anyio.Event()
                self._front.refresh()
                await self._answered.wait()
                if accepts(self._line):
                    return self._line
        finally:
            self.prompt = ""
            self._front.refresh()

    @property
    def lock(self) -> anyio.Lock:
        """Held while somebody asks."""
        return self._one_at_a_time

    def answer(self, line: str) -> None:
        """What the person wrote."""
        self._line = line.strip()
        self._answered.set()


class Approvals:
    """Asks before a command runs: yes; yes to all that begin so; no, with a reason or without."""

    def __init__(self, person: Person, emit: EventSink, allow: tuple[str, ...]) -> None:
        self._person = person
        self._emit = emit
        self._allow = sorted(allow, key=len, reverse=True)
        self._always: set[str] = set()

    async def __call__(self, command: str) -> Answer | No:
        """What the person said of this command."""
        with anyio.move_on_after(ASKING_SECONDS):
            async with self._person.lock:
                if any(_begins(command, prefix) for prefix in self._always):
                    return "yes"
                return await self._ask(command)
        return "no_answer"

    async def _ask(self, command: str) -> Answer | No:
        # A prefix that nobody named could be `bash`: then only the very same command.
        prefix = next((each for each in self._allow if _begins(command, each)), command)
        every = f'every "{prefix} …"' if prefix != command else "this very command"
        menu = (
            f"This needs your yes:\n  {visible(command)}\n"
            f"1  yes\n2  yes, and {every} from now on\n3  no; what you write after it is told "
            "to the model"
        )
        self._emit(ApprovalAsked(command=command))
        answer: Answer | No = "no_answer"
        try:
            line = await self._person.ask_at_once(menu, "1, 2 or 3> ", _is_a_choice)
            choice, _, reason = line.partition(" ")
            if choice == "3":
                answer = No(reason=reason.strip()) if reason.strip() else "no"
            else:
                self._always |= {prefix} if choice == "2" else set()
                answer = "yes"
            return answer
        finally:
            self._emit(ApprovalGiven(command=command, approved=answer == "yes"))


def _is_a_choice(line: str) -> bool:
    return line.partition(" ")[0] in {"1", "2", "3"}


def _begins(command: str, prefix: str) -> bool:
    return f"{command} ".startswith(f"{prefix} ")
