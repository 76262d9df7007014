"""Finding a metric among thousands: by its name, its help text and its labels."""

from collections.abc import Mapping, Sequence

import anyio

from holmes.core.ranking import Ranking, terms
from holmes.core.tool_output import Table
from holmes.toolsets.configured.prometheus.api import Api, Description

MOST_FOUND = 12
_HELP = 70


def ranked(
    about: str, names: Sequence[str], described: Mapping[str, Description], most: int = MOST_FOUND
) -> list[str]:
    """The names that fit best, best first; a name counts twice, a word of the help once."""
    ranking = Ranking(
        [*terms(name), *terms(name), *terms(_described(described, name).help)] for name in names
    )
    return [names[place] for place in ranking.best(terms(about), most)]


async def table(api: Api, names: Sequence[str], since: float, until: float) -> Table:
    """The metrics with type, help and labels, which say how to select from them."""
    described = await api.metadata()
    labels: dict[str, str] = {}

    async def one(name: str) -> None:
        found = await api.labels([name], since, until)
        labels[name] = ", ".join(each for each in found if each != "__name__")

    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(one, name)
    rows = []
    for name in names:
        about = _described(described, name)
        told = about.help if len(about.help) <= _HELP else about.help[: _HELP - 1] + "…"
        rows.append((name, about.type, told, labels[name]))
    return Table(columns=("metric", "type", "help", "labels"), rows=tuple(rows), of="metrics")


def _described(described: Mapping[str, Description], name: str) -> Description:
    """What is known of a metric; the parts of a histogram have the description of the whole."""
    whole = name
    for ending in ("_bucket", "_count", "_sum"):
        whole = whole.removesuffix(ending)
    return described.get(name) or described.get(whole) or Description()
