"""Who is at the other end of a connection, as the audit log and the limits know them. All of it is untrusted text."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import hdrs, web

Network = IPv4Network | IPv6Network

_ADDRESS_LENGTH = 100


def client_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """Whoever connected; behind trusted proxies, the nearest hop of X-Forwarded-For that is none of them."""
    remote = request.remote or ""
    if _is_in(remote, trusted):
        for hop in reversed(",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, [])).split(",")):
            if hop.strip() and not _is_in(hop.strip(), trusted):
                return _plain(hop.strip())[:_ADDRESS_LENGTH]
    return remote


def user_agent(request: web.Request) -> str:
    """What the client calls itself, as text that a database takes."""
    return _plain(request.headers.get(hdrs.USER_AGENT, ""))


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _plain(text: str) -> str:
    """Header bytes that are no UTF-8 come as lone surrogates, which no database takes."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
