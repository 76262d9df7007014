"""What the processes of a server take of the machine's memory."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path


def of_folder(folder: Path) -> int:
    """Bytes of resident memory of the processes that write their log into a folder, with all that
    these started; pages that several share count for each."""
    parents = _parents()
    mine = {pid for pid in parents if _logs_to(pid).startswith(f"{folder}/")}
    return sum(map(_resident, mine | set(_below(mine, parents))))


def below(pid: int) -> int:
    """The same of a process and all that it started."""
    return sum(map(_resident, {pid, *_below({pid}, _parents())}))


def _below(pids: set[int], parents: Mapping[int, int]) -> Iterator[int]:
    children = defaultdict(list)
    for pid, parent in parents.items():
        children[parent].append(pid)
    waiting = list(pids)
    while waiting:
        found = children[waiting.pop()]
        yield from found
        waiting += found


def _parents() -> dict[int, int]:
    found = {}
    for path in Path("/proc").iterdir():
        # A process may end while it is looked at.
        with suppress(ValueError, OSError, IndexError):
            # Its name stands in brackets, and may hold some itself; then come the state and parent.
            found[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _logs_to(pid: int) -> str:
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/fd/2").readlink())
    return ""


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
