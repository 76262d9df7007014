"""The newest held-out questions: other right wordings pass, near misses fail."""

from pathlib import Path

import pytest

from holmes.evals.scenario import select
from holmes.evals.scoring import score

CASES = {
    case.name: case
    for case in select(Path(__file__).parents[2] / "evals/scenarios", sets=["heldout-2026-11-30"])
}
RIGHT = [
    (
        "clinic/symptom",
        "appointments startet nicht: Key `smtp-password` in Secret `clinic-mail` nicht gefunden.",
    ),
    (
        "library/symptom",
        "Les pods de loans plantent, car DB_HOST pointe vers un nom qui ne se résout pas.",
    ),
    (
        "fleet/symptom",
        "El pod nuevo de tracker se cae: desconoce la clave flush_intervall de tracker-config.",
    ),
    (
        "weather/symptom",
        "The liveness probe on forecast-api fails: the app needs over a minute to load its grid.",
    ),
    (
        "museum/symptom",
        "kiosk can't reach exhibits-api: a NetworkPolicy only allows traffic from museum.",
    ),
    (
        "cinema/symptom",
        "The Job seat-plan-saturday failed: /app/bin/import-seats does not exist in the image.",
    ),
    (
        "harbor/symptom",
        "Service berths sends to port 9000, but its pods listen on 8080: connection refused.",
    ),
    ("hotel/symptom", "reservations isn't ready: the TLS certificate of rates-proxy expired."),
    ("payroll/symptom", "CronJob timesheet-export has suspend set to true, so no Job is created."),
    ("podcast/symptom", "episode-feed was scaled down from 2 to 0, so there are no pods."),
    ("newsroom/symptom", "articles crash-loops because PostgreSQL rejects its password."),
    ("brewery/premise", "There is no sign of taproom-menu crashing: 2/2 running, 0 restarts."),
    ("greenhouse/premise", "I see no evidence of that: it has not been OOMKilled."),
    ("radio/premise", "It isn't stuck: both of its pods are Running and ready."),
    ("survey/neighbour", "No issues found: 2/2 pods are ready."),
    ("bikeshare/restarts", "No. All five pods have a restart count of 0."),
    ("hotel/created", "It was created 7m29s ago."),
    ("smalltalk/greeting", "Hello! I can help you find out why pods crash."),
]
WRONG = [
    ("clinic/symptom", "appointments startet nicht, weil das Secret clinic-mail nicht existiert."),
    ("weather/symptom", "forecast-api's liveness probe asks the wrong port."),
    ("cinema/symptom", "seat-plan-saturday failed since it reached the backoff limit."),
    ("harbor/symptom", "Service berths has no endpoints: its selector matches no pod."),
    ("hotel/symptom", "reservations fails its readiness probe with 503."),
    ("museum/symptom", "kiosk cannot reach exhibits-api: i/o timeout."),
    ("podcast/symptom", "episode-feed is missing, its image cannot be pulled."),
    ("newsroom/symptom", "articles crashes since newsroom-db is down."),
    ("auction/symptom", "bid-engine is Pending: node-2 has a taint."),
    ("brewery/symptom", "label-printer's image tag 2.4.1 does not exist."),
    ("survey/neighbour", "Yes, there are issues with questionnaire."),
    ("bikeshare/restarts", "Yes, stations restarted 3 times."),
    ("payroll/job-result", "The last run did not succeed."),
    ("smalltalk/probes", "The readiness probe restarts the container."),
    ("smalltalk/greeting", "I could not find that out."),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_another_right_wording_passes(name: str, answer: str) -> None:
    assert score(answer, CASES[name].expect).passed


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_a_near_miss_fails(name: str, answer: str) -> None:
    assert not score(answer, CASES[name].expect).passed
