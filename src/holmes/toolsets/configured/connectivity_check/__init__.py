"""Whether a TCP port answers, for the hosts that may be tried."""

import time
from collections import deque
from dataclasses import dataclass, field

import anyio
import msgspec

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools.addresses import HostList, Reach, is_own, meant
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.section import Section
from holmes.tools.times import said_seconds

NAMES = {"connectivity_check": "Whether a TCP port answers"}

_WINDOW = 60.0  # seconds in which probes are counted
_LONGEST = 10.0

CHECK = definition(
    "tcp_check",
    "Does a TCP port answer, from where holmes runs?",
    {
        "host": {"type": "string"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "timeout": {"type": "number"},
    },
    required=("host", "port"),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a section may say.

    Where `allowed_hosts` (names, patterns, addresses, networks) are given, only those are tried,
    unless `allow_all_hosts`; private addresses only where they are listed, or all hosts are
    allowed. This machine and its link only by their address or network, and only where
    `block_internal_ips` is false.
    """

    allowed_hosts: list[str] = []
    allow_all_hosts: bool = False
    block_internal_ips: bool = True
    block_private_ips: bool = False
    max_probes: int = 60


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset."""
    probes = Probes(settings=section.settings(Settings, context.environment))
    tool = FunctionTool(
        definition=CHECK,
        call=probes.check,
        show=lambda given: f"nc -vz {given.get('host')} {given.get('port')}",
        timeout=_LONGEST + 10,
    )
    return Toolset(
        name=section.name,
        tools=(tool,),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Probes:
    """What may be tried, and when it was."""

    settings: Settings
    made: deque[float] = field(default_factory=deque)

    async def check(self, arguments: JsonObject) -> ToolOutput:
        """Connect, and say what came of it."""
        host, port = str(arguments["host"]).strip("[] "), int(str(arguments["port"]))
        given = arguments.get("timeout")
        seconds = (
            min(float(given), _LONGEST) if isinstance(given, int | float) and given > 0 else 3.0
        )
        self._count()
        address = await self._address(host, port)
        began = time.monotonic()
        error = await _tried(address, port, seconds)
        took = time.monotonic() - began
        at = f"{host}:{port}" + (f" ({address})" if address != host else "")
        said = f"{at} {error}" if error else f"{at} accepts connections, after {said_seconds(took)}"
        return ToolOutput(
            status="ok",
            text=f"{said}\n",
            command=f"nc -vz {host} {port}",
            data=Json(value={"ok": not error, "error": error, "address": address}),
        )

    def _count(self) -> None:
        now = time.monotonic()
        while self.made and self.made[0] < now - _WINDOW:
            self.made.popleft()
        if len(self.made) >= self.settings.max_probes:
            raise ToolFailure(
                f"{self.settings.max_probes} ports were tried within {_WINDOW:g} s: wait",
                status="denied",
            )
        self.made.append(now)

    async def _address(self, host: str, port: int) -> str:
        """The address to try; ToolFailure where it, or the host, may not be tried."""
        said = self.settings
        listed = HostList(entries=said.allowed_hosts)
        reach = Reach(listed=listed, open=said.allow_all_hosts, internal=not said.block_private_ips)
        address = await reach.address(host, port)
        found = meant(address)
        known = said.allow_all_hosts or listed.fits(host, port) or listed.holds(found, port)
        if said.allowed_hosts and not known:
            raise ToolFailure(f'"{host}" is not among the "allowed_hosts"', status="denied")
        if is_own(found) and (said.block_internal_ips or not listed.holds(found, port)):
            raise ToolFailure(f'"{host}" is {found}: this machine is not tried', status="denied")
        return address


async def _tried(address: str, port: int, seconds: float) -> str:
    """What a connection failed by; empty where it was made."""
    try:
        with anyio.fail_after(seconds):
            stream = await anyio.connect_tcp(address, port)
            await stream.aclose()
    except TimeoutError:
        return f"does not answer within {seconds:g} s: a firewall, a policy, or no such host"
    except OSError as error:
        cause = error.__cause__ or error
        if isinstance(cause, ConnectionRefusedError):
            return "refuses the connection: nothing listens there"
        return f"can't be reached: {getattr(cause, 'strerror', None) or cause}"
    return ""
