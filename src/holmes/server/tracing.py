"""OpenTelemetry traces in the conventions for generative AI (seen 11/2026: gen_ai.* of v1.37).

On where OTEL_EXPORTER_OTLP_ENDPOINT is set; needs the extra `otel`. Questions, answers and what
tools printed are not told, only names, tokens and how calls ended.
"""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from holmes import __version__
from holmes.core import events
from holmes.server.run import Run

_GOOD = frozenset({"ok", "no_data"})


@dataclass(kw_only=True)
class _Open:
    """The spans of one run that have begun."""

    whole: Span | None = None
    request: Span | None = None
    calls: dict[str, Span] = field(default_factory=dict)


class Tracing:
    """Turns the events of runs into spans, and sends them."""

    def __init__(self) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", "holmesgpt")
        resource = Resource.create({"service.name": name, "service.version": __version__})
        # Of this server, not the process's: nothing is global.
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer: Tracer = self._provider.get_tracer("holmesgpt", __version__)
        self._open: dict[Run, _Open] = {}

    def sink(self, run: Run) -> events.EventSink:
        """Takes the events of a run."""

        def take(event: events.Event) -> None:
            if isinstance(event, events.Asked):
                self._open[run] = _Open(whole=self._begun(run))
            elif (spans := self._open.get(run)) is not None:
                self._take(event, spans)

        return take

    def ended(self, run: Run) -> None:
        """A question of this run ended, with whatever was under way."""
        spans = self._open.pop(run, None)
        if spans is None or spans.whole is None:
            return
        for span in (spans.request, *spans.calls.values()):
            if span is not None:
                span.end()
        spans.whole.set_attribute("gen_ai.conversation.id", run.id)  # known once it is recorded
        spans.whole.set_attribute("holmes.state", run.state)
        if run.state == "failed":
            kind = type(run.failure).__name__ if run.failure else "_OTHER"
            spans.whole.set_attribute("error.type", kind)
            spans.whole.set_status(Status(StatusCode.ERROR))
        spans.whole.end()

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _begun(self, run: Run) -> Span:
        return self._tracer.start_span(
            "invoke_agent holmes",
            kind=SpanKind.INTERNAL,
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "holmes",
                "gen_ai.request.model": run.model,
                "holmes.cluster": run.cluster,
            },
        )

    def _take(self, event: events.Event, spans: _Open) -> None:
        match event:
            case events.ModelWaiting():
                spans.request = self._requested(event, spans)
            case events.ModelReplied() if spans.request is not None:
                _counted(spans.request, event)
                spans.request = None
            case events.ToolStarted():
                spans.calls[event.key] = self._called(event, spans)
            case events.ToolFinished() if (span := spans.calls.pop(event.key, None)) is not None:
                _gave(span, event)

    def _requested(self, event: events.ModelWaiting, spans: _Open) -> Span:
        server = urlsplit(event.address)
        return self._tracer.start_span(
            f"chat {event.model}",
            _within(spans),
            kind=SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",  # the protocol: the server may be anybody's
                "gen_ai.request.model": event.model,
                "server.address": server.hostname or event.address,
                "server.port": server.port or (80 if server.scheme == "http" else 443),
            },
        )

    def _called(self, event: events.ToolStarted, spans: _Open) -> Span:
        return self._tracer.start_span(
            f"execute_tool {event.tool}",
            _within(spans),
            kind=SpanKind.INTERNAL,
            attributes={
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": event.tool,
                "gen_ai.tool.call.id": event.key,
                "gen_ai.tool.type": "function",
            },
        )


def _within(spans: _Open) -> Context | None:
    return set_span_in_context(spans.whole) if spans.whole is not None else None


def _counted(span: Span, event: events.ModelReplied) -> None:
    if event.usage.prompt_tokens is not None:
        span.set_attribute("gen_ai.usage.input_tokens", event.usage.prompt_tokens)
    if event.usage.completion_tokens is not None:
        span.set_attribute("gen_ai.usage.output_tokens", event.usage.completion_tokens)
    span.end()


def _gave(span: Span, event: events.ToolFinished) -> None:
    status = event.evidence.output.status
    span.set_attribute("holmes.evidence", event.evidence.number)
    if status not in _GOOD:
        span.set_attribute("error.type", status)
        span.set_status(Status(StatusCode.ERROR))
    span.end()
