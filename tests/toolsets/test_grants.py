"""What `--allow` takes and what it covers; the questions themselves: tests/cli/test_allow.py."""

import pytest

from holmes.errors import UsageError
from holmes.toolsets.base import KubeTarget
from holmes.toolsets.builtin.command_line import RunCommand
from holmes.toolsets.permissions import Answer, permissions
from holmes.toolsets.policy.grants import Grant, read_grant

pytestmark = pytest.mark.anyio


class Person:
    """Says no, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, command: str) -> Answer:
        self.asked.append(command)
        return "no"


@pytest.mark.parametrize(
    "text",
    [
        "kubectl rollout undo",
        "kubectl delete pod",
        "kubectl delete",
        "  kubectl   scale ",
        "kubectl delete pods.metrics.k8s.io",
        "helm rollback",
        "docker restart",
        "systemctl restart",
        "argocd app sync",
        "flux reconcile source",
        "oc rollout",
    ],
)
def test_a_command_can_be_allowed(text: str) -> None:
    grant = read_grant(text)
    assert isinstance(grant, Grant)
    assert str(grant) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "in plain words"),
        ("*", "in plain words"),
        ("kubectl *", "in plain words"),
        ("kubectl", "too wide"),
        ("helm", "too wide"),
        ("kubectl delete *", "in plain words"),
        ("kubectl delete --context=prod", "in plain words"),
        ("kubectl -n shop delete", "in plain words"),
        ("kubectl delete pod/web", "in plain words"),
        ("kubectl delete;id", "in plain words"),
        ("Kubectl delete", "in plain words"),
        ("/usr/bin/kubectl delete", "in plain words"),
        ("kubectl exec", "opens a door"),
        ("kubectl cp", "opens a door"),
        ("kubectl config use-context", "opens a door"),
        ("docker run", "opens a door"),
        ("docker exec", "opens a door"),
        ("helm plugin install", "opens a door"),
        ("kubectl get", "only reads"),
        ("kubectl get secrets", "only reads"),
        ("kubectl rollout status", "only reads"),
        ("bash", "can be allowed"),
        ("rm -rf", "in plain words"),
        ("sed w", "can be allowed"),
        ("date s", "can be allowed"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        permissions([text], ())
    assert str(caught.value).startswith(f'--allow "{text}": ')


ALLOW = ("kubectl delete pod", "kubectl rollout undo", "kubectl patch", "helm rollback")
ASKED = """
kubectl delete pod web-1
kubectl delete pod web-1 -n shop
kubectl delete pod web-1 web-2 --namespace=shop --grace-period=0 --force
kubectl delete pod -l app=web -n shop
kubectl rollout undo deploy/web --to-revision=2
kubectl patch deploy web -n shop -p '{"spec":{"replicas":2}}'
helm rollback web 3 -n shop --wait
"""
NEVER = """
kubectl delete pods web-1
kubectl delete Pod web-1
kubectl delete deploy web
kubectl delete pod,deploy web
kubectl -n x delete pod web-1
kubectl delete -n x pod web-1
kubectl delete pod web-1 --context=prod
kubectl delete pod web-1 --kubeconfig /tmp/x
kubectl delete pod web-1 --as admin
kubectl delete pod web-1 -s https://evil.example
kubectl delete pod web-1 --token=x
kubectl delete pod -f x.yaml
kubectl delete pod --raw /api/v1/pods
kubectl delete pod web-1 -o yaml
kubectl delete pod 'web-1;id'
kubectl delete pod web-1 -- x
kubectl delete pod web-1 | cat
kubectl delete pod web-1; id
kubectl get pods | kubectl delete pod web-1
kubectl rollout restart deploy/web
kubectl patch deploy web --patch-file=/etc/passwd
kubectl exec web-1 -- id
helm rollback web 3 --kube-context prod
helm uninstall web
sudo kubectl delete pod web-1
"""


@pytest.mark.parametrize("line", ASKED.strip().splitlines())
async def test_exactly_what_is_allowed_is_asked(line: str) -> None:
    person = Person()
    tool = RunCommand(target=KubeTarget(), permissions=permissions(ALLOW, (), person))
    output = await tool.run({"command": line})
    assert output.status == "denied"
    assert "the user said no" in output.note
    assert len(person.asked) == 1
    assert person.asked[0] == tool.preview({"command": line})


@pytest.mark.parametrize("line", NEVER.strip().splitlines())
async def test_nothing_else_is_even_asked(line: str) -> None:
    person = Person()
    tool = RunCommand(target=KubeTarget(), permissions=permissions(ALLOW, (), person))
    output = await tool.run({"command": line})
    assert output.status == "denied"
    assert output.note.startswith("Nothing ran: ")
    assert person.asked == []


async def test_reading_is_never_asked() -> None:
    person = Person()
    tool = RunCommand(target=KubeTarget(), permissions=permissions(ALLOW, (), person))
    assert (await tool.run({"command": "date -u"})).status == "ok"
    assert person.asked == []
