"""The scenarios of evals/: each holds together, and is told from every other."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from holmes.core.errors import UsageError
from holmes.evals import scenario
from holmes.evals.scenario import Case, load, select
from holmes.evals.scoring import score
from holmes.evals.view import elsewhere, view_of
from holmes.snapshot.folder import Snapshot

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "evals/scenarios"
CASES = select(SCENARIOS)
INCIDENTS = {c.scenario.name: c for c in CASES if c.expect.verdict == "incident"}


def text_of(snapshot: Path) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8") for path in snapshot.rglob("*") if path.is_file()
    )


def test_there_are_as_many_as_the_documentation_says() -> None:
    sets = {name: [c for c in CASES if c.scenario.set == name] for name in ("recorded", "healthy")}
    assert (len(sets["recorded"]), len(sets["healthy"])) == (54, 12)
    assert len({c.scenario.name for c in CASES if c.scenario.set == "heldout"}) >= 6
    new = [c.expect.verdict for c in CASES if c.scenario.set == "heldout-2026-11-30"]
    assert (new.count("incident"), len(new)) == (48, 98)
    tuned = Counter(c.expect.verdict for c in CASES if c.scenario.set == "development-2026-11-30")
    assert tuned == {"incident": 24, "healthy": 14, "fact": 15, "general": 8}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_truth_passes_its_own_question(case: Case) -> None:
    told = score(case.truth, case.expect, question=case.question.ask)
    assert told.passed, told


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_truth_of_another_incident_fails(name: str) -> None:
    passed = [
        other.scenario.name
        for other in INCIDENTS.values()
        if other.scenario.name != name and score(other.truth, INCIDENTS[name].expect).passed
    ]
    assert not passed
    assert not score("Nothing is wrong, all pods are healthy.", INCIDENTS[name].expect).passed


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_cluster_holds_what_the_answer_names(name: str, tmp_path: Path) -> None:
    case = INCIDENTS[name]
    text = text_of(view_of(case, tmp_path))
    for object_name in case.expect.object:
        assert object_name in text
    for word in re.findall(r"\b[\w./-]*[-/_.]\w[\w./-]*\b", case.truth):
        if not re.fullmatch(r"[a-z]+-[a-z]+s|Init:0/1|node-2\.?", word):
            assert word.rstrip(".").removesuffix("'s") in text, word


def test_words_of_trouble_are_an_alarm_only_where_a_system_is_asked_about() -> None:
    [general] = select(SCENARIOS, ["smalltalk/oomkilled"])
    [fact] = select(SCENARIOS, ["clinic/neighbour"])
    assert score("The container was killed: out of memory.", general.expect).passed
    assert not score("patient-portal is running, one pod is out of memory.", fact.expect).passed


def test_a_part_keeps_its_namespaces_and_nothing_of_a_node_that_is_out(tmp_path: Path) -> None:
    [case] = select(SCENARIOS, ["shop-checkout/broad"])
    snapshot = Snapshot.load(view_of(case, tmp_path))
    kept = {item["metadata"]["namespace"] for item in snapshot.objects["pods"]}  # type: ignore[index,call-overload]
    assert kept == {"shop-checkout", "fraud", "kube-system"}
    listed = {item["metadata"]["name"] for item in snapshot.objects["namespaces"]}  # type: ignore[index,call-overload]
    assert "billing" not in listed
    assert "shop-checkout" in listed
    assert "node-2" not in text_of(snapshot.folder / "cluster")
    assert elsewhere(case) == sorted(
        {p.name for p in case.scenario.cluster.glob("namespaces/*")}
        - {"shop-checkout", "fraud", "kube-system", "default", "kube-node-lease"}
    )


def test_objects_of_a_scenario_lie_over_the_cluster(tmp_path: Path) -> None:
    [case] = select(SCENARIOS, ["thumbnails/symptom"])
    snapshot = Snapshot.load(view_of(case, tmp_path))
    nodes = {item["metadata"]["name"]: item for item in snapshot.objects["nodes"]}  # type: ignore[index,call-overload]
    assert nodes.keys() == {"node-1", "node-2"}
    assert "KubeletHasDiskPressure" in json.dumps(nodes["node-1"])
    assert {"thumbnails", "billing"} <= {
        item["metadata"]["namespace"]  # type: ignore[index,call-overload]
        for item in snapshot.objects["pods"]
    }


def test_an_untouched_cluster_is_served_as_it_is(tmp_path: Path) -> None:
    [case] = select(SCENARIOS, ["shop-checkout/symptom"])
    assert view_of(case, tmp_path) == case.scenario.cluster
    assert not list(tmp_path.iterdir())


def write(folder: Path, text: str) -> Path:
    made = folder / "mine"
    made.mkdir()
    (made / scenario.FILE).write_text(text, encoding="utf-8")
    return made


GOOD = f"""
about: x
set: recorded
cluster: {ROOT}/evals/clusters/acme
part: {{namespaces: [fraud]}}
questions: [{{kind: a, ask: "why?"}}]
truth: because
expect: {{object: [x], cause: [[y]]}}
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("set: recorded", "set: mine"), "Invalid enum value"),
        (("about: x", "abuot: x"), "abuot"),
        (("clusters/acme", "clusters/none"), "is not a snapshot"),
        (("cause: [[y]]", "cause: []"), 'no "cause" expected'),
        (('[{kind: a, ask: "why?"}]', "[]"), 'needs a "kind" of its own'),
        (("about: x", "about: [x"), "mine/scenario.yaml"),
    ],
)
def test_a_wrong_scenario_is_told_in_one_line(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    assert load(write(tmp_path, GOOD)).name == "mine"
    (tmp_path / "mine" / scenario.FILE).write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(message)):
        load(tmp_path / "mine")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='no scenario "nope"'):
        select(SCENARIOS, ["nope"])
    with pytest.raises(UsageError, match='no question "loud"'):
        select(SCENARIOS, ["geo/loud"])
    with pytest.raises(UsageError, match="No scenario in"):
        select(tmp_path)
    with pytest.raises(UsageError, match="No question is left"):
        select(SCENARIOS, ["geo"], sets=["heldout"])
    assert [c.name for c in select(SCENARIOS, [str(SCENARIOS / "geo")], kinds=["broad"])] == [
        "geo/broad"
    ]
