"""GET /metrics: what the server does, in Prometheus' text format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from holmes.core import events
from holmes.server.desk import Desk
from holmes.server.http import Endpoint
from holmes.server.run import Run

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """Counts requests, investigations, tool calls and tokens; labels are few and known."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.registry = registry = CollectorRegistry()
        self._requests = Histogram(
            *("holmes_http_request_seconds", "HTTP requests", ["method", "path", "status"]),
            registry=registry,
            buckets=_SECONDS,
        )
        self._questions = Counter(
            *("holmes_questions", "Questions that ended", ["model", "cluster", "state"]),
            registry=registry,
        )
        self._took = Histogram(
            *("holmes_question_seconds", "From question to end", ["model", "cluster"]),
            registry=registry,
            buckets=_SECONDS,
        )
        self._calls = Histogram(
            *("holmes_tool_call_seconds", "Tool calls", ["tool", "status"]),
            registry=registry,
            buckets=_SECONDS,
        )
        self._replies = Histogram(
            *("holmes_model_request_seconds", "Requests to models", ["model"]),
            registry=registry,
            buckets=_SECONDS,
        )
        self._tokens = Counter(
            *("holmes_tokens", "Tokens as servers counted them", ["model", "kind"]),
            registry=registry,
        )
        now = Gauge("holmes_investigations", "Now", ["state"], registry=registry)
        for state in ("running", "queued"):
            now.labels(state).set_function(lambda state=state: self._now(state))  # type: ignore[misc]

    @property
    def endpoint(self) -> Endpoint:
        """GET /metrics."""

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

        says = "For Prometheus, in its text format."
        return Endpoint(method="GET", path="/metrics", handler=metrics, says=says)

    def request(self, method: str, pattern: str, status: int, seconds: float) -> None:
        """An HTTP request ended; what matched no path is one of "other"."""
        known = method if pattern else "other"
        self._requests.labels(known, pattern or "other", str(status)).observe(seconds)

    def sink(self, run: Run) -> events.EventSink:
        """Takes the events of a run."""

        def take(event: events.Event) -> None:
            match event:
                case events.ToolFinished(evidence=found, recorded=False):
                    tool = found.tool if found.output.status != "unknown_tool" else "unknown"
                    self._calls.labels(tool, found.output.status).observe(found.seconds)
                case events.ModelReplied(usage=usage):
                    self._replies.labels(run.model).observe(event.seconds)
                    self._tokens.labels(run.model, "prompt").inc(usage.prompt_tokens or 0)
                    self._tokens.labels(run.model, "completion").inc(usage.completion_tokens or 0)

        return take

    def ended(self, run: Run) -> None:
        """A question of this run ended."""
        self._questions.labels(run.model, run.cluster, run.state).inc()
        seen = run.events[run.turn_begins :]
        self._took.labels(run.model, run.cluster).observe(seen[-1].at - seen[0].at if seen else 0)

    def _now(self, state: str) -> int:
        return sum(run.state == state for run in self._desk.busy)
