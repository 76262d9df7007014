"""Placeholders turned back, for the user's own screen and nothing else."""

from collections.abc import Callable

from holmes.config.settings import Config
from holmes.core import codec, events
from holmes.core.messages import JsonValue
from holmes.redaction.placeholders import Placeholders


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
        filled: events.Event = codec.decode(events.Event, _filled(codec.encode(event), fill))  # type: ignore[arg-type]
        emit(filled)

    return take


def _filled(value: JsonValue, fill: Callable[[str], str]) -> JsonValue:
    match value:
        case str():
            return fill(value)
        case list():
            return [_filled(item, fill) for item in value]
        case dict():
            return {key: _filled(item, fill) for key, item in value.items()}
        case _:
            return value
