"""Runs on record that the page is shown: one with every form of data, one that is very long."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from holmes.core import events
from holmes.core.answer import Answer, Quote, Specific, Statement
from holmes.core.evidence import Evidence
from holmes.core.finding import Change, Finding, Impact, Link, NextCall, ObjectRef
from holmes.core.messages import JsonValue, Usage
from holmes.core.tool_output import (
    Findings,
    Json,
    LogLine,
    LogLines,
    Series,
    Table,
    TimeSeries,
    ToolData,
    ToolOutput,
)
from holmes.runs import records

BEGAN = 1_796_050_000.0
"""30 November 2026, 14:46:40 UTC."""

HOSTILE = (
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 and \u202edesrever\u202c",
    "[click](javascript:document.title='owned')",
)


def write(home: Path, name: str, question: str, lines: Iterable[records.Line]) -> None:
    """Put a run on record under that id."""
    folder = home / ".local/state/holmesgpt/sessions"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    header = records.Header(
        version=records.VERSION,
        id=name,
        holmes="0.1.0",
        question=question,
        model="scripted",
        address="http://127.0.0.1:9",
        settings=records.Settings(),
        at=BEGAN,
    )
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(map(records.encode, (header, *lines, records.Exit(code=0)))))
    path.chmod(0o600)


class Teller:
    """Makes events, numbered and dated."""

    def __init__(self) -> None:
        self.seq = 0
        self.at = BEGAN
        self.step = 0

    def turn(self, seconds: float) -> Iterator[events.Event]:
        """A request to the model with its reply."""
        self.step += 1
        waiting = events.ModelWaiting(step=self.step, model="scripted", address="", tools_offered=9)
        yield self._dated(waiting)
        usage = Usage(prompt_tokens=900, completion_tokens=40)
        replied = events.ModelReplied(step=self.step, usage=usage, seconds=seconds)
        yield self._dated(replied, seconds)

    def calls(self, *results: Evidence) -> Iterator[events.Event]:
        """Calls that begin together."""
        for each in results:
            yield self._dated(
                events.ToolStarted(
                    key=str(each.number),
                    tool=each.tool,
                    arguments=each.arguments,
                    command=each.output.command,
                )
            )
        began = self.at
        for each in sorted(results, key=lambda one: one.seconds):
            self.at = began + each.seconds
            yield self._dated(events.ToolFinished(key=str(each.number), evidence=each))

    def answer(self, answer: Answer) -> events.Event:
        return self._dated(events.Answered(answer=answer), 0.1)

    def _dated(self, event: events.Event, later: float = 0.0) -> events.Event:
        self.seq += 1
        self.at += later
        return replace(event, seq=self.seq, at=self.at)


def result(
    number: int, command: str, text: str, data: ToolData | None = None, seconds: float = 0.4
) -> Evidence:
    output = ToolOutput(status="ok", text=text, command=command, data=data)
    return Evidence(
        number=number,
        tool=command.split(maxsplit=1)[0],
        arguments={},
        output=output,
        excerpt=text,
        seconds=seconds,
    )


def _ref(kind: str, name: str) -> ObjectRef:
    return ObjectRef(kind=kind, namespace="shop", name=name)


def _finding() -> Finding:
    web, service = _ref("Deployment", "web"), _ref("Service", "web")
    return Finding(
        check="image_pull",
        severity="critical",
        kind="Deployment",
        namespace="shop",
        name="web",
        cause="image registry.local/web:2.1 does not exist",
        next_call=NextCall(
            tool="kubectl_describe", arguments={}, command="kubectl describe pod web-1 -n shop"
        ),
        evidence=('pod web-1: "manifest unknown: registry.local/web:2.1"',),
        since="2026-11-30T14:36:40Z",
        impact=Impact(services=(service,), ready=1, wanted=3, since="2026-11-30T14:37:00Z"),
        changed=(
            Change(
                what="rollout",
                ref=web,
                at="2026-11-30T14:36:30Z",
                said="revision 2: web image web:2.0 → web:2.1",
            ),
        ),
        links=(
            Link(subject=service, relation="selects", on=web, cause="1 of 3 pods serves it"),
            Link(
                subject=_ref("Ingress", "shop"),
                relation="routes to",
                on=service,
                cause="answers 503 now and then",
            ),
            Link(
                subject=_ref("Deployment", "checkout"),
                relation="calls",
                on=service,
                cause="its calls time out",
            ),
            Link(subject=web, relation="depends on", on=service, cause="it calls itself"),
        ),
    )


def _pods() -> Table:
    rows = [
        ("web-1", "0/1", "ImagePullBackOff", "0", "9m"),
        ("web-2", "0/1", "ImagePullBackOff", "0", "9m"),
        ("web-3", "1/1", "Running", "12", "3d4h"),
        ("checkout-7", "1/1", "Running", "2", "26h"),
    ]
    return Table(
        columns=("NAME", "READY", "STATUS", "RESTARTS", "AGE"), rows=tuple(rows), of="pods"
    )


def _load() -> TimeSeries:
    times = [BEGAN - 1800 + 30 * step for step in range(61)]
    broken = BEGAN - 600
    good = tuple((at, 0.2 + (at % 90) / 900) for at in times)
    bad = tuple((at, 1.0 if at < broken else 14.0 + (at % 60) / 20) for at in times)
    gap = tuple((at, None if 20 < step < 26 else 3.0 + step / 40) for step, at in enumerate(times))
    names = (("web", bad), ("checkout", gap), ("db", good))
    series = [Series(labels={"job": "shop", "pod": name}, points=points) for name, points in names]
    return TimeSeries(series=tuple(series), unit="errors/s")


def _logs() -> LogLines:
    lines = [
        LogLine(
            text=f"GET /cart/{number} 200 in {number % 17} ms",
            time=f"2026-11-30T14:{number // 60 % 60:02}:{number % 60:02}Z",
            source="web-3/app",
        )
        for number in range(2000)
    ]
    lines[1500] = LogLine(
        text="connection refused: web:8080", time="2026-11-30T14:45:00Z", source="web-3/app"
    )
    lines[1600:1604] = [LogLine(text=text, source="web-3/app") for text in HOSTILE]
    return LogLines(lines=tuple(lines))


def _text(data: Table) -> str:
    return "\n".join("  ".join(row) for row in (data.columns, *data.rows))


ANSWER = """\
The new image of **web** can't be pulled [2], so 1 of 3 pods is ready [1].

| pod | state |
| --- | --- |
| web-1 | ImagePullBackOff [2] |
| web-3 | Running, 12 restarts [2] |

- Errors rose to 14.0 per second [4], and 99.7 % (?) of requests failed.
- `web-3` logged "connection refused: web:8080" [3].
- Node gke-old-1 (?) is fine. <b>Not bold</b> [here](javascript:alert(1)).

```yaml
image: registry.local/web:2.0
```

(?) Not found in the results: 99.7 %; gke-old-1."""


def shop() -> Iterator[records.Line]:
    """An incident with findings, a table, a log, a document and time series."""
    tell = Teller()
    finding, pods, logs = _finding(), _pods(), _logs()
    yield from tell.turn(1.2)
    yield from tell.calls(
        result(1, "holmes scan -n shop", finding.summary, Findings(findings=(finding,)), 2.1),
        result(2, "kubectl get pods -n shop", _text(pods), pods, 0.3),
    )
    yield from tell.turn(2.0)
    document: JsonValue = {
        "apiVersion": "apps/v1",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 3, "containers": [{"name": "app", "image": "registry.local/web:2.1"}]},
    }
    yield from tell.calls(
        result(3, "kubectl logs web-3 -n shop", "\n".join(x.text for x in logs.lines), logs, 1.4),
        result(4, "promtool query range errors", "3 series", _load(), 0.6),
        result(
            5,
            "kubectl get deployment web -n shop -o yaml",
            "kind: Deployment\nspec:\n  replicas: 3",
            Json(value=document),
            0.5,
        ),
    )
    yield from tell.turn(3.1)
    cause = Statement(
        text="The new image of web can't be pulled [2], so 1 of 3 pods is ready [1].",
        verdict="confirmed",
        citations=(2, 1),
        quotes=(Quote(evidence=2, lines=("web-1  0/1  ImagePullBackOff  0  9m",)),),
    )
    values = (
        Specific(
            text="1 of 3", kind="ratio", status="computed", evidence=(1,), calculation="1 / 3"
        ),
        Specific(text="web-1", kind="pod", status="verified", evidence=(2,)),
        Specific(text="web-3", kind="pod", status="verified", evidence=(2, 3)),
        Specific(text="12", kind="quantity", status="verified", evidence=(2,)),
        Specific(
            text="14.0", kind="quantity", status="contradicted", evidence=(4,), instead="16.9"
        ),
        Specific(text="99.7 %", kind="quantity", status="unverified"),
        Specific(
            text="connection refused: web:8080", kind="quote", status="verified", evidence=(3,)
        ),
        Specific(text="gke-old-1", kind="name", status="unverified"),
    )
    yield tell.answer(
        Answer(
            text=ANSWER,
            state="answered",
            citations=(2, 1, 4, 3),
            specifics=values,
            statements=(cause,),
            gaps=("kubectl top pods: no metrics server",),
        )
    )


def long_run(calls: int = 500, size: int = 10_000_000) -> Iterator[records.Line]:
    """Hundreds of calls; half of all text is one log."""
    tell = Teller()
    each = size // 2 // calls
    for number in range(1, calls + 1):
        if number % 5 == 1:
            yield from tell.turn(0.7)
        length = size // 2 if number == 7 else each
        line = "2026-11-30T14:26:40Z INFO handled one request of many in {:>4} ms"
        lines = tuple(LogLine(text=line.format(at % 977)) for at in range(max(1, length // 64)))
        text = "\n".join(one.text for one in lines)
        yield from tell.calls(
            result(number, f"kubectl logs pod-{number}", text, LogLines(lines=lines))
        )
    yield from tell.turn(1.0)
    yield tell.answer(Answer(text="Nothing is wrong [7].", state="answered", citations=(7,)))
