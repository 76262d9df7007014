"""Starts the back ends of a set of evals/evidence and runs `holmes eval` beside them.

PYTHONPATH=tests python -m two_kinds --set evidence --model local --window 4096 --out DIR
"""

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from holmes.evals.scenario import select
from two_kinds.backends import SCENARIOS, backends


def main() -> int:
    """The exit code of `holmes eval`."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--set", dest="sets", action="append", default=[])
    chosen = select(SCENARIOS, sets=parser.parse_known_args()[0].sets)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        variables: dict[str, str] = {}
        for case in chosen:
            variables |= stack.enter_context(backends(case.scenario.folder, Path(folder)))
        argv = [str(Path(sys.executable).parent / "holmes"), "eval"]
        argv += ["--scenarios", str(SCENARIOS), *sys.argv[1:]]
        return subprocess.run(argv, env={**os.environ, **variables}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
