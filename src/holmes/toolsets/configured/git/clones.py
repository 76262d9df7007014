"""Reading clones with git, so that nothing that a repository configures is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from holmes.core.finding import Change, ObjectRef
from holmes.tools.base import ToolContext
from holmes.tools.changes import Told, Window
from holmes.tools.function_tool import ToolFailure
from holmes.tools.program import Program
from holmes.tools.times import rfc3339

MOST_COMMITS = 50
_MOST_BYTES = 60_000  # of a diff
_LOG = "--format=%x1e%H%x1f%cI%x1f%an%x1f%s"
# A merge is one change, of the time at which it came into the branch.
_WALK = ("--first-parent", "--diff-merges=first-parent", "--no-show-signature", "--no-renames")
# A clone may be anybody's. Its configuration can name programs for hooks, for fsmonitor, for
# signatures, for diffs and for pagers, and can fetch what is missing (git-config(1), 2.39).
_PLAIN = ("--no-ext-diff", "--no-textconv", "--submodule=short", "--ignore-submodules=all",
          "--no-color")  # fmt: skip
_SETTINGS = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "protocol.allow=never",
    "core.attributesFile=/dev/null", "log.showSignature=false", "core.quotePath=false",
)  # fmt: skip
_VARIABLES = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_PAGER": "cat", "LC_ALL": "C",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One commit; `files` are those that it touched."""

    id: str
    at: str
    author: str
    subject: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Clone:
    """One clone on this machine.

    branch   what is deployed
    deploys  what is made from it, as patterns of namespace/workload; everything where empty
    """

    name: str
    branch: str
    deploys: tuple[str, ...]
    git: Program

    @classmethod
    def of(
        cls, path: str, name: str, branch: str, deploys: tuple[str, ...], context: ToolContext
    ) -> "Clone":
        """The clone in a folder."""
        folder = str(Path(path).expanduser())
        settings = (*_SETTINGS, f"safe.directory={folder}")
        hidden = ("--no-pager", *(word for each in settings for word in ("-c", each)))
        git = Program(
            name="git", context=context, words=("-C", folder), hidden=hidden, variables=_VARIABLES
        )
        return cls(name=name, branch=branch, deploys=deploys, git=git)

    def concerns(self, window: Window) -> bool:
        """Whether what is asked about is made from this clone, as far as that was said."""
        return not self.deploys or any(
            _fits(window.namespace, namespace) and _fits(window.workload, workload or "*")
            for namespace, _, workload in (each.partition("/") for each in self.deploys)
        )

    def log_words(self, start: float, end: float, path: str = "") -> tuple[str, ...]:
        """The command line of `log`, after git."""
        times = (f"--since={rfc3339(start, 0)}", f"--until={rfc3339(end, 0)}")
        words = ("log", *times, f"--max-count={MOST_COMMITS + 1}", "--name-only")
        return (*words, *_WALK, *_PLAIN, _LOG, "--end-of-options", self.branch, "--",
                *([path] if path else []))  # fmt: skip

    async def log(self, start: float, end: float, path: str = "") -> tuple[Commit, ...]:
        """The commits that came into the branch within a time, the latest first."""
        said = await self.git.output(*self.log_words(start, end, path))
        return tuple(_commit(each) for each in said.split("\x1e")[1:])

    def diff_words(self, revisions: Sequence[str], path: str = "") -> tuple[str, ...]:
        """The command line of `diff`, or of `show` for one commit, after git."""
        words = ("diff",) if len(revisions) > 1 else ("show", "--format=%H %cI %an%n%s%n", *_WALK)
        paths = ("--", path) if path else ("--",)
        return (*words, "--stat", "--patch", *_PLAIN, "--end-of-options", *revisions, *paths)

    async def diff(self, revisions: Sequence[str], path: str = "") -> tuple[str, bool]:
        """What a commit changed, or what differs between two, and whether the end is cut off."""
        said = await self.git.output(*self.diff_words(revisions, path), max_bytes=_MOST_BYTES)
        cut = len(said.encode()) >= _MOST_BYTES
        return said.rpartition("\n")[0] + "\n" if cut else said, cut


@dataclass(frozen=True, kw_only=True, slots=True)
class Clones:
    """All of them, by name."""

    clones: Mapping[str, Clone]

    def named(self, name: str) -> Clone:
        """The one that is meant; without a name the only one. Raises ToolFailure."""
        if not name and len(self.clones) == 1:
            return next(iter(self.clones.values()))
        if name not in self.clones:
            known = ", ".join(self.clones)
            raise ToolFailure(
                f'there is no repository "{name}"; there are: {known}', status="invalid_arguments"
            )
        return self.clones[name]

    async def version(self) -> str:
        """Git's version; every clone has to have its branch."""
        for clone in self.clones.values():
            await clone.git.output("rev-parse", "--verify", "--quiet", f"{clone.branch}^{{commit}}")
        clone = next(iter(self.clones.values()))
        return (await clone.git.output("version")).strip().replace(" version", "")

    def shown(self, window: Window) -> str:
        """The commands that `changes` runs, without what keeps repositories from running things."""
        start, end = window.span()
        return "; ".join(
            clone.git.show("log", f"--since={rfc3339(start, 0)}", f"--until={rfc3339(end, 0)}",
                           "--first-parent", "--name-only", clone.branch)
            for clone in self._asked(window)
        )  # fmt: skip

    async def changes(self, window: Window) -> Told:
        """The commits within the time."""
        start, end = window.span()
        found: list[Change] = []
        notes = []
        for clone in self._asked(window):
            commits = await clone.log(start, end)
            found += [_change(clone, each) for each in commits[:MOST_COMMITS]]
            if len(commits) > MOST_COMMITS:
                notes.append(f"{clone.name}: only the last {MOST_COMMITS} commits.")
        return Told(changes=tuple(found), note=" ".join(notes))

    def _asked(self, window: Window) -> list[Clone]:
        return [clone for clone in self.clones.values() if clone.concerns(window)]


def files_said(files: Sequence[str], most: int = 4) -> str:
    """The files of a commit in a phrase."""
    more = f" and {len(files) - most} more" if len(files) > most else ""
    return ", ".join(files[:most]) + more


def _fits(asked: str, pattern: str) -> bool:
    return not asked or fnmatchcase(asked, pattern)


def _commit(text: str) -> Commit:
    head, *files = text.strip("\n").split("\n")
    commit, at, author, subject = head.split("\x1f", 3)
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return Commit(
        id=commit, at=moment.strftime("%Y-%m-%dT%H:%M:%SZ"), author=author, subject=subject,
        files=tuple(filter(None, files)),
    )  # fmt: skip


def _change(clone: Clone, commit: Commit) -> Change:
    return Change(
        what="commit",
        ref=ObjectRef(kind="Commit", namespace=clone.name, name=commit.id[:10]),
        at=commit.at,
        said=f"{commit.subject} ({commit.author}): {files_said(commit.files)}",
    )
