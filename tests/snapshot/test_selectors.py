import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.core.messages import JsonObject
from holmes.snapshot.selectors import SelectorError, field_matcher, label_matcher

LABELLED: JsonObject = {"metadata": {"name": "x", "labels": {"app": "web", "n": "5", "e": ""}}}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,n", True),
        ("app = web", True),
        ("app!=web", False),
        ("other!=web", True),
        ("app in (api, web)", True),
        ("app in (api),n", False),
        ("app notin (api,db),n=5", True),
        ("other notin (a)", True),
        ("other in (a)", False),
        ("!other", True),
        ("!app", False),
        ("e=", True),
        ("n>4", True),
        ("n<4", False),
        ("app>4", False),
        ("app.kubernetes.io/name!=x", True),
    ],
)
def test_labels(selector: str, matches: bool) -> None:  # noqa: FBT001  # a column of the table
    assert label_matcher(selector)(LABELLED) is matches


@pytest.mark.parametrize("selector", ["app=a b", "a in b", "app in (a", "=x", "n>many"])
def test_labels_that_are_no_selector(selector: str) -> None:
    with pytest.raises(SelectorError):
        label_matcher(selector)


@given(st.text(max_size=40))
def test_any_text_is_a_selector_or_refused(selector: str) -> None:
    for make in (label_matcher, lambda text: field_matcher(text, "pods")):
        try:
            matcher = make(selector)
        except SelectorError:
            continue
        assert matcher(LABELLED) in {True, False}


def test_fields_with_escapes_and_defaults() -> None:
    event: JsonObject = {"reason": "a,b=c", "source": {"component": "kubelet"}}
    assert field_matcher(r"reason=a\,b\=c,source=kubelet", "events")(event)
    assert field_matcher("spec.unschedulable=false", "nodes")({})
    assert field_matcher("status.replicas=0", "replicasets.apps")({})
    assert field_matcher("status.successful=2", "jobs.batch")({"status": {"succeeded": 2}})
    assert field_matcher("metadata.name!=y", "widgets.example.com")(LABELLED)
    with pytest.raises(SelectorError, match=r"field label not supported: spec\.color"):
        field_matcher("spec.color=red", "pods")
    with pytest.raises(SelectorError, match="invalid selector"):
        field_matcher("reason", "events")
