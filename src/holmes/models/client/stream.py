"""Puts a reply together from chunks; a reply that came in one piece is a single chunk."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from holmes.core.messages import AssistantMessage, ToolCall
from holmes.models.base import ModelReply, Restarted, TextDelta
from holmes.models.client.arguments import encode, read_arguments
from holmes.models.client.entities import EntityMender, mended
from holmes.models.client.json_reply import MAX_REPLY_MENDED
from holmes.models.client.repetition import counts_on, loop_start
from holmes.models.client.thinking import ThinkSplitter
from holmes.models.client.wire import read_stop_reason, read_text, read_usage

MAX_CHARACTERS = 2_000_000
"""Of one reply: more than four times the longest that any model is documented to write."""

MAX_CALLS = 256
"""In one reply."""

_MOST_PIECES = 1000  # of a call without an id; who sends whole calls sends each in one or two


class NotACompletionError(ValueError):
    """A JSON document without anything of a chat completion in it."""


@dataclass(slots=True)
class _Call:
    """A tool call while its pieces arrive."""

    index: int | None = None
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """What has arrived of the arguments."""
        return "".join(self.pieces)

    def is_whole(self) -> bool:
        """Whether the arguments so far are a JSON object by themselves.

        Not looked at in calls of many pieces: the answer would be sought anew for each.
        """
        if len(self.pieces) > _MOST_PIECES or not self.pieces[-1].rstrip().endswith("}"):
            return False
        return not read_arguments(self.arguments, cut_off=True).error


class ReplyBuilder:
    """A state machine: `feed` it every chunk, then `finish`.

    `ids` gives an id for each call that came without one, or with one that is `taken`.

    recognised  whether any choice has arrived: without one there is no completion
    received    how many characters have arrived: of text, of thinking and of calls' arguments
    """

    def __init__(self, ids: Iterator[str], taken: Collection[str] = ()) -> None:
        self._ids = ids
        self._taken = set(taken)
        self._entities = EntityMender()
        self._text = ThinkSplitter()
        self._reasoning: list[str] = []
        self._calls: list[_Call] = []
        self._legacy_call: _Call | None = None
        self._finish_reason: object = None
        self._usage: object = None
        self._usage_came_last = False
        self._model = ""
        self.system_fingerprint = ""
        self._reclassified = False
        self.recognised = False
        self.received = 0

    @property
    def began(self) -> bool:
        """Whether anything of the message itself has arrived."""
        return bool(self._text.began or self._reasoning or self._calls or self._legacy_call)

    @property
    def excess(self) -> str:
        """Of what there is more than any honest reply has, or nothing."""
        if self.received > MAX_CHARACTERS:
            return "text"
        return "tool calls" if len(self._calls) > MAX_CALLS else ""

    @property
    def ended(self) -> bool:
        """Whether the server said that the reply is complete."""
        return self._finish_reason is not None or self._usage_came_last

    @property
    def finish_reason(self) -> object:
        """The server's own word for why it stopped, or None."""
        return self._finish_reason

    def feed(self, document: object) -> list[TextDelta | Restarted]:
        """Take one chunk or one whole completion; raises `NotACompletionError`."""
        if not isinstance(document, dict) or not _KEYS & document.keys():
            raise NotACompletionError
        self._model = self._model or _text(document.get("model"))
        self.system_fingerprint = self.system_fingerprint or _text(
            document.get("system_fingerprint")
        )
        self._usage = document.get("usage") or self._usage
        choices = document.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            self._usage_came_last = self._usage is not None
            return []
        choice = choices[0]
        self.recognised = True
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        message = _message(choice)
        whole = message is choice.get("message")
        if whole and self._repeats(message):
            return []
        self._take_calls(message, whole=whole)
        return self._take_text(message)

    def cut_loop(self) -> list[TextDelta | Restarted] | None:
        """Where the reply has begun to repeat itself, keep its first round and end it.

        Of calls that only count on, all are kept but the unfinished one. Returns what is to be
        shown anew; None where the reply goes on as it should.
        """
        if not self.ended and counts_on([(call.name, call.arguments) for call in self._calls[:-1]]):
            self._calls.pop()
            self._finish_reason = "tool_calls"
            return []
        parts = (self._text.content, self._text.reasoning, "".join(self._reasoning))
        cuts = [loop_start(part) for part in parts]
        if cuts == [None, None, None]:
            return None
        content, tagged, reasoning = (
            part[:cut].rstrip() if cut is not None else part
            for part, cut in zip(parts, cuts, strict=True)
        )
        self._reasoning = [reasoning]
        self._text.replace(content, tagged)
        self._finish_reason = "stop"
        reasoning += tagged
        return [
            Restarted(),
            *([TextDelta(text=reasoning, kind="reasoning")] if reasoning else []),
            *([TextDelta(text=content)] if content else []),
        ]

    def close(self) -> list[TextDelta | Restarted]:
        """No more chunks come: the last characters, held back as they looked like a tag."""
        pieces = [*self._text.feed(self._entities.close()), *self._text.close()]
        return [TextDelta(text=text, kind=kind) for kind, text in pieces]

    def finish(self) -> ModelReply:
        """The whole reply; pieces that `close` has not been asked for are in it as well."""
        self.close()
        cut_off = read_stop_reason(self._finish_reason, has_calls=False) == "length"
        # llama-cpp-python sends each call twice: as tool_calls and as the older function_call.
        calls = self._calls or ([self._legacy_call] if self._legacy_call else [])
        tool_calls = tuple(
            self._finished(call, cut_off=cut_off) for call in calls if call.name or call.arguments
        )
        message = AssistantMessage(
            content=self._text.content,
            reasoning="".join(self._reasoning) + self._text.reasoning,
            tool_calls=tool_calls,
        )
        return ModelReply(
            message=message,
            stop_reason=read_stop_reason(self._finish_reason, has_calls=bool(tool_calls)),
            usage=read_usage(self._usage),
            model=self._model,
        )

    def _repeats(self, message: dict[str, Any]) -> bool:
        """Whether a `message` at the end of a stream only says again what the deltas said."""
        content, _ = read_text(message.get("content"))
        same_calls = bool(self._calls) or not message.get("tool_calls")
        return self.began and self.ended and same_calls and mended(content) == self._text.content

    def _take_text(self, message: dict[str, Any]) -> list[TextDelta | Restarted]:
        content, reasoning = read_text(message.get("content"))
        # DeepSeek, Qwen: reasoning_content; vLLM since 2026 and OpenRouter: reasoning.
        reasoning += _text(message.get("reasoning_content")) or _text(message.get("reasoning"))
        self._reasoning += [reasoning] if reasoning else []
        self.received += len(content) + len(reasoning)
        pieces = self._text.feed(self._entities.feed(content))
        shown: list[TextDelta | Restarted] = []
        if reasoning:
            shown.append(TextDelta(text=reasoning, kind="reasoning"))
        if self._text.reclassified and not self._reclassified:
            # What was shown as the answer was thinking: void it and show it as what it is.
            self._reclassified = True
            whole = "".join(self._reasoning) + self._text.reasoning
            rest = [TextDelta(text=self._text.content)] if self._text.content else []
            return [Restarted(), TextDelta(text=whole, kind="reasoning"), *rest]
        return [*shown, *(TextDelta(text=text, kind=kind) for kind, text in pieces)]

    def _take_calls(self, message: dict[str, Any], *, whole: bool) -> None:
        fragments = message.get("tool_calls")
        if isinstance(fragments, dict):  # Text Generation Inference sends an object, not a list
            fragments = [fragments]
        for fragment in fragments if isinstance(fragments, list) else ():
            if isinstance(fragment, dict):
                self._merge(self._opened() if whole else self._slot(fragment), fragment)
        legacy = message.get("function_call")
        if isinstance(legacy, dict) and legacy:
            self._legacy_call = self._legacy_call or _Call()
            self._merge(self._legacy_call, {"function": legacy})

    def _slot(self, fragment: dict[str, Any]) -> _Call:
        """The call that a fragment belongs to: by index, else by id, else the last one."""
        index, id_ = fragment.get("index"), _text(fragment.get("id"))
        if isinstance(index, int):
            known = [call for call in self._calls if call.index == index]
        else:
            index = None
            known = [call for call in self._calls if id_ and call.id == id_]
            # Without an index only a name can open a call; older vLLM gave each piece a new id.
            known = known or ([] if id_ and _function(fragment)[0] else self._calls)
        if known and not _begins_another(known[-1], fragment):
            return known[-1]
        return self._opened(index)

    def _opened(self, index: int | None = None) -> _Call:
        self._calls.append(_Call(index=index))
        return self._calls[-1]

    def _merge(self, call: _Call, fragment: dict[str, Any]) -> None:
        name, arguments = _function(fragment)
        call.id = call.id or _text(fragment.get("id"))
        call.name = name or call.name
        call.pieces.append(arguments)
        self.received += len(arguments)

    def _finished(self, call: _Call, *, cut_off: bool) -> ToolCall:
        # Gemini sends "" for every id, Text Generation Inference "0": results would get mixed up.
        id_ = call.id
        while not id_ or id_ in self._taken:
            id_ = next(self._ids)
        self._taken.add(id_)
        short = self.received <= MAX_REPLY_MENDED
        read = read_arguments(call.arguments, cut_off=cut_off, mending=short)
        return ToolCall(
            id=id_,
            name=call.name,
            arguments=read.arguments,
            raw_arguments=read.raw,
            parse_error=read.error,
            repaired=read.repaired,
        )


_KEYS = {"choices", "usage"}


def _message(choice: dict[str, Any]) -> dict[str, Any]:
    """The part of a choice that holds the message: delta, message, or text of old servers."""
    for key in ("delta", "message"):
        if isinstance(choice.get(key), dict) and choice[key]:
            part: dict[str, Any] = choice[key]
            return part
    return {"content": choice.get("text")}


def _begins_another(call: _Call, fragment: dict[str, Any]) -> bool:
    """Whether a fragment opens a new call although index or place say that it continues one.

    Ollama and LiteLLM number all parallel calls 0; Gemini sends whole calls without ids;
    llama-cpp-python repeats id and name in each fragment of one call.
    """
    name, arguments = _function(fragment)
    if not name or not call.name:
        return False
    id_ = _text(fragment.get("id"))
    if id_ and call.id:
        return id_ != call.id
    return bool(arguments.strip()) and call.is_whole()


def _function(fragment: dict[str, Any]) -> tuple[str, str]:
    function = fragment.get("function")
    holder = function if isinstance(function, dict) else fragment
    arguments = holder.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = encode(arguments)  # Text Generation Inference and LiteLLM: an object
    return _text(holder.get("name")), arguments or ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
