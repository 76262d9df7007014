"""URLs of back ends as people write them, with a user and a password in them."""

import re
from urllib.parse import unquote

_AUTHORITY = re.compile(r"[^/?#]*")
_HOST_AND_PORT = re.compile(r"(\[[^]]*\]|[^:@]*)(:\d*)?")


def without_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL without its user and password, and these two, decoded; None where it has none.

    A password may hold a "/", "?" or "#" that nobody encoded. Read by the rules, it would be a
    port and a path, and stand in messages.
    """
    scheme, slashes, rest = url.partition("://") if "://" in url else ("", "", url)
    authority = _AUTHORITY.match(rest)
    end = authority.end() if authority else 0
    if _HOST_AND_PORT.fullmatch(rest, 0, end):
        return url, None
    login, at, host = rest.rpartition("@")
    if "@" in rest[:end]:
        login, at, host = rest[:end].rpartition("@")
        host += rest[end:]
    user, _, password = login.partition(":")
    return (f"{scheme}{slashes}{host}", (unquote(user), unquote(password))) if at else (url, None)
