"""What the definitions of each toolset take of a model's window, as `holmes toolset list` says."""

from collections.abc import Mapping
from typing import Any

import pytest

from holmes.agent.budget import ContextBudget
from holmes.tools import configured, registry
from support.context import tool_context

MOST = 350
"""Tokens: of a window of 4,096, a quarter is the reply's, and a question needs results."""

LARGER = {
    "kubernetes/core": 510,  # seven tools, which the small model was measured with
    "prometheus/metrics": 420,  # six, one of them the triage
    "prometheus/multi-tenant-metrics": 535,  # the same, each with its tenant
    "helm/core": 395,  # the peer's five names for a release, and the diff
    "kafka/admin": 390,  # the peer's eight names
}

URL = {"api_url": "http://127.0.0.1:1"}
SECTIONS: Mapping[str, Mapping[str, Any]] = {
    "argocd/core": URL,
    "connectivity_check": {},
    "database/sql": {"connection_url": "postgresql://u@h/db"},
    "docker/core": {},
    "elasticsearch/cluster": URL,
    "elasticsearch/data": URL,
    "git": {"repositories": [{"path": "/srv/clones/shop"}]},
    "grafana/dashboards": URL,
    "grafana/loki": URL,
    "grafana/tempo": URL,
    "helm/core": {},
    "http": {"endpoints": [{"hosts": ["orders.shop"]}]},
    "internet": {},
    "jaeger": URL,
    "kafka/admin": {"clusters": [{"name": "shop", "broker": "127.0.0.1:1"}]},
    "mongodb": {"connection_url": "mongodb://127.0.0.1:1/shop"},
    "openshift/core": {},
    "prometheus/metrics": URL,
    "prometheus/multi-tenant-metrics": URL,
    "rabbitmq/core": URL,
    "redis": {"connection_url": "redis://127.0.0.1:1"},
    "systemd": {},
    "victorialogs": URL,
}


def sizes(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    document = {name: {"config": config} for name, config in sections.items()}
    document["command"] = {"enabled": True}  # type: ignore[dict-item]
    return {
        item.name: ContextBudget().tokens((), [tool.definition for tool in item.tools])
        for item in registry.load((), document, tool_context())
        if item.tools
    }


def test_every_toolset_that_can_be_configured_is_measured() -> None:
    names = dict(configured.unused(()))
    assert SECTIONS.keys() == names.keys() - {"mcp"}, "an MCP server's tools are its own"


@pytest.mark.parametrize("left_out", ["prometheus/metrics", "prometheus/multi-tenant-metrics"])
def test_a_toolset_fits_into_a_small_window(left_out: str) -> None:
    # The two have the same tools, so that a run has one of them.
    found = sizes({name: config for name, config in SECTIONS.items() if name != left_out})
    assert found.keys() >= SECTIONS.keys() - {left_out}
    assert {n: size for n, size in found.items() if size > LARGER.get(n, MOST)} == {}
