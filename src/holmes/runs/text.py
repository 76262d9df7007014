"""A transcript for people to read: everything, in order, each thing once."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from holmes.runs import records
from holmes.runs.transcript import Transcript


def readable(transcript: Transcript) -> Iterator[str]:
    """Headed paragraphs; what is untrusted in them is as it came."""
    began = transcript.began
    for line in transcript.lines:
        head, body = _paragraph(line)
        yield f"── +{max(0.0, line.at - began.at):.1f} s  {head}"
        if body.strip():
            yield body.rstrip()
        yield ""


def _paragraph(line: records.Record) -> tuple[str, str]:
    """Heading and text of one line."""
    match line:
        case records.Began() | records.Resumed() | records.Ended():
            return _frame(line)
        case records.Window() | records.Counted():
            return _frame(line)
        case records.Requested() | records.Replied() | records.Overflowed() | records.Failed():
            return _model(line)
        case records.Started():
            return f"call [{line.number}]  {line.command or _call(line.tool, line.arguments)}", ""
        case records.Found():
            return _found(line)
        case records.Repeated():
            return f"asked again, answered with [{line.number}]", ""
        case records.Noted():
            return "notice", line.text
        case records.Concluded():
            answer = line.answer
            return f"answer: {answer.state}  {answer.reason}".rstrip(), answer.text


def _frame(
    line: records.Began | records.Resumed | records.Ended | records.Window | records.Counted,
) -> tuple[str, str]:
    match line:
        case records.Began():
            said = [
                line.question,
                f"model: {line.model} at {line.address}",
                f"tools: {', '.join(tool.name for tool in line.tools)}",
            ]
            return f"session {line.id}  (HolmesGPT {line.holmes})", "\n".join(said)
        case records.Resumed():
            return f"resumed  (HolmesGPT {line.holmes}, {line.model} at {line.address})", ""
        case records.Ended():
            return f"exit {line.code}", ""
        case records.Window():
            return f"context window: {line.tokens or 'not told'}", ""
        case records.Counted():
            return f"results counted: {line.tokens} tokens", ""


def _model(
    line: records.Requested | records.Replied | records.Overflowed | records.Failed,
) -> tuple[str, str]:
    match line:
        case records.Requested():
            earlier = f"{line.kept} messages as before, " if line.kept else ""
            head = f"request {line.request}  ({earlier}{len(line.tools)} tools)"
            return head, "\n\n".join(_sent(message) for message in line.messages)
        case records.Replied():
            calls = [f"→ {_call(call.name, call.arguments)}" for call in line.calls]
            thought = f"(thinking) {line.reasoning}" if line.reasoning else ""
            usage = line.usage
            tokens = f"{usage.prompt_tokens or '?'}+{usage.completion_tokens or '?'} tokens"
            head = f"reply {line.request}, as it came  {line.seconds:.1f} s, {tokens}"
            return head, "\n".join(part for part in (thought, line.content, *calls) if part)
        case records.Overflowed():
            return f"request {line.request} was too long", line.reason
        case records.Failed():
            return f"request {line.request} failed", line.reason


def _sent(message: records.SentMessage) -> str:
    who = f"{message.role} {message.tool}".strip()
    number = "1 call" if message.calls == 1 else f"{message.calls} calls"
    calls = f"({number}, as in the reply)" if message.calls else ""
    return f"{who}: {message.content or calls}"


def _found(line: records.Found) -> tuple[str, str]:
    output = line.output
    command = output.command or _call(line.tool, line.arguments)
    cut = "" if line.excerpt is None else f"; the model saw {len(line.excerpt):,} characters of it"
    head = f"evidence [{line.number}]  {command}  {output.status}, {line.seconds:.2f} s{cut}"
    return head, "\n".join(part for part in (output.note, output.text) if part)


def _call(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool}({json.dumps(arguments, ensure_ascii=False)})"
