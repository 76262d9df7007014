"""An hour and a half of a shop's logs, in which its cache goes away at 10:00."""

from collections.abc import Iterator
from datetime import UTC, datetime

from holmes.tools.log_search import Entry

START = datetime(2026, 11, 29, 9, 0, tzinfo=UTC).timestamp()
INCIDENT = datetime(2026, 11, 29, 10, 0, tzinfo=UTC).timestamp()
END = datetime(2026, 11, 29, 10, 30, tzinfo=UTC).timestamp()


def lines(*, incident: bool = True) -> list[Entry]:
    """All lines by time; without the incident, of a shop that is well."""
    return sorted(_lines(incident=incident), key=lambda entry: entry.time)


def _lines(*, incident: bool) -> Iterator[Entry]:
    for second in range(0, round(END - START), 15):
        at = START + second
        broken = incident and at >= INCIDENT
        pod = f"checkout-7d9c5b6f4-{'x2k8p' if second % 10 else 'q5m7z'}"
        yield _entry(at, f"GET /cart/{second * 37 % 9973} 200 {second % 40 + 3}ms", pod)
        if second % 60 == 0:
            yield _entry(at + 0.4, f"WARN slow query took {second % 700 + 300}ms", pod)
        if second % 300 == 0:
            yield _entry(at + 0.5, "ERROR payment declined for order 17", pod)
        if broken:
            text = "ERROR dial tcp 10.96.7.21:6379: connect: connection refused (redis-cart)"
            yield _entry(at + 0.2, text, pod)
        if second % (15 if broken else 240) == 0:
            yield _entry(at + 0.3, f"INFO retrying request {second % 100} in 2s", pod)


def _entry(at: float, text: str, pod: str) -> Entry:
    time = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    labels = {"namespace": "shop", "pod": pod}
    return Entry(time=time.replace("+00:00", "Z"), text=text, labels=labels)
