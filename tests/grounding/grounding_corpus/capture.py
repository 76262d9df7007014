"""Write the evidence of the corpus: what the real tools return against the shared recording.

    PYTHONPATH=tests python tests/grounding/grounding_corpus/capture.py

The first line of a file is the command that ran, with the tool and the status before it.
"""

from pathlib import Path

import anyio

from holmes.core.messages import JsonObject
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from support.context import tool_context
from support.recording import recording

FOLDER = Path(__file__).parent / "evidence"
CALLS: dict[str, tuple[str, JsonObject]] = {
    "problems": ("find_problems", {}),
    "pods": ("kubectl_get", {"kind": "pods"}),
    "deployments": ("kubectl_get", {"kind": "deployments"}),
    "nodes": ("kubectl_get", {"kind": "nodes"}),
    "services-cart": ("kubectl_get", {"kind": "services", "namespace": "shop-cart"}),
    "endpoints-cart": ("kubectl_get", {"kind": "endpoints", "namespace": "shop-cart"}),
    "pods-fraud": ("kubectl_get", {"kind": "pods", "namespace": "fraud"}),
    "problems-fraud": ("find_problems", {"namespace": "fraud"}),
    "count-pods": ("kubectl_count", {"kind": "pods", "by": "STATUS"}),
    "top-pods": ("kubectl_top", {"kind": "pods", "namespace": "storefront"}),
    "describe-worker": (
        "kubectl_describe",
        {"kind": "pod", "name": "report-worker-7db5977b8d-rnhcr", "namespace": "data-reports"},
    ),
    "describe-search": (
        "kubectl_describe",
        {"kind": "pod", "name": "search-5b57f48984-md48k", "namespace": "catalog"},
    ),
    "describe-node-2": ("kubectl_describe", {"kind": "node", "name": "node-2"}),
    "describe-trainer": (
        "kubectl_describe",
        {"kind": "pod", "name": "trainer-567d5d8d8b-7v59m", "namespace": "ml-train"},
    ),
    "events-users": ("kubectl_events", {"namespace": "users"}),
    "events-promo": ("kubectl_events", {"namespace": "promo"}),
    "yaml-mailer": (
        "kubectl_get_yaml",
        {"kind": "deployment", "name": "mailer", "namespace": "notify"},
    ),
    "yaml-profile": (
        "kubectl_get_yaml",
        {"kind": "deployment", "name": "profile", "namespace": "users"},
    ),
    "logs-checkout": (
        "kubectl_logs",
        {"name": "checkout-78bbb7575c-ctxps", "namespace": "shop-checkout"},
    ),
    "logs-migrate": (
        "kubectl_logs",
        {"name": "orders-migrate-42-psv44", "namespace": "db-migrate"},
    ),
    "logs-static": (
        "kubectl_logs",
        {"name": "static-site-848f68d859-8t4t9", "namespace": "edge-static"},
    ),
    "logs-scorer": ("kubectl_logs", {"name": "scorer-586dc68cd-5s8dm", "namespace": "fraud"}),
}


async def capture() -> None:
    """Run each call once."""
    with SnapshotServer(recording()) as server:
        target = KubeTarget(kubeconfig=str(server.kubeconfig), temporary=True)
        found = await registry.check(registry.load((), {}, tool_context(target)))
        tools = {t.definition.name: t for item in found for t in item.tools}
        for name, (tool, arguments) in CALLS.items():
            output = await tools[tool].run(arguments)
            head = f"{tool} {output.status} {output.command}"
            (FOLDER / f"{name}.txt").write_text(f"{head}\n{output.text}\n", encoding="utf-8")


if __name__ == "__main__":
    anyio.run(capture)
