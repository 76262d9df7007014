"""A transcript as the events of its run, for any renderer; no model and no cluster take part."""

from collections.abc import Iterator

from holmes.core import events
from holmes.core.evidence import Evidence
from holmes.runs import records
from holmes.runs.transcript import Transcript


def replayed(transcript: Transcript) -> Iterator[events.Event]:
    """What the renderer saw, in order, but for text while it streamed.

    A model's reply as it came may name what no tool returned; the answer has been held against the
    evidence, and is what is shown.
    """
    evidence: dict[int, Evidence] = {}
    address, model = transcript.began.address, transcript.began.model
    offered: dict[int, int] = {}
    for line in transcript.lines:
        match line:
            case records.Resumed():
                address, model = line.address, line.model
            case records.Requested():
                offered[line.request] = len(line.tools)
            case records.Replied():
                yield events.ModelWaiting(
                    step=line.request,
                    model=model,
                    address=address,
                    tools_offered=offered.get(line.request, 0),
                    recorded=True,
                )
                yield events.ModelReplied(step=line.request, usage=line.usage, seconds=line.seconds)
            case records.Found():
                evidence[line.number] = found = _evidence(line)
                yield events.ToolFinished(key=str(line.number), evidence=found)
            case records.Repeated(number=number) if number in evidence:
                key = f"repeat of {number}"
                yield events.ToolFinished(key=key, evidence=evidence[number], repeated=True)
            case records.Noted():
                yield events.Noticed(text=line.text)
            case _:
                pass
    if transcript.answer is not None:
        yield events.Answered(answer=transcript.answer)


def _evidence(line: records.Found) -> Evidence:
    return Evidence(
        number=line.number,
        tool=line.tool,
        arguments=line.arguments,
        output=line.output,
        excerpt=line.output.text if line.excerpt is None else line.excerpt,
        seconds=line.seconds,
    )
