"""A transcript for people to read: everything, in order, each thing once."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from holmes.core import events
from holmes.core.messages import AssistantMessage, Message, ToolMessage
from holmes.runs import records
from holmes.runs.transcript import Transcript


def readable(transcript: Transcript) -> Iterator[str]:
    """Headed paragraphs; what is untrusted in them is as it came."""
    for line in transcript.lines:
        head, body = _of_event(line) if isinstance(line, events.Event) else _of_record(line)
        yield f"── +{max(0.0, line.at - transcript.header.at):.1f} s  {head}"
        if body.strip():
            yield body.rstrip()
        yield ""


def _of_event(event: events.Event) -> tuple[str, str]:
    """Heading and text of one event."""
    match event:
        case events.ModelReplied(usage=usage):
            tokens = f"{usage.prompt_tokens or '?'}+{usage.completion_tokens or '?'} tokens"
            return f"replied  {event.seconds:.1f} s, {tokens}", ""
        case events.ToolStarted():
            return f"call [{event.key}]  {event.command or _call(event.tool, event.arguments)}", ""
        case events.ToolFinished(evidence=found):
            output = found.output
            command = output.command or _call(found.tool, found.arguments)
            whole = found.excerpt == output.text
            cut = "" if whole else f"; the model saw {len(found.excerpt):,} characters of it"
            head = f"evidence [{found.number}]  {command}  {output.status}, {found.seconds:.2f} s"
            return head + cut, "\n".join(part for part in (output.note, output.text) if part)
        case events.ToolRepeated():
            return f"asked again, answered with [{event.number}]", ""
        case events.Answered(answer=answer):
            return f"answer: {answer.state}  {answer.reason}".rstrip(), answer.text
        case events.ApprovalGiven():
            return f"approval {'given' if event.approved else 'not given'}", event.command
        case events.Noticed():
            return "notice", event.text
        case _:
            return event.kind.replace("_", " "), ""


def _of_record(line: records.Record) -> tuple[str, str]:
    """Heading and text of a line that is no event."""
    match line:
        case records.Header():
            said = [
                line.question,
                f"model: {line.model} at {line.address}",
                f"tools: {', '.join(tool.name for tool in line.tools)}",
            ]
            return f"session {line.id}  (HolmesGPT {line.holmes})", "\n".join(said)
        case records.Resumption():
            return f"resumed  (HolmesGPT {line.holmes}, {line.model} at {line.address})", ""
        case records.Request():
            earlier = f"{line.kept} messages as before, " if line.kept else ""
            head = f"request {line.request}  ({earlier}{len(line.tools)} tools)"
            return head, "\n\n".join(map(_sent, line.messages))
        case records.Reply(reply=reply):
            message = reply.message
            thought = f"(thinking) {message.reasoning}" if message.reasoning else ""
            calls = [f"→ {_call(call.name, call.arguments)}" for call in message.tool_calls]
            said = [part for part in (thought, message.content, *calls) if part]
            return f"reply {line.request}, as it came", "\n".join(said)
        case records.Failure():
            failed = "was too long" if line.overflow else "failed"
            return f"request {line.request} {failed}", line.reason
        case records.Feedback():
            return f"answer {line.answer}: {'good' if line.good else 'not good'}", line.comment
        case _:
            return _in_a_line(line), ""


def _in_a_line(line: records.Settled | records.Exit | records.Window | records.TokenCount) -> str:
    match line:
        case records.Settled():
            return f"settled  ({len(line.told)} results told, {line.depth} to go back to)"
        case records.Exit():
            return f"exit {line.code}"
        case records.Window():
            return f"context window: {line.tokens or 'not told'}"
        case records.TokenCount():
            return f"results counted: {line.tokens} tokens"


def _sent(message: Message) -> str:
    name = f" {message.name}" if isinstance(message, ToolMessage) else ""
    calls = len(message.tool_calls) if isinstance(message, AssistantMessage) else 0
    told = f"({calls} call{'s' * (calls != 1)}, as in the reply)" if calls else ""
    return f"{message.kind}{name}: {message.content or told}"


def _call(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool}({json.dumps(arguments, ensure_ascii=False)})"
