"""What programs write to their logs."""

from random import Random

from generated.world import Runtime

_PATHS = ("/api/v1/items", "/", "/search?q=a", "/api/v1/orders/1842", "/metrics", "/login")


def calm(rng: Random, runtime: Runtime, lines: int = 14) -> list[str]:
    """The log of a program that works, in the manner of its runtime."""
    return [_line(rng, runtime, at) for at in range(lines)]


def _line(rng: Random, runtime: Runtime, at: int) -> str:
    path, took = rng.choice(_PATHS), rng.randrange(1, 90)
    match runtime:
        case "go":
            said = f'"msg":"request served","path":"{path}","status":200,"ms":{took}'
            return f'{{"level":"info",{said}}}'
        case "java":
            return (
                f"2026-03-02 10:{at:02}:11.204  INFO 1 --- [nio-8080-exec-{at % 8}] "
                f"c.a.web.Requests : GET {path} 200 in {took} ms"
            )
        case "python":
            return f'INFO:     10.244.1.{took}:51234 - "GET {path} HTTP/1.1" 200 OK'
        case "node":
            return f"GET {path} 200 {took}.214 ms - 512"
        case "nginx":
            return (
                f'10.244.0.{took} - - [02/Mar/2026:10:{at:02}:07 +0000] "GET {path} '
                'HTTP/1.1" 200 612 "-" "Mozilla/5.0"'
            )
        case "postgres":
            return (
                f"2026-03-02 10:{at:02}:41.120 UTC [27] LOG:  checkpoint complete: "
                f"wrote {took} buffers (0.3%)"
            )
        case "redis":
            return f"1:M 02 Mar 2026 10:{at:02}:12.008 * Background saving terminated with success"


def noisy(rng: Random, runtime: Runtime, failure: list[str]) -> list[str]:
    """A start-up log, then a failure, in the manner of the runtime."""
    opening = {
        "go": [
            '{"level":"info","msg":"starting","version":"1.14.2"}',
            '{"level":"debug","msg":"loading configuration from environment"}',
        ],
        "java": [
            "  .   ____          _            __ _ _",
            (
                "2026-03-02 10:00:01.120  INFO 1 --- [main] c.a.Application : Starting "
                "Application v3.2.1"
            ),
            (
                "2026-03-02 10:00:03.551  INFO 1 --- [main] "
                "o.s.b.w.e.tomcat.TomcatWebServer : Tomcat initialized"
            ),
        ],
        "python": [
            "INFO:     Started server process [1]",
            "INFO:     Waiting for application startup.",
        ],
        "node": ["> app@2.3.0 start", "> node server.js", ""],
        "nginx": ["/docker-entrypoint.sh: Configuration complete; ready for start up"],
        "postgres": [
            "PostgreSQL Database directory appears to contain a database; Skipping initialization"
        ],
        "redis": ["1:C 02 Mar 2026 10:00:00.012 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"],
    }[runtime]
    after = {
        "java": [
            "\tat com.acme.App.main(App.java:31)",
            "\tat java.base/java.lang.Thread.run(Thread.java:840)",
        ],
        "node": [
            "    at Object.<anonymous> (/app/server.js:14:9)",
            "    at Module._compile (node:internal/modules/cjs/loader:1356:14)",
            "",
            "Node.js v20.11.1",
        ],
    }.get(runtime, [])
    return [*opening, *failure, *(after if rng.random() < 0.7 else [])]
