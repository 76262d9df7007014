"""The real ClickHouse of Debian: 18.16, of 2018."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port

_SERVER = """<yandex>
<logger><level>warning</level><console>1</console></logger>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><interserver_http_port>{inter}</interserver_http_port>
<listen_host>127.0.0.1</listen_host><path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
<user_files_path>{folder}/files/</user_files_path><format_schema_path>{folder}/f/</format_schema_path>
<users_config>{folder}/users.xml</users_config><mark_cache_size>5368709120</mark_cache_size>
<default_profile>default</default_profile><default_database>default</default_database>
</yandex>"""
_USERS = """<yandex>
<profiles><default><max_memory_usage>1000000000</max_memory_usage><log_queries>0</log_queries></default>
<ro><readonly>1</readonly></ro></profiles>
<quotas><default/></quotas>
<users>
<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
<ro><password>secret-pw</password><networks><ip>127.0.0.1</ip></networks><profile>ro</profile><quota>default</quota></ro>
</users></yandex>"""


@contextmanager
def clickhouse(folder: Path) -> Iterator[int]:
    """The HTTP port of a server: `default` may write, `ro` may only read and set nothing."""
    program = shutil.which("clickhouse-server", path="/usr/bin:/usr/sbin:/usr/local/bin")
    assert program, "clickhouse-server is missing: apt-get install clickhouse-server"
    http = free_port()
    text = _SERVER.format(folder=folder, http=http, tcp=free_port(), inter=free_port())
    (folder / "config.xml").write_text(text)
    (folder / "users.xml").write_text(_USERS)
    with listening([program, f"--config-file={folder}/config.xml"], http, folder):
        yield http
