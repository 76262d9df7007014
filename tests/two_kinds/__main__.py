"""Starts the back ends of all scenarios of evals/evidence and runs `holmes eval` beside them.

PYTHONPATH=tests python -m two_kinds --model local --window 4096 --out DIR
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from two_kinds.backends import SCENARIOS, backends


def main() -> int:
    """The exit code of `holmes eval`."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        variables = {}
        for scenario in sorted(SCENARIOS.iterdir()):
            variables.update(stack.enter_context(backends(scenario, Path(folder))))
        argv = [str(Path(sys.executable).parent / "holmes"), "eval"]
        argv += ["--scenarios", str(SCENARIOS), *sys.argv[1:]]
        return subprocess.run(argv, env={**os.environ, **variables}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
