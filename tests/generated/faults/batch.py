"""Jobs and CronJobs that fail, hang or never start."""

from generated.build import job
from generated.fault import Expect, fault, of_app, ref_of
from generated.pods import end_pod, new_pod
from generated.revise import batch_app
from generated.states import image_pull
from generated.world import App, World
from holmes.triage.fields import Obj, name_of

# How many minutes ago the last run of a CronJob began; those before it went well.
_LAST_RUN = 12


def _last_run(world: World, app: App) -> Obj:
    world.workload(app)["status"]["lastScheduleTime"] = world.ago(_LAST_RUN)
    return job(world, app, world.workload(app), age=_LAST_RUN)


def _failed(world: World, made: Obj, reason: str, message: str) -> None:
    stamp = world.ago(2)
    kinds = ["FailureTarget", "Failed"] if world.minor >= 31 else ["Failed"]
    made["status"] |= {
        "conditions": [
            {
                "type": kind,
                "status": "True",
                "reason": reason,
                "message": message,
                "lastProbeTime": stamp,
                "lastTransitionTime": stamp,
            }
            for kind in kinds
        ]
    }
    world.event(made, reason, message, source="job-controller", count=1)


@fault()
def job_backoff_limit(world: World) -> Expect:
    app = batch_app(world)
    why = world.rng.choice(('column "amount" does not exist', "bucket exports-2026 does not exist"))
    made = _last_run(world, app)
    for number in range(4):
        age = _LAST_RUN - 2 * number
        pod = new_pod(
            world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=age
        )
        end_pod(world, pod, code=1, reason="Error", began=age, ended=age - 0.5)
        world.log(
            pod,
            [
                "INFO starting export",
                "Traceback (most recent call last):",
                '  File "/app/main.py", line 40, in <module>',
                f"RuntimeError: {why}",
            ],
        )
    made["status"] |= {"failed": 4}
    _failed(world, made, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    return Expect(subjects=of_app(world, app, made), words=(why,))


@fault()
def job_deadline(world: World) -> Expect:
    app = batch_app(world)
    made = _last_run(world, app)
    seconds = world.rng.choice((300, 400))
    made["spec"]["activeDeadlineSeconds"] = seconds
    made["status"] |= {"failed": 1}
    _failed(world, made, "DeadlineExceeded", "Job was active longer than specified deadline")
    return Expect(subjects=of_app(world, app, made), words=("deadline|activeDeadlineSeconds",))


@fault()
def cron_job_image_not_found(world: World) -> Expect:
    app = batch_app(world)
    made = _last_run(world, app)
    image = f"{app.image.partition(':')[0]}:9.9.9"
    for holder in (made["spec"], world.workload(app)["spec"]["jobTemplate"]["spec"]):
        holder["template"]["spec"]["containers"][0]["image"] = image
    made["status"] |= {"active": 1, "ready": 0}
    pod = new_pod(
        world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=_LAST_RUN
    )
    world.workload(app)["status"]["active"] = [
        {"kind": "Job", "namespace": app.namespace, "name": name_of(made)}
    ]
    full = f'failed to resolve reference "{image}": {image}: not found'
    image_pull(world, [pod], f'failed to pull and unpack image "{image}": {full}')
    return Expect(subjects=of_app(world, app, made), words=(image,))


@fault()
def cron_job_suspended(world: World) -> Expect:
    app = batch_app(world)
    cron = world.workload(app)
    cron["spec"]["suspend"] = True
    cron["status"] = {"lastScheduleTime": world.ago(5000), "lastSuccessfulTime": world.ago(4998)}
    _forget_runs(world, app)
    return Expect(subjects=(app.ref,), words=("suspended|suspend",))


def _forget_runs(world: World, app: App) -> None:
    for kind in ("Job", "Pod"):
        for each in world.all(kind, app.namespace):
            if name_of(each).startswith(f"{app.name}-"):
                world.remove(kind, app.namespace, name_of(each))


@fault(only_events=True)
def cron_job_missed_too_many(world: World) -> Expect:
    app = batch_app(world)
    cron = world.workload(app)
    cron["status"] = {"lastScheduleTime": world.ago(9000), "lastSuccessfulTime": world.ago(8998)}
    _forget_runs(world, app)
    if world.minor >= 28:
        world.event(
            cron,
            "TooManyMissedTimes",
            "too many missed start times. Set or decrease "
            ".spec.startingDeadlineSeconds or check clock skew",
            source="cronjob-controller",
        )
    else:
        world.event(
            cron,
            "TooManyMissedTimes",
            "too many missed start times: 300. Set or decrease "
            ".spec.startingDeadlineSeconds or check clock skew",
            source="cronjob-controller",
        )
    return Expect(subjects=(app.ref,), words=("missed",))


@fault()
def cron_job_run_hangs(world: World) -> Expect:
    """The last run never ends, and the policy forbids another beside it."""
    app = batch_app(world)
    cron = world.workload(app)
    _forget_runs(world, app)
    hours = world.rng.randrange(5, 30)
    made = job(world, app, cron, age=hours * 60)
    made["status"] |= {"active": 1, "ready": 1}
    pod = new_pod(
        world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=hours * 60
    )
    world.log(pod, ["INFO waiting for lock export.lock"] * 20)
    cron["status"] = {
        "lastScheduleTime": world.ago(hours * 60),
        "active": [{"kind": "Job", "namespace": app.namespace, "name": name_of(made)}],
    }
    world.event(
        cron,
        "JobAlreadyActive",
        "Not starting job because prior execution is running and concurrency policy is Forbid",
        normal=True,
        source="cronjob-controller",
    )
    return Expect(subjects=(app.ref, ref_of(made), ref_of(pod)), words=("Forbid|running|active",))
