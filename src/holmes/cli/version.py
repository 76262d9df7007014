"""Print the version of HolmesGPT."""

import argparse

from holmes import __version__

NAME = "version"
HELP = "print the version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Print and leave."""
    del args
    print(__version__)
    return 0
