"""CronJobs that don't run: suspended, held up by a hung run, or never on time."""

from collections.abc import Iterator
from dataclasses import replace

from holmes.core.finding import Finding, ObjectRef, Severity
from holmes.triage.about import about
from holmes.triage.fields import Obj, flag, items, name_of, namespace_of, ref_of, text
from holmes.triage.fixes import patch
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet, event_time

_MISSED = ("FailedNeedsStart", "TooManyMissedTimes", "MissSchedule", "InvalidSchedule",
           "UnparseableSchedule", "UnknownTimeZone", "FailedCreate")  # fmt: skip
# A run that blocks its successors for longer than this hangs, whatever it does.
_HUNG_SECONDS = 3600
_RECENT_SECONDS = 3600


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each CronJob that is kept from starting its runs."""
    for cron in objects.all("CronJob"):
        if flag(cron, "spec", "suspend"):
            evidence = f"CronJob {name_of(cron)} spec.suspend: true"
            remark = _finding(cron, "it is suspended, no run starts", evidence, "info")
            yield replace(remark, fix=patch(ref_of(cron), "/spec/suspend", value=False))
            continue
        hung = _hung(objects, cron)
        if hung:
            yield hung
            continue
        events = objects.events(ref_of(cron), *_MISSED)
        if events and objects.age(event_time(events[-1])) < _RECENT_SECONDS:
            last = events[-1]
            said = f"{text(last, 'reason')}: {text(last, 'message')}"
            yield _finding(cron, f"its runs don't start: {said}", f"event {said}", "warning")


def _hung(objects: ObjectSet, cron: Obj) -> Finding | None:
    """The active run that, with concurrencyPolicy Forbid, keeps the next ones from starting."""
    if text(cron, "spec", "concurrencyPolicy") != "Forbid":
        return None
    skipped = objects.events(ref_of(cron), "JobAlreadyActive")
    for active in items(cron, "status", "active"):
        run = objects.get("Job", namespace_of(cron), text(active, "name"))
        started = text(run, "status", "startTime")
        running = objects.age(started) if run else 0.0
        if skipped or running > _HUNG_SECONDS:
            name = text(active, "name")
            cause = (
                f"its run {name} has been active for {running / 60:.0f} min and, with "
                f"concurrencyPolicy Forbid, keeps later runs from starting"
            )
            evidence = f"Job {name} status.startTime {started}, still active"
            job = ObjectRef(kind="Job", namespace=namespace_of(cron), name=name)
            return _finding(cron, cause, evidence, "warning", job)
    return None


def _finding(
    cron: Obj, cause: str, evidence: str, severity: Severity, run: ObjectRef | None = None
) -> Finding:
    return about(
        "cron_jobs", cron, severity, cause, (evidence,), affected=(run,) if run else (),
        explained_by=(run,) if run else (),
    )  # fmt: skip
