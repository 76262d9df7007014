"""Start every back end that runs here, and ask `holmes toolset list` what it sees.

just lab                      all of them; they are stopped at the end
just lab redis mcp            only these
just lab --keep               they stay until Ctrl-C, so that you can ask
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from holmes.demo import CLUSTER
from lab import memory
from lab.backends import ALL, Backend

_AT_ONCE = 4


@dataclass(frozen=True)
class Started:
    """A back end that is ready, or the reason why it is not."""

    name: str
    folder: Path
    seconds: float
    backend: Backend
    manager: AbstractContextManager[Backend] | None
    fault: str


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--keep", action="store_true", help="until Ctrl-C")
    args = parser.parse_args()
    if unknown := set(args.names) - ALL.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(ALL)}")
    # Ended from outside it must not leave a server behind; a shell's background jobs ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="holmes-lab-") as folder:
            names = [name for name in ALL if not args.names or name in args.names]
            return run(names, Path(folder), keep=args.keep)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130


def run(names: Sequence[str], folder: Path, *, keep: bool) -> int:
    """Start, show, list, wait where asked to, stop; 1 where anything is not as it should be."""
    began = time.monotonic()
    with running(names, folder) as started:
        took = time.monotonic() - began
        show(started, took)
        file = folder / "lab.yaml"
        file.write_text(yaml.safe_dump(document([each.backend for each in started])))
        path = os.pathsep.join(filter(None, (each.backend.path for each in started)))
        code = listed(file, path)
        if keep:
            before = f"PATH={path}:$PATH " if path else ""
            with suppress(KeyboardInterrupt):
                print("\nUntil Ctrl-C:")
                print(f"  {before}holmes ask -t {file} --snapshot {CLUSTER} '…'", flush=True)
                while True:
                    time.sleep(0.2)  # a signal just before signal.pause() would be missed
            print("Stopped.")
    return max(code, *(bool(each.fault) for each in started))


@contextmanager
def running(names: Sequence[str], folder: Path) -> Iterator[list[Started]]:
    """All of them, started side by side; stopped at the end, and where one is waited for."""
    started: list[Started] = []
    tasks: list[Future[None]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            tasks += [pool.submit(_start, name, folder / name, started) for name in names]
            for task in tasks:
                task.result()
            yield sorted(started, key=lambda each: names.index(each.name))
        finally:
            # Whoever is about to be ready must be waited for: nobody else would stop it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for task in tasks:
                task.cancel()
            pool.shutdown()
            with ThreadPoolExecutor(_AT_ONCE) as stopping:
                list(stopping.map(_stop, started))
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _start(name: str, folder: Path, started: list[Started]) -> None:
    folder.mkdir()
    began = time.monotonic()
    manager: AbstractContextManager[Backend] | None = None
    fault, backend = "", Backend()
    try:
        entering = ALL[name][1](folder)
        backend, manager = entering.__enter__(), entering
    except Exception as error:  # noqa: BLE001  (whatever it is, the others are shown)
        fault = " ".join(str(error).split())[-300:] or repr(error)
    seconds = time.monotonic() - began
    started.append(Started(name, folder, seconds, backend, manager, fault))


def _stop(each: Started) -> None:
    if each.manager is not None:
        each.manager.__exit__(None, None, None)


def show(started: Sequence[Started], took: float) -> None:
    """A line each: kind, seconds until ready, resident memory."""
    print(f"{'BACK END':17} {'KIND':9} {'READY':>7} {'MEMORY':>8}")
    total = 0
    for each in started:
        used = memory.of_folder(each.folder)
        total += used
        size = f"{used / 1e6:.0f} MB" if used else "-"
        kind = ALL[each.name][0]
        line = f"{each.name:17} {kind:9} {each.seconds:5.1f} s {size:>8}  {each.fault}"
        print(line.rstrip())
    print(f"{'all':27} {took:5.1f} s {total / 1e6:5.0f} MB\n", flush=True)


def document(backends: Sequence[Backend]) -> dict[str, Any]:
    """The toolset file: instances of one toolset stand together."""
    toolsets: dict[str, dict[str, Any]] = {}
    servers: dict[str, Mapping[str, Any]] = {}
    for backend in backends:
        servers |= backend.mcp_servers
        for name, section in backend.toolsets.items():
            there = toolsets.setdefault(name, dict(section))
            if there != section:
                both = (*there["config"]["instances"], *section["config"]["instances"])
                there["config"] = {"instances": list(both)}
    return {"toolsets": toolsets, "mcp_servers": servers}


def listed(file: Path, path: str) -> int:
    """`holmes toolset list` on the terminal, its seconds and its memory at the most."""
    holmes = str(Path(sys.executable).with_name("holmes"))
    argv = [holmes, "toolset", "list", "-t", str(file), "--snapshot", str(CLUSTER)]
    began, peak = time.monotonic(), 0
    environment = {**os.environ, "PATH": os.pathsep.join(filter(None, (path, os.environ["PATH"])))}
    print("$ holmes toolset list -t lab.yaml --snapshot src/holmes/demo/cluster", flush=True)
    with subprocess.Popen(argv, env=environment) as process:
        while process.poll() is None:
            peak = max(peak, memory.below(process.pid))
            time.sleep(0.05)
    took, size = time.monotonic() - began, f"{peak / 1e6:.0f} MB"
    print(f"\nIt took {took:.1f} s and, with the MCP servers that it starts, {size} at the most.")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
