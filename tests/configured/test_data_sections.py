"""Sections of databases and brokers with the keys of other HolmesGPT versions load as they are."""

from pathlib import Path

from holmes.tools import registry
from support.context import from_file, tool_context

SECTIONS = """
toolsets:
  database/sql:
    enabled: true
    config:
      connection_url: "{{ env.PG_URL }}"
      read_only: true
      verify_ssl: true
      max_rows: 100
  warehouse:
    type: database
    description: The warehouse
    config:
      connection_url: clickhouse://reader:pw@ch.shop:8123/default
      clickhouse_use_http_json: true
      timeout_seconds: 30
  store:
    type: mongodb
    config:
      connection_url: mongodb://reader:pw@mongo.shop:27017
      default_database: shop
      read_only: true
      verify_ssl: true
      max_rows: 50
      timeout_seconds: 20
  kafka/admin:
    enabled: true
    config:
      clusters:
        - name: orders
          broker: kafka.shop:9092
          security_protocol: SASL_SSL
          sasl_mechanism: PLAIN
          username: reader
          password: pw
          client_id: holmes
        - name: mails
          broker: kafka.mails:9092
          ssl_ca_cert_path: /ca.pem
  rabbitmq/core:
    enabled: true
    config:
      clusters:
        - id: main
          api_url: http://rabbitmq.shop:15672
          username: reader
          password: pw
          timeout_seconds: 30
          verify_ssl: true
  redis:
    config:
      connection_url: redis://redis.shop
"""

TOOLS = {
    "database/sql": ("database_sql_query", 5),
    "warehouse": ("warehouse_list_tables", 4),
    "store": ("store_find", 5),
    "kafka/admin": ("list_kafka_clusters", 9),
    "rabbitmq/core": ("get_rabbitmq_cluster_status", 4),
    "redis": ("redis_check", 4),
}


def test_sections_load_with_their_tools(tmp_path: Path) -> None:
    path = tmp_path / "toolsets.yaml"
    path.write_text(SECTIONS.replace("{{ env.PG_URL }}", "postgresql://reader@db.shop/shop"))
    found = {item.name: item for item in from_file(path, tool_context())}
    assert found.keys() == TOOLS.keys()
    for name, (tool, count) in TOOLS.items():
        names = [each.definition.name for each in found[name].tools]
        assert found[name].status.state == "enabled"
        assert tool in names
        assert len(names) == count
    assert found["warehouse"].description == "The warehouse"


def test_a_toolset_that_is_not_named_costs_nothing() -> None:
    loaded = {item.name for item in registry.load((), {}, tool_context())}
    assert not loaded & TOOLS.keys()
