"""Commands beside plain `get` and `describe`, with every kubectl of this machine."""

import json
import re

import pytest

from holmes.snapshot.serve import SnapshotServer
from support.kubectl import Kubectl

CRASHING = "checkout-78bbb7575c-ctxps"


def test_names_selectors_and_sorting(each_kubectl: Kubectl) -> None:
    out = each_kubectl.out
    assert out("get", "deploy", "-n", "shop-checkout", "-o", "name") == "deployment.apps/checkout\n"
    only = ("get", "pods", "-o", "name", "-n", "shop-cart", "-l")
    assert len(out(*only, "app=cart").split()) == 2
    bff = out(*only, "app in (storefront-bff)")
    assert out(*only, "app!=cart") == out(*only, "app notin (cart)") == bff
    assert len(out(*only, "app,pod-template-hash").split()) == 3
    assert out(*only, "!app") == ""
    names = ("--no-headers", "-o", "custom-columns=N:.metadata.name", "-n", "log-ship")
    by_age = out("get", "pods", "--sort-by=.metadata.creationTimestamp", *names).split()
    assert by_age[0] == "spooler-7654575f9c-7wj6b"
    assert by_age[-1] == "spooler-7654575f9c-988m8"
    table = out("get", "pods", "--sort-by=.status.startTime", "-n", "log-ship", "--no-headers")
    assert [line.split()[0] for line in table.splitlines()] == by_age


def test_field_selectors(each_kubectl: Kubectl) -> None:
    out = each_kubectl.out
    pods = ("get", "pods", "-A", "-o", "name", "--field-selector")
    assert len(out(*pods, "spec.nodeName=node-2").split()) == 2
    assert "trainer" in out(*pods, "status.phase=Pending")
    both = out(*pods, "status.phase!=Running,status.phase!=Pending,metadata.namespace=log-ship")
    assert len(both.split()) == 3
    events = ("get", "events", "-n", "shop-checkout", "-o", "name", "--field-selector")
    about = f"involvedObject.name={CRASHING},type!=Normal,reason=BackOff"
    assert len(out(*events, about).split()) == 1
    refused = each_kubectl.fails("get", "pods", "-A", "--field-selector", "spec.color=red")
    assert "field label not supported: spec.color" in refused


def test_structured_output_is_what_was_recorded(each_kubectl: Kubectl) -> None:
    out = each_kubectl.out
    path = "jsonpath={.spec.containers[0].image}"
    image = out("get", "pod", CRASHING, "-n", "shop-checkout", "-o", path)
    assert image == "registry.acme.internal/shop/checkout:2.3.1"
    whole = json.loads(out("get", "pods", "-n", "fraud", "-o", "json"))
    assert {item["kind"] for item in whole["items"]} == {"Pod"}
    # Absolute times are those of the recording, whatever the clock says.
    assert 'startTime: "2026-11-24T16:15:' in out("get", "pods", "-n", "fraud", "-o", "yaml")


def test_pages_hold_every_object_once(each_kubectl: Kubectl) -> None:
    whole = each_kubectl.out("get", "serviceaccounts", "-A", "-o", "name")
    paged = each_kubectl.out("get", "serviceaccounts", "-A", "-o", "name", "--chunk-size=7")
    assert paged == whole
    assert len(whole.split()) > 40
    bad = each_kubectl.fails("get", "--raw", "/api/v1/pods?limit=1&continue=nonsense")
    assert "continue" in bad


def test_absent_things_fail_as_on_a_cluster(each_kubectl: Kubectl) -> None:
    fails = each_kubectl.fails
    assert fails("get", "pod", "x", "-n", "fraud") == (
        'Error from server (NotFound): pods "x" not found'
    )
    assert fails("get", "deploy", "x", "-n", "fraud") == (
        'Error from server (NotFound): deployments.apps "x" not found'
    )
    assert fails("get", "ns", "x") == 'Error from server (NotFound): namespaces "x" not found'
    empty = each_kubectl.run("get", "pods", "-n", "nowhere")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr == "No resources found in nowhere namespace.\n"
    assert 'the server doesn\'t have a resource type "widgets"' in fails("get", "widgets")
    assert "controllerrevisions.apps were not recorded" in fails("get", "controllerrevisions", "-A")


def test_logs(each_kubectl: Kubectl) -> None:
    def logs(*arguments: str) -> str:
        return each_kubectl.out("logs", *arguments)

    crash = logs(CRASHING, "-n", "shop-checkout")
    assert json.loads(crash)["msg"].endswith("PAYMENT_API_KEY is not set")
    assert logs(CRASHING, "-n", "shop-checkout", "--previous") == crash
    assert logs(CRASHING, "-n", "shop-checkout", "--timestamps").startswith("2026-11-24T16:22:17.5")
    assert "listening" in logs("deploy/checkout", "-n", "shop-checkout")
    redis = ("deploy/ledger-pg", "-n", "payments")
    assert len(logs(*redis, "--tail=2").splitlines()) == 2
    assert logs(*redis, "--tail=0") == ""
    assert len(logs(*redis, "--limit-bytes=10").encode()) == 10
    assert logs(*redis, "--since=1s") == ""
    assert logs(*redis, "--since=1h") == logs(*redis) == logs(*redis, "-f")
    waiting = ("ledger-5b6b45798b-gp9tj", "-c", "wait-for-db", "-n", "payments")
    recent = logs(*waiting, "--since-time", "2026-11-24T16:15:33Z")
    assert 0 < len(recent.splitlines()) < len(logs(*waiting).splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("search-5b57f48984-md48k -n catalog", "is waiting to start: trying and failing to pull"),
        ("mailer-69cd6d559f-l8568 -n notify", "is waiting to start: CreateContainerConfigError"),
        ("ledger-5b6b45798b-gp9tj -n payments", "is waiting to start: PodInitializing"),
        ("tile-server-b956c4778-s5p6q -n geo", "connect: no route to host"),
        (
            "scorer-586dc68cd-5s8dm -n fraud --previous",
            'previous terminated container "scorer" in pod "scorer-586dc68cd-5s8dm" not found',
        ),
        ("scorer-586dc68cd-5s8dm -n fraud -c web", "container web is not valid for pod scorer"),
    ],
)  # fmt: skip
def test_logs_that_are_not_there(each_kubectl: Kubectl, arguments: str, message: str) -> None:
    assert message in each_kubectl.fails("logs", *arguments.split())


def test_a_pod_that_never_ran_has_an_empty_log(each_kubectl: Kubectl) -> None:
    assert each_kubectl.out("logs", "ledger-db-0", "-n", "billing") == ""


def test_ages_count_from_the_recording(each_kubectl: Kubectl) -> None:
    age = re.compile(r"^\d+[ms]", re.MULTILINE)
    events = each_kubectl.out("events", "-n", "shop-checkout", "--no-headers")
    assert len(age.findall(events)) == len(events.splitlines())
    of_one = each_kubectl.out("events", "-n", "shop-checkout", "--for", f"pod/{CRASHING}")
    assert "BackOff" in of_one
    assert "554f6d795c" not in of_one
    described = each_kubectl.out("describe", "pod", CRASHING, "-n", "shop-checkout")
    assert "Start Time:       Tue, 24 Nov 2026 16:15:45 +0000" in described
    assert re.search(r"BackOff +2m\d+s \(x30 over 7m", described)
    stuck = each_kubectl.out("describe", "pod", "legacy-exporter", "-n", "cleanup")
    assert "2026" in stuck
    node = each_kubectl.out("describe", "node", "node-2")
    assert re.search(r"geo +tile-server-\S+ .* 7m\d+s$", node, re.MULTILINE)
    assert "HolderIdentity:  node-2" in node


def test_usage_identity_and_version(each_kubectl: Kubectl) -> None:
    assert re.search(r"^node-1 +\d+m +\d+%", each_kubectl.out("top", "nodes"), re.MULTILINE)
    assert "scorer" in each_kubectl.out("top", "pods", "-n", "fraud")
    without = each_kubectl.fails("top", "pods", "-n", "geo")
    assert re.search(r"Metrics not available for pod geo/\S+, age: 7m\d", without)
    assert "Server Version: v1.36.2" in each_kubectl.out("version")
    assert "snapshot-reader" in each_kubectl.out("auth", "whoami")
    assert "deployments" in each_kubectl.out("api-resources", "--api-group=apps")


def test_reads_are_allowed_and_writes_are_not(each_kubectl: Kubectl) -> None:
    def may(*arguments: str) -> str:
        return each_kubectl.run("auth", "can-i", *arguments).stdout.split()[0]

    assert may("list", "pods") == may("get", "secrets", "-n", "fraud") == "yes"
    assert may("get", "/healthz") == "yes"
    assert may("delete", "pods") == may("create", "pods", "--subresource=exec") == "no"
    assert may("list", "controllerrevisions.apps") == "no"
    assert "[get list watch]" in each_kubectl.out("auth", "can-i", "--list")


def test_watches_and_rollouts_end(each_kubectl: Kubectl) -> None:
    listed = each_kubectl.run("get", "pods", "-n", "fraud", "-w", "--request-timeout=30s")
    assert (listed.returncode, len(listed.stdout.splitlines())) == (0, 4)
    done = each_kubectl.run("rollout", "status", "deploy/fraud-check", "-n", "fraud")
    assert (done.stdout, done.stderr) == ('deployment "fraud-check" successfully rolled out\n', "")
    stuck = each_kubectl.fails("rollout", "status", "deploy/checkout", "-n", "shop-checkout")
    assert stuck == 'error: deployment "checkout" exceeded its progress deadline'
    history = each_kubectl.out("rollout", "history", "deploy/checkout", "-n", "shop-checkout")
    assert "REVISION" in history


@pytest.mark.parametrize(
    "arguments",
    [
        "delete pod scorer-586dc68cd-5s8dm -n fraud --wait=false",
        "scale deploy/fraud-check --replicas=0 -n fraud",
        "label ns fraud team=x",
        "create namespace mine",
        "exec scorer-586dc68cd-5s8dm -n fraud -- id",
        "annotate node node-1 team=x",
    ],
)
def test_writes_are_refused_and_counted(
    each_kubectl: Kubectl, served: SnapshotServer, arguments: str
) -> None:
    before = served.writes
    assert "this is a recording of a cluster" in each_kubectl.fails(*arguments.split())
    assert served.writes > before


def test_explain_says_why_it_cannot(each_kubectl: Kubectl) -> None:
    assert "no OpenAPI documents" in each_kubectl.fails("explain", "pods")


def test_both_event_apis_show_the_same_events(kubectl: Kubectl) -> None:
    core = kubectl.out("get", "events", "-n", "fraud", "-o", "wide")
    assert kubectl.out("get", "events.events.k8s.io", "-n", "fraud", "-o", "wide") == core
