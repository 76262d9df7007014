"""Which hosts may be reached: names against a list, and every address that a name stands for.

A name is resolved once, each of its addresses is judged, and the connection goes to one that was
judged: a name that stands for another address the next moment (DNS rebinding) gains nothing. The
resolver also reads what a list of names would miss: 2130706433, 0x7f.1, 127.1.
"""

import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

import anyio

from holmes.tools.function_tool import ToolFailure

if TYPE_CHECKING:
    import httpx2

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses that a host name stands for."""

_SECONDS = 5.0
_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")
# Where clouds give out the credentials of a machine: 169.254.0.0/16 and its IPv6 twins, Alibaba's,
# Azure's wire server, which is a public address (their documentation, 2026-11).
_METADATA = tuple(map(ip_network, (
    "169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32",
    "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
)))  # fmt: skip


def meant(address: str) -> Address:
    """The address; the IPv4 one that an IPv6 address stands for."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64 or (found in _COMPATIBLE and int(found) > 1):
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo or (found, found))[1]


def is_metadata(address: Address) -> bool:
    """Whether a cloud's credentials are given out there, or only this link is reached."""
    return any(address in network for network in _METADATA)


def is_internal(address: Address) -> bool:
    """Whether an address is anything but one of the public internet."""
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return odd or not address.is_global or is_metadata(address)


def is_own(address: Address) -> bool:
    """Whether an address is this machine, its link, or no single host."""
    return (
        address.is_loopback
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or is_metadata(address)
    )


async def resolve(host: str) -> Sequence[str]:
    """All addresses of a host name, as the system's resolver gives them; ToolFailure if none."""
    try:
        with anyio.fail_after(_SECONDS):
            found = await anyio.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ToolFailure(f'the host name "{host}" does not resolve') from error
    except TimeoutError as error:
        raise ToolFailure(
            f'the host name "{host}" did not resolve within {_SECONDS:g} s', status="timeout"
        ) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, kw_only=True, slots=True)
class HostList:
    """The hosts that a section lists: names, patterns (*.example.com), addresses, networks.

    each may end in a port: then only that one is meant
    """

    entries: Sequence[str] = ()

    def names(self, host: str, port: int) -> bool:
        """Whether an entry with a name in it fits the host; "*" alone names nothing."""
        return any(
            entry.strip("*.?") and fnmatchcase(_plain(host), _plain(entry))
            for entry in self._for(port)
        )

    def fits(self, host: str, port: int) -> bool:
        """Whether any entry fits the host, "*" included."""
        return any(fnmatchcase(_plain(host), _plain(entry)) for entry in self._for(port))

    def holds(self, address: Address, port: int) -> bool:
        """Whether the address itself, or a network that it is in, is listed."""
        for entry in self._for(port):
            try:
                network = ip_network(entry, strict=False)
            except ValueError:
                continue
            if address in network:
                return True
        return False

    def _for(self, port: int) -> Sequence[str]:
        return [host for host, only in map(_split, self.entries) if only in {None, port}]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Which addresses may be connected to.

    listed    hosts whose addresses may be internal: named, or by address or network
    internal  whether internal addresses are reached at all, listed or not
    open      whether every host counts as listed
    """

    listed: HostList = HostList()
    internal: bool = True
    open: bool = False
    resolve: Resolve = resolve

    async def address(self, host: str, port: int) -> str:
        """The address of the host to connect to; ToolFailure where one may not be reached."""
        found = await self.resolve(host)
        for each in found:
            self._judge(host, port, meant(each))
        return found[0]

    def _judge(self, host: str, port: int, address: Address) -> None:
        if not is_internal(address):
            return
        said = f'"{host}" is {address}' if host != str(address) else f"{address}"
        by_address = self.listed.holds(address, port)
        if is_metadata(address) and not (by_address and self.internal):
            why = "an address of this link, where clouds keep credentials: it is not reached"
            raise ToolFailure(f"{said}, {why}", status="denied")
        allowed = self.open or by_address or self.listed.names(host, port)
        if not (self.internal and allowed):
            why = "an internal address: it is not reached unless the config lists it"
            raise ToolFailure(f"{said}, {why}", status="denied")


def pinned(reach: Reach, verify: ssl.SSLContext) -> "httpx2.AsyncHTTPTransport":
    """A transport that connects to nothing but addresses that were judged, and knows no proxies."""
    import httpx2  # noqa: PLC0415  # 50 ms that a run without such a toolset can do without

    class Pinned(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            url = request.url
            port = url.port or (443 if url.scheme == "https" else 80)
            address = await reach.address(url.host, port)
            # The request says the name, in its header and to TLS; only the connection is to the
            # address that was judged.
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            request.url = url.copy_with(host=address.partition("%")[0])
            try:
                return await super().handle_async_request(request)
            finally:
                request.url = url

    # Connections are told apart by their address alone: one that was made, and whose certificate
    # was checked, for another name may not be used again.
    return Pinned(verify=verify, limits=httpx2.Limits(max_keepalive_connections=0))


def _plain(host: str) -> str:
    return host.lower().rstrip(".").strip("[]")


def _split(entry: str) -> tuple[str, int | None]:
    """An entry as host and port; an IPv6 address has a port only behind brackets."""
    host, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return entry.strip("[]"), None
