"""Twelve incidents of known cause in one made cluster, and healthy goings-on beside them.

Written and committed before the ranking that has to find them. TUNED are those that the ranking was
tried on while it was written; the other six were run once it was done (docs/toolsets/prometheus.md
has both figures). An alert comes some minutes after the beginning, and names the namespace alone.
"""

import random
from dataclasses import dataclass, field

from configured.prometheus.world import MINUTES, Quantity, World, seconds, ticks

TUNED = frozenset({
    "throttling", "leak", "errors after a rollout", "queue backlog", "disk filling", "daily peak",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Incident:
    """What happened, and which series show its cause.

    begins  the tick at which it begins
    told    the tick that an alert names as the beginning
    right   pairs of a metric and a label value, of which a result must name one in its first three
            lines; none where nothing is wrong
    """

    name: str
    namespace: str
    begins: int
    told: int
    right: tuple[tuple[str, str], ...]

    @property
    def start(self) -> int:
        """The told beginning, in seconds since the epoch."""
        return seconds(self.told)


@dataclass
class _Script:
    """Adds incidents to a world, one after the other."""

    world: World
    incidents: list[Incident] = field(default_factory=list)

    def add(
        self, name: str, namespace: str, begins: int, late: int, *right: tuple[str, str]
    ) -> None:
        self.incidents.append(
            Incident(name=name, namespace=namespace, begins=begins, told=begins + late, right=right)
        )


def made(seed: int = 11) -> tuple[World, list[Incident]]:
    """The world with everything that happens in it."""
    rng = random.Random(seed)  # noqa: S311  (made data)
    world = World(seed=seed, rng=rng)
    for number in range(1, 9):
        world.nodes[f"node-{number}"] = world.quantity(rng.uniform(0.25, 0.5), 0.1, 0.2)
    script = _Script(world)
    for happens in (
        _throttling, _saturated_pool, _leak, _noisy_neighbour, _errors_after_a_rollout,
        _slow_dependency, _queue_backlog, _retry_storm, _disk_filling, _cold_cache, _certificate,
        _daily_peak, _healthy,
    ):  # fmt: skip
        happens(script)
    return world, script.incidents


def _throttling(script: _Script) -> None:
    """Its CPU limit was lowered: it is throttled, and slow."""
    world, begin = script.world, 90
    cart = world.service("shop", "cart", "go")
    front = world.service("shop", "storefront", "istio", calls="cart")
    world.service("shop", "images", "go")
    end = begin + 40
    cart.throttled.change(begin, end, lambda _, part: 0.7 + 0.1 * part)
    cart.latency.scale(begin + 1, end, 6, ramp=3)
    front.latency.scale(begin + 1, end, 3.5, ramp=3)
    front.errors.change(begin + 4, end, lambda value, _: value + 0.03)
    cart.cpu.scale(begin, end, 1.15)
    script.add(
        "throttling", "shop", begin, 4, ("container_cpu_cfs_throttled_periods_total", "cart")
    )


def _saturated_pool(script: _Script) -> None:
    """A transaction holds its connections: the pool is used up, and requests wait for it."""
    world, begin = script.world, 120
    orders = world.service("orders", "orders-api", "java", calls="postgres")
    world.service("orders", "invoices", "java", calls="orders-api")
    front = world.service("orders", "gateway", "istio", calls="orders-api")
    end = begin + 35
    orders.pool.change(begin, end, lambda value, part: max(value, 20 + 9 * min(1, 8 * part)))
    orders.latency.scale(begin + 2, end, 8, ramp=4)
    orders.errors.change(begin + 5, end, lambda value, _: value + 0.06)
    front.latency.scale(begin + 2, end, 5, ramp=4)
    front.errors.change(begin + 5, end, lambda value, _: value + 0.05)
    orders.rps.scale(begin + 3, end, 0.8, ramp=3)
    script.add(
        "saturated pool", "orders", begin, 6,
        ("hikaricp_connections_active", "orders-api"),
        ("hikaricp_connections_pending", "orders-api"),
    )  # fmt: skip


def _leak(script: _Script) -> None:
    """Memory grows from a release on until the limit, and the container is killed, twice."""
    world, begin = script.world, 150
    recommend = world.service("catalog", "recommend", "go")
    world.service("catalog", "catalog-api", "istio", calls="recommend")
    world.service("catalog", "indexer", "java")
    values = recommend.memory.values
    level, kills = 0.0, (begin + 45, begin + 90)
    for tick in range(begin, MINUTES):
        level = 0.0 if tick in kills else level + 7.5e6
        at = tick + MINUTES
        values[at] = min(505e6, values[at] * 0.85 + level)
    recommend.restarts = list(kills)
    recommend.latency.scale(begin + 30, begin + 46, 1.4, ramp=15)
    script.add(
        "leak", "catalog", begin, 20,
        ("container_memory_working_set_bytes", "recommend"),
        ("process_resident_memory_bytes", "recommend"),
    )  # fmt: skip


def _noisy_neighbour(script: _Script) -> None:
    """A batch job in another namespace takes the node on which the slow service runs."""
    world, begin = script.world, 180
    pay = world.service("payments", "authorize", "go", calls="ledger")
    world.service("payments", "ledger", "java")
    job = world.service("analytics", "train-model", "go")
    world.service("analytics", "notebook", "go")
    end = begin + 40
    node = pay.node[0]
    job.node = [node, node]
    job.cpu_limit = 8.0
    job.cpu.change(begin, end, lambda _, part: 4.8 + 0.2 * part)
    world.nodes[node].change(begin, end, lambda value, _: min(1.0, value + 0.62))
    pay.latency.scale(begin + 1, end, 4, ramp=2)
    pay.errors.change(begin + 3, end, lambda value, _: value + 0.012)
    script.add(
        "noisy neighbour", "payments", begin, 4,
        ("container_cpu_usage_seconds_total", "train-model"),
        ("node_cpu_seconds_total", node), ("node_pressure_cpu_waiting_seconds_total", node),
    )  # fmt: skip


def _errors_after_a_rollout(script: _Script) -> None:
    """A release answers one request in four with 500."""
    world, begin = script.world, 210
    login = world.service("accounts", "login", "istio", calls="users")
    users = world.service("accounts", "users", "go")
    world.service("accounts", "sessions", "java")
    world.roll_out(users, begin)
    end = begin + 45
    users.errors.change(begin + 1, end, lambda _, part: 0.27 + 0.02 * part)
    login.errors.change(begin + 2, end, lambda value, _: value + 0.08)
    login.retried.change(begin + 2, end, lambda value, _: value + 1.5)
    script.add("errors after a rollout", "accounts", begin, 5, ("http_requests_total", "users"))


def _slow_dependency(script: _Script) -> None:
    """Calls of a tax service outside of the cluster take seconds."""
    world, begin = script.world, 240
    quote = world.service("pricing", "quote", "java", calls="tax-api")
    world.service("pricing", "discounts", "java", calls="quote")
    front = world.service("pricing", "edge", "istio", calls="quote")
    end = begin + 35
    quote.called.scale(begin, end, 28, ramp=2)
    quote.latency.scale(begin, end, 9, ramp=2)
    front.latency.scale(begin + 1, end, 6, ramp=2)
    quote.pool.scale(begin + 1, end, 1.9, ramp=4)
    front.errors.change(begin + 4, end, lambda value, _: value + 0.02)
    script.add("slow dependency", "pricing", begin, 5, ("http_client_requests_seconds", "tax-api"))


def _queue_backlog(script: _Script) -> None:
    """A consumer stopped: what waits for it grows."""
    world, begin = script.world, 270
    ship = world.service("shipping", "labels", "istio")
    world.service("shipping", "tracking", "go")
    world.service("shipping", "carriers", "java")
    end = begin + 45
    ship.waiting.change(begin, end, lambda value, part: value + 9_000 * part)
    ship.rps.scale(begin, end, 0.35, ramp=2)
    ship.cpu.scale(begin, end, 0.4, ramp=2)
    script.add("queue backlog", "shipping", begin, 9, ("kafka_consumergroup_lag", "labels"))


def _retry_storm(script: _Script) -> None:
    """Short failures of a callee are retried without a pause, which keeps it failing."""
    world, begin = script.world, 300
    feed = world.service("social", "feed", "istio", calls="profiles")
    profiles = world.service("social", "profiles", "go")
    world.service("social", "likes", "java")
    end = begin + 35
    feed.retried.change(begin, end, lambda value, part: value + 90 * min(1, 6 * part))
    profiles.rps.scale(begin + 1, end, 4.5, ramp=4)
    profiles.errors.change(begin + 1, end, lambda value, _: value + 0.12)
    profiles.cpu.scale(begin + 1, end, 2.2, ramp=4)
    profiles.latency.scale(begin + 2, end, 2.5, ramp=4)
    feed.latency.scale(begin + 2, end, 2.5, ramp=4)
    feed.errors.change(begin + 3, end, lambda value, _: value + 0.05)
    script.add("retry storm", "social", begin, 5, ("envoy_cluster_upstream_rq_retry", "profiles"))


def _disk_filling(script: _Script) -> None:
    """A volume fills up with logs that nobody rotates, and writes fail once it is full."""
    world, begin = script.world, 330
    store = world.service("media", "uploads", "go")
    world.service("media", "transcode", "java")
    world.service("media", "thumbs", "go")
    free = world.quantity(31e9, 0.003)
    level = [31e9 for _ in ticks()]
    for tick in range(begin, MINUTES):
        level[tick + MINUTES] = max(0.0, 31e9 - 0.85e9 * (tick - begin))
    shown = [min(have, value) for have, value in zip(free.values, level, strict=True)]
    claim = {"namespace": "media", "persistentvolumeclaim": "uploads-data", "node": "node-3"}
    other = {**claim, "persistentvolumeclaim": "transcode-scratch"}
    script.world.more += [
        ("kubelet_volume_stats_available_bytes", claim, shown),
        ("kubelet_volume_stats_capacity_bytes", claim, [50e9 for _ in ticks()]),
        ("kubelet_volume_stats_available_bytes", other, world.quantity(20e9, 0.05).values),
        ("kubelet_volume_stats_capacity_bytes", other, [50e9 for _ in ticks()]),
    ]
    store.errors.change(begin + 37, begin + 60, lambda value, _: value + 0.2)
    store.latency.scale(begin + 20, begin + 60, 1.5, ramp=15)
    script.add(
        "disk filling", "media", begin, 25, ("kubelet_volume_stats_available_bytes", "uploads-data")
    )


def _cold_cache(script: _Script) -> None:
    """Redis restarted empty: nothing is found in it, and the database does the work."""
    world, begin = script.world, 360
    api = world.service("news", "articles", "java", calls="postgres")
    world.service("news", "comments", "go")
    hits, misses = world.quantity(4_000, 0.06, 0.2), world.quantity(200, 0.1, 0.2)
    for tick in range(begin, MINUTES):
        cold = max(0.0, 1 - (tick - begin) / 50) ** 0.5
        at = tick + MINUTES
        moved = hits.values[at] * 0.9 * cold
        hits.values[at] -= moved
        misses.values[at] += moved
    redis = {"namespace": "news", "pod": "redis-0", "job": "redis-exporter"}
    total = 0.0
    counted: dict[str, list[float | None]] = {}
    for name, quantity in (("hits", hits), ("misses", misses)):
        total, counted[name] = 0.0, []
        for tick, value in zip(ticks(), quantity.values, strict=True):
            total = value if tick == begin else total + value  # the counter began anew
            counted[name].append(total)
    keys: Quantity = world.quantity(90_000, 0.004)
    for tick in range(begin, MINUTES):
        keys.values[tick + MINUTES] *= min(1.0, 0.05 + (tick - begin) / 55)
    world.more += [
        ("redis_keyspace_hits_total", redis, counted["hits"]),
        ("redis_keyspace_misses_total", redis, counted["misses"]),
        ("redis_db_keys", {**redis, "db": "db0"}, keys.values),
        ("redis_connected_clients", redis, world.quantity(40, 0.05).values),
        ("redis_memory_used_bytes", redis, [v * 2_100 + 4e6 for v in keys.values]),
    ]
    end = begin + 40
    api.latency.scale(begin, end, 3.2, ramp=1)
    api.called.scale(begin, end, 3.0, ramp=1)
    api.pool.scale(begin, end, 1.9, ramp=1)
    api.cpu.scale(begin, end, 1.5, ramp=1)
    script.add(
        "cold cache", "news", begin, 4,
        ("redis_keyspace_misses_total", "redis-0"), ("redis_keyspace_hits_total", "redis-0"),
        ("redis_db_keys", "redis-0"), ("redis_memory_used_bytes", "redis-0"),
    )  # fmt: skip


def _certificate(script: _Script) -> None:
    """A certificate was not renewed: nothing has changed yet, and in six hours it is over."""
    world, begin = script.world, 390
    world.service("partner", "webhook", "istio")
    world.service("partner", "sync", "go")
    for name, left in (("webhook-tls", 6 * 3600), ("sync-tls", 61 * 86_400)):
        labels = {
            "namespace": "cert-manager", "job": "cert-manager", "exported_namespace": "partner",
            "name": name, "issuer_name": "letsencrypt",
        }  # fmt: skip
        over = float(seconds(begin) + left)
        metric = "certmanager_certificate_expiration_timestamp_seconds"
        world.more.append((metric, labels, [over for _ in ticks()]))
        ready = {**labels, "condition": "True"}
        world.more.append(("certmanager_certificate_ready_status", ready, [1.0 for _ in ticks()]))
    script.add(
        "certificate near expiry", "partner", begin, 3,
        ("certmanager_certificate_expiration_timestamp_seconds", "webhook-tls"),
    )  # fmt: skip


def _daily_peak(script: _Script) -> None:
    """Lunch: as every day, the shop is three times as busy, and a little slower."""
    world, begin = script.world, 330
    web = world.service("lunch", "menu", "go", calls="kitchen")
    kitchen = world.service("lunch", "kitchen", "java")
    front = world.service("lunch", "door", "istio", calls="menu")
    for service in (web, kitchen, front):
        service.rps.both_days(begin, begin + 110, 3.1, 18, late=4)
        service.cpu.both_days(begin, begin + 110, 2.3, 18, late=4)
        service.pool.both_days(begin, begin + 110, 2.0, 18, late=4)
        service.latency.both_days(begin, begin + 110, 1.5, 18, late=4)
        service.waiting.both_days(begin, begin + 110, 2.2, 18, late=4)
    script.add("daily peak", "lunch", begin, 8)


def _healthy(script: _Script) -> None:
    """A release without any effect, a job each hour, a namespace in which nothing happens."""
    world = script.world
    search = world.service("search", "query", "go")
    world.service("search", "suggest", "istio")
    world.roll_out(search, 200)
    script.add("healthy rollout", "search", 200, 5)
    report = world.service("reports", "render", "java")
    for tick in range(-MINUTES, MINUTES):
        if tick % 60 < 9:
            report.cpu.values[tick + MINUTES] *= 3.5
            report.memory.values[tick + MINUTES] *= 1.25
    script.add("job each hour", "reports", 300, 3)
    world.service("mail", "outbox", "istio")
    world.service("mail", "templates", "java")
    script.add("quiet", "mail", 255, 0)
