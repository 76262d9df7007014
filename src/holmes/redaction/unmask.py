"""Placeholders turned back, for the user's own screen and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from holmes.config.settings import Config
from holmes.core import events
from holmes.core.evidence import Evidence
from holmes.core.messages import JsonObject, JsonValue
from holmes.redaction.placeholders import Placeholders

_Fill: TypeAlias = Callable[[str], str]


def own_screen(
    config: Config, placeholders: Placeholders, emit: events.EventSink
) -> events.EventSink:
    """The sink of a terminal, with names or secrets turned back where the user asked for it."""
    if not (config.show_names or config.show_secrets):
        return emit
    return revealing(emit, placeholders, names=config.show_names, secrets=config.show_secrets)


def revealing(
    emit: events.EventSink, placeholders: Placeholders, *, names: bool, secrets: bool
) -> events.EventSink:
    """A sink that passes events on with names, secrets or both in the place of placeholders."""

    def fill(text: str) -> str:
        text = placeholders.with_names(text) if names else text
        return placeholders.with_secrets(text) if secrets else text

    def take(event: events.Event) -> None:
        emit(_revealed(event, fill))

    return take


def _revealed(event: events.Event, fill: _Fill) -> events.Event:
    match event:
        case events.ModelText():
            return replace(event, text=fill(event.text))
        case events.ToolStarted():
            arguments = _filled(event.arguments, fill)
            return replace(event, command=fill(event.command), arguments=arguments)
        case events.ToolFinished():
            return replace(event, evidence=_evidence(event.evidence, fill))
        case events.Noticed():
            return replace(event, text=fill(event.text))
        case events.Answered(answer=answer):
            shown = replace(answer, text=fill(answer.text), reason=fill(answer.reason))
            return replace(event, answer=shown)
        case _:
            return event


def _evidence(evidence: Evidence, fill: _Fill) -> Evidence:
    output = evidence.output
    return replace(
        evidence,
        arguments=_filled(evidence.arguments, fill),
        excerpt=fill(evidence.excerpt),
        output=replace(
            output, text=fill(output.text), command=fill(output.command), note=fill(output.note)
        ),
    )


def _filled(arguments: JsonObject, fill: _Fill) -> JsonObject:
    filled: dict[str, JsonValue] = {
        key: fill(value) if isinstance(value, str) else value for key, value in arguments.items()
    }
    return filled
