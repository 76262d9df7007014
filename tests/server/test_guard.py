"""Who may come, and how much they may send."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from server.served import Served, with_model

CERTIFICATE = Path(__file__).parents[1] / "models/untrusted.pem"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A key as a person makes one, and the file that lets it in."""
    home = tmp_path_factory.mktemp("keys")
    made = holmes("serve", "--new-key", "ops", home=home)
    assert made.code == 0
    path = home / "keys"
    path.write_text("# who may come\n" + made.err.splitlines()[-1] + "\n")
    assert made.out.strip() not in path.read_text()
    return made.out.strip(), path


@pytest.fixture(scope="module")
def guarded(key: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Keys, TLS, and one other origin."""
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    flags = [
        *("--key-file", str(key[1]), "--allowed-origin", "https://desk.example"),
        *("--tls-cert", str(CERTIFICATE), "--tls-key", str(CERTIFICATE)),
    ]
    home = tmp_path_factory.mktemp("home")
    env = {"OPENAI_API_KEY": "sk-model-server-key-0123456789"}
    with with_model(home, arguments=flags, env=env, verify=trusting) as (served, _, _):
        yield served


def test_without_a_key_nobody_comes_in(guarded: Served, key: tuple[str, Path]) -> None:
    for path in ("/api/info", "/api/investigations", "/metrics", "/api/openapi.json"):
        refused = guarded.get(path)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.json() == {"detail": "Invalid or missing API key."}
    assert guarded.get("/api/info", {"X-API-Key": key[0][:-1]}).status_code == 401
    assert guarded.get("/api/info", {"Authorization": f"Basic {key[0]}"}).status_code == 401
    assert guarded.get("/v1/models").json()["error"]["code"] == 401
    assert guarded.get("/healthz").json() == {"status": "healthy"}
    assert guarded.get("/readyz").json() == {"status": "ready", "models": ["scripted"]}


def test_with_the_key_everything_opens(guarded: Served, key: tuple[str, Path]) -> None:
    for headers in ({"X-API-Key": key[0]}, {"Authorization": f"Bearer {key[0]}"}):
        info = guarded.get("/api/info", headers).json()
        assert info["auth_enabled"] is True
        reply = guarded.post("/api/investigations", {"question": "look"}, headers)
        assert reply.status_code == 202


def test_the_log_is_a_line_of_json_a_request_and_tells_no_secret(
    guarded: Served, key: tuple[str, Path]
) -> None:
    guarded.get(f"/api/info?key={key[0]}", {"X-API-Key": key[0]})
    last = guarded.lines[-1]
    assert (last["method"], last["path"], last["status"]) == ("GET", "/api/info", 200)
    assert last["key"] == "ops"
    assert last["bytes"] > 100
    text = guarded.log.read_text()
    assert key[0] not in text
    assert "sk-model-server-key" not in text


def test_another_origin_is_refused_unless_it_is_named(
    guarded: Served, key: tuple[str, Path]
) -> None:
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        ("https://desk.example", 200),
        (guarded.url, 200),
    ):
        headers = {"X-API-Key": key[0], "Origin": origin}
        assert guarded.get("/api/info", headers).status_code == status, origin


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "127.0.0.1.evil.example",
            "evil.example:5050",
            "[",
            "",
            "ü",
            "[::1].evil",
        ),
        *("127.0.0.1:80:80", "localhost@evil", "evil#localhost", "127.0.0.1,evil", "[::1]x:80"),
    ],
)
def test_a_name_that_is_not_ours_is_refused_where_there_is_no_key(
    served: Served, host: str
) -> None:
    port = int(served.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(
            f"GET /api/info HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        assert wire.recv(100).startswith((b"HTTP/1.1 403", b"HTTP/1.1 400"))


@pytest.mark.parametrize(
    "name", ["localhost", "LOCALHOST:80", "127.0.0.1:5050", "[::1]:5050", "[::1]"]
)
def test_loopback_has_several_names(served: Served, name: str) -> None:
    assert served.get("/api/info", {"Host": name}).status_code == 200


def test_a_body_has_a_limit_however_it_comes(served: Served) -> None:
    long = b'{"question": "' + b"x" * (16 * 1024 * 1024) + b'"}'

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(long), 1 << 20):
            yield long[start : start + (1 << 20)]

    for content in (long, pieces()):
        with served.client as client:
            reply = client.post("/api/investigations", content=content)
        assert reply.status_code == 413
        assert "longer than" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--host", "0.0.0.0"], "let anybody on the network ask"),  # noqa: S104  (what is refused)
        (["--host", "::"], "let anybody on the network ask"),
        (["--tls-cert", str(CERTIFICATE)], "TLS needs a certificate and its key"),
        (["--tls-cert", __file__, "--tls-key", __file__], "can't be used"),
        (["--key-file", "/nowhere"], "can't be read"),
        (["--key-file", __file__], '":1: this is not "NAME SHA256"'),
        (["--at-once", "0"], "1 or more"),
        (["--port", "99999"], "can't be listened on"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_start_that_would_be_wrong_is_one_line(
    tmp_path: Path, flags: list[str], words: str
) -> None:
    done = holmes("serve", "--model", "m", "--api-base", "127.0.0.1:9", *flags, home=tmp_path)
    assert done.code == 2, done.err
    assert words.replace('":1', f"{__file__}:1") in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("holmes:")]) == 1
    assert "Traceback" not in done.err


def test_a_key_in_the_environment_counts_and_no_tool_sees_it(tmp_path: Path) -> None:
    key = "a-key-of-the-environment-0123"
    env = {"HOLMES_API_KEY": key, "HOLMES_SERVER_KEY": key}
    headers = {"X-API-Key": key}
    with with_model(tmp_path, env=env, headers=headers) as (served, _, _):
        assert served.get("/api/info", {"X-API-Key": "another"}).status_code == 401
        name = served.ask("which variables?")
        served.events(name)
        output = served.get(f"/api/investigations/{name}/evidence/1").json()["output"]["text"]
        assert "HOME=" in output
        assert "HOLMES_" not in output


def test_a_missing_extra_is_named() -> None:
    program = (
        "import sys\nsys.modules['starlette'] = None\n"
        "from holmes.cli.main import main\nsys.exit(main(['serve']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "starlette" in done.stderr
    assert "pip install 'holmesgpt[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_short_key_in_the_environment_is_refused(tmp_path: Path) -> None:
    done = holmes("serve", home=tmp_path, env={"HOLMES_API_KEY": "short"})
    assert done.code == 2
    assert "HOLMES_API_KEY is shorter than 16" in done.err


def test_what_cannot_be_opened_ends_the_server_with_its_reason(tmp_path: Path) -> None:
    done = holmes("serve", "--port", "0", home=tmp_path)
    assert done.code == 2
    assert "No model server" in done.err
    notices = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert any("Listening" in each["notice"] for each in notices)


def test_a_key_file_that_others_can_write_lets_nobody_in(
    tmp_path: Path, key: tuple[str, Path]
) -> None:
    path = tmp_path / "keys"
    path.write_text(key[1].read_text())
    path.chmod(0o666)
    flags = ("--model", "m", "--api-base", "127.0.0.1:9", "--key-file", str(path))
    done = holmes("serve", *flags, home=tmp_path)
    assert done.code == 2
    assert "can be written by others" in done.err
