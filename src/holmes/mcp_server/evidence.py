"""The results of the last runs, as resources that a client can read whole."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from holmes.core.evidence import Evidence

MOST_RUNS = 20
"""Runs whose results are kept; older ones are in their transcripts."""

TEMPLATE = "holmes://runs/{run}/evidence/{number}"


class Shelf:
    """Evidence by run; the oldest run goes where there are too many."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Sequence[Evidence]] = OrderedDict()

    def put(self, run: str, found: Sequence[Evidence]) -> None:
        """Keep what a run found."""
        self._runs[run] = sorted(found, key=lambda each: each.number)
        while len(self._runs) > MOST_RUNS:
            self._runs.popitem(last=False)

    def all(self) -> Iterator[tuple[str, Evidence]]:
        """Each with its address, the newest run first."""
        for run, found in reversed(self._runs.items()):
            yield from ((address(run, each), each) for each in found)

    def get(self, uri: str) -> Evidence | None:
        """The one with that address."""
        return next((each for known, each in self.all() if known == uri), None)


def address(run: str, evidence: Evidence) -> str:
    """The URI of one result."""
    return TEMPLATE.format(run=run, number=evidence.number)
