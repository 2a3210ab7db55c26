"""The road through a plug-in: plain TCP inside it (spec/carriers.md §14)."""

import asyncio
import re
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dial import explained
from linnet.carriers.egress import egress
from linnet.carriers.plugins.lines import Arguments, read_arguments, write_arguments
from linnet.carriers.tcp import TcpCarrier
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.errors import Malformed
from linnet.wire.links import Address, Road

_METHOD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
LONGEST_PATH: Final = 255


async def open_plugin(address: Address, user: CarrierUser) -> Carrier:
    """Open a carrier through the plug-in that an address names.

    Raises:
        Unreachable: there is no such plug-in here, or nobody answers there; the text
            says which, without the address.
    """
    try:
        tunnel = read_tunnel(address)
    except Malformed as error:
        raise Unopened(Came.NO_WAY, str(error)) from None
    return await explained(_open(tunnel, user))


async def _open(tunnel: Tunnel, user: CarrierUser) -> Carrier:
    stream = await egress().lead(tunnel)
    loop = asyncio.get_running_loop()
    _, carrier = await loop.create_connection(lambda: TcpCarrier(user), sock=stream)
    return carrier


def read_tunnel(address: Address) -> Tunnel:
    """The tunnel that an address of a plug-in is.

    Raises:
        Malformed: its path names no method, or arguments without form.
    """
    method, _, told = address.path.partition(";")
    if not _METHOD.fullmatch(method):
        raise Malformed("The link names no plug-in that could be.")
    arguments = read_arguments(told, ";")
    return Tunnel(method, address.host, address.port, arguments=arguments)


def plugin_address(method: str, host: str, port: int, told: Arguments) -> Address:
    """The address of a plug-in's server.

    Raises:
        Malformed: what clients must be told does not fit into a link.
    """
    path = ";".join(filter(None, [method, write_arguments(told)]))
    if len(path) > LONGEST_PATH or not re.fullmatch(r"[!-~]+", path):
        raise Malformed("What the plug-in wants told does not fit into a link.")
    return Address(Road.PLUGIN, host, port, path)
