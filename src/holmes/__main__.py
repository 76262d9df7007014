"""`holmes` and `python -m holmes`: where a process begins."""

import sys


def main() -> int:
    """Run one command; the return value is the process's exit code.

    Ctrl-C is one line while the modules load, too.
    """
    try:
        from holmes.cli.main import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.stderr.write("holmes: interrupted\n")
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(main())
