"""The packaged broken cluster that `holmes demo` investigates."""

from pathlib import Path

CLUSTER = Path(__file__).parent / "cluster"
"""A snapshot folder; see `holmes.snapshot`."""
