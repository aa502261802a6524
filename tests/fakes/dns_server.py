"""A DNS server of our own: one zone of TXT records over UDP on this machine, and a resolver that asks it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class DnsServer(asyncio.DatagramProtocol):
    """`asked` are the names that were looked up, in order."""

    def __init__(self, zone: Mapping[str, str]) -> None:
        self.asked: list[str] = []
        self._zone = zone
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        self.asked.append(name)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self._zone:
            response.answer.append(dns.rrset.from_text(name, 300, "IN", "TXT", self._zone[name]))
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), address)

    def resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self._transport.get_extra_info("sockname")[1]
        return resolver


@asynccontextmanager
async def dns_server(zone: Mapping[str, str]) -> AsyncIterator[DnsServer]:
    """`zone`: the text of each record by its full name, in quoted strings as a zone file has them."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: DnsServer(zone), local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
