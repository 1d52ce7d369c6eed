"""Where a request comes from: the connection's own word, and of headers only a trusted proxy's."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

Network = IPv4Network | IPv6Network
NEIGHBOURS = 64  # an IPv6 household has all of a /64 at hand


def address(request: Request, trusted: Sequence[Network]) -> str:
    """Return the address that failures are counted for.

    X-Forwarded-For is read from its end, as far as each hop is one of `trusted`: what stands
    before the first that is not was written by whoever asked.
    """
    here = request.client.host if request.client else ""
    headers = ",".join(request.headers.getlist("x-forwarded-for"))
    said = [one.strip() for one in headers.split(",")]
    while said and _is_trusted(here, trusted):
        before = said.pop()
        if not _parsed(before):
            break
        here = before
    return _household(here)


def _parsed(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    return _parsed(text) and any(ip_address(text) in network for network in trusted)


def _household(text: str) -> str:
    if not _parsed(text):
        return text
    found = ip_address(text)
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found, NEIGHBOURS), strict=False))
    return str(found)
