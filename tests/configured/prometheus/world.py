"""A made cluster of some 2,000 series: two mornings, of which the second has incidents.

Services have hidden quantities (requests a second, share of errors, memory, …). An incident changes
those, and what a service exports follows from them under the names that its kind of service really
uses: client_golang, Micrometer, Istio, cAdvisor, kube-state-metrics, kubelet, node exporter.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

MINUTES = 480
TICKS = 2 * MINUTES
TODAY = 1_763_625_600  # 2025-11-20 08:00 UTC: the beginning of the second morning
DAY = 86_400
BLOCK = 7_200

Values = list[float]
Trace = Sequence[float | None]


def seconds(tick: int) -> int:
    """When a tick is: the first MINUTES of them are of the day before."""
    return TODAY + 60 * tick if tick >= 0 else TODAY - DAY + 60 * (tick + MINUTES)


def ticks() -> range:
    """Yesterday's minutes as negative ticks, then today's from 0 on."""
    return range(-MINUTES, MINUTES)


@cache
def rough(seed: int) -> tuple[float, ...]:
    """Noise of variance 1 in which a minute resembles the one before."""
    rng = random.Random(seed)  # noqa: S311  (made data)
    found, last = [], 0.0
    for _ in range(TICKS):
        last = 0.6 * last + 0.8 * rng.gauss(0, 1)
        found.append(last)
    return tuple(found)


@dataclass(kw_only=True)
class Quantity:
    """A hidden quantity, minute by minute, that incidents change."""

    values: Values

    def change(self, start: int, end: int, by: Callable[[float, float], float]) -> None:
        """Replace each value of today's minutes by one made of it and of the part that is over."""
        for tick in range(start, min(end, MINUTES)):
            at = tick + MINUTES
            self.values[at] = by(self.values[at], (tick - start) / (end - start))

    def scale(self, start: int, end: int, factor: float, ramp: int = 1) -> None:
        """Multiply, with some minutes until the whole factor holds."""
        for tick in range(start, min(end, MINUTES)):
            part = min(1.0, (tick - start + 1) / ramp)
            self.values[tick + MINUTES] *= 1 + (factor - 1) * part

    def both_days(self, start: int, end: int, factor: float, ramp: int, late: int = 0) -> None:
        """Multiply today and, a few minutes later, yesterday."""
        self.scale(start, end, factor, ramp)
        self.scale(start - MINUTES + late, end - MINUTES + late, factor * 0.97, ramp)


@dataclass(kw_only=True)
class Service:
    """One workload; `pods` are its names, each with the ticks in which it is there."""

    namespace: str
    name: str
    stack: str
    node: list[str]
    pods: list[tuple[str, int, int]]
    rps: Quantity
    errors: Quantity
    latency: Quantity
    cpu: Quantity
    throttled: Quantity
    memory: Quantity
    pool: Quantity
    waiting: Quantity
    called: Quantity
    retried: Quantity
    cpu_limit: float = 1.0
    memory_limit: float = 512e6
    pool_most: float = 20.0
    restarts: list[int] = field(default_factory=list)
    calls: str = ""


@dataclass(kw_only=True)
class World:
    """All services, and series that belong to none of them."""

    seed: int
    rng: random.Random
    services: dict[str, Service] = field(default_factory=dict)
    nodes: dict[str, Quantity] = field(default_factory=dict)
    more: list[tuple[str, dict[str, str], Trace]] = field(default_factory=list)

    def quantity(self, level: float, noise: float, daily: float = 0.0) -> Quantity:
        """A quantity around a level; `daily` is how much more it is at noon than in the morning."""
        wander, start = rough(self.rng.randrange(64)), self.rng.randrange(TICKS)
        return Quantity(
            values=[
                level
                * max(0.02, 1 + noise * wander[(start + at) % TICKS])
                * (1 + daily * math.sin(math.pi * (at % MINUTES) / (1.6 * MINUTES)))
                for at in range(TICKS)
            ]
        )

    def service(self, namespace: str, name: str, stack: str, *, calls: str = "") -> Service:
        """A healthy service of two pods."""
        rng = self.rng
        rps, cpu = rng.uniform(4, 60), rng.uniform(0.1, 0.45)
        generation = f"{rng.randrange(16**9):09x}"
        made = Service(
            namespace=namespace,
            name=name,
            stack=stack,
            node=rng.sample(sorted(self.nodes), 2),
            pods=[(f"{name}-{generation}-{_tail(rng)}", -MINUTES, MINUTES) for _ in range(2)],
            rps=self.quantity(rps, 0.08, 0.3),
            errors=self.quantity(0.003, 0.2),
            latency=self.quantity(rng.uniform(0.03, 0.2), 0.08, 0.05),
            cpu=self.quantity(cpu, 0.1, 0.25),
            throttled=self.quantity(0.01, 0.5),
            memory=self.quantity(rng.uniform(150e6, 280e6), 0.015),
            pool=self.quantity(rng.uniform(2, 7), 0.2, 0.2),
            waiting=self.quantity(rng.uniform(5, 60), 0.25),
            called=self.quantity(rng.uniform(0.01, 0.06), 0.1),
            retried=self.quantity(0.03, 0.5),
            calls=calls,
        )
        self.services[f"{namespace}/{name}"] = made
        return made

    def roll_out(self, service: Service, at: int) -> None:
        """New pods take over from the old ones within three minutes."""
        generation = f"{self.rng.randrange(16**9):09x}"
        old = [(name, begin, at + 1 + place) for place, (name, begin, _) in enumerate(service.pods)]
        new = [
            (f"{service.name}-{generation}-{_tail(self.rng)}", at + place, MINUTES)
            for place in range(len(service.pods))
        ]
        service.pods = [*old, *new]
        service.node = [*service.node, *service.node]


def _tail(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
