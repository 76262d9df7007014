"""When to ask again, and how long to wait before it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """How often and how patiently; all times in seconds."""

    max_retries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 30.0
    loading_patience: float = 300.0
    """How long to wait for a server that says it is still loading its model."""


@dataclass(slots=True)
class Retries:
    """Counts the failures of one request and says how long to wait, or None to give up."""

    policy: RetryPolicy
    failures: int = 0
    broken_streams: int = 0
    _loading_waited: float = 0.0
    _random: random.Random = field(default_factory=random.Random)

    def after_error(self, retry_after: str) -> float | None:
        """An overload, a broken connection: exponential with jitter, or as the server asks."""
        return self._next(self.policy.max_retries, retry_after)

    def after_refused_connection(self) -> float | None:
        """Nobody listens: it may be starting, but waiting long for a wrong port is no help."""
        return self._next(min(self.policy.max_retries, 2), "")

    def after_broken_stream(self) -> float | None:
        """The reply began and broke off: twice at most, since each one cost a whole reply."""
        self.broken_streams += 1
        return self._next(min(self.policy.max_retries, 2), "")

    def while_loading(self, retry_after: str) -> float | None:
        """The server is up and says that its model is not: patience, in short steps."""
        if self._loading_waited >= self.policy.loading_patience or not self.policy.max_retries:
            return None
        asked = retry_after_seconds(retry_after)
        step = min(asked if asked is not None else 5 * self.policy.first_wait, 30.0)
        # "Retry-After: 0" would be a request every few milliseconds for as long as it loads.
        step = max(step, self.policy.first_wait)
        self._loading_waited += max(step, 0.01)
        return step

    def _next(self, allowed: int, retry_after: str) -> float | None:
        if self.failures >= allowed:
            return None
        wait = min(self.policy.first_wait * 2.0**self.failures, self.policy.longest_wait)
        self.failures += 1
        asked = retry_after_seconds(retry_after)
        if asked is not None:
            return min(asked, self.policy.longest_wait)
        # Full jitter would let clients return at once; half keeps the pace and parts them.
        return wait * self._random.uniform(0.5, 1.0)


def retry_after_seconds(header: str, now: datetime | None = None) -> float | None:
    """Seconds asked for by a Retry-After header (a number or an HTTP date); None if unreadable."""
    text = header.strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
