"""SOCKS5, with a name and password where it asks for them (RFC 1928, RFC 1929).

Names are given to the proxy as they are, so that none is asked of this network.
"""

from collections.abc import Generator
from ipaddress import IPv4Address, ip_address
from typing import Final

from linnet.carriers.diagnosis import Came
from linnet.carriers.tunnels.tunnel import Say, Tunnel, TunnelFailed

_OPEN, _PASSWORD = 0, 2
_CONNECT: Final = b"\x05\x01\x00"
_IPV4, _NAME, _IPV6 = 1, 3, 4
_SIZES: Final = {_IPV4: 4, _IPV6: 16}
_NO_PROXY: Final = "What answers at the proxy of your chain does not speak SOCKS5."
_REFUSALS: Final = {
    2: ("The proxy you go through does not allow that connection.", Came.NO_TUNNEL),
    3: ("The proxy you go through has no way to that address.", Came.NO_WAY),
    4: ("The proxy you go through reaches nobody there.", Came.NOBODY),
    5: ("The machine there refuses the proxy you go through.", Came.REFUSED),
    6: ("The proxy you go through reaches nobody there in time.", Came.NOBODY),
}
_FAILED: Final = ("The proxy you go through could not open it.", Came.NO_TUNNEL)


def socks5(tunnel: Tunnel, host: str, port: int) -> Generator[Say, bytes, None]:
    """Ask for a connection to a host and port.

    Raises:
        TunnelFailed: the proxy did not open it, or is none.
    """
    methods = bytes([_PASSWORD, _OPEN] if tunnel.user else [_OPEN])
    version, method = yield Say(bytes([5, len(methods)]) + methods, 2)
    if version != 5:
        raise TunnelFailed(_NO_PROXY)
    if method not in methods:
        raise TunnelFailed("The proxy you go through wants another way of logging in.")
    if method == _PASSWORD:
        login = b"\x01" + _sized(tunnel.user) + _sized(tunnel.password)
        answer = yield Say(login, 2)
        if answer[1]:
            raise TunnelFailed(
                "The proxy you go through refuses that name and password."
            )
    version, code, _, kind = yield Say(_CONNECT + _place(host, port), 4)
    if version != 5:
        raise TunnelFailed(_NO_PROXY)
    if code:
        raise TunnelFailed(*_REFUSALS.get(code, _FAILED))
    size = _SIZES.get(kind, 0)
    if kind == _NAME:
        (size,) = yield Say(take=1)
    elif not size:
        raise TunnelFailed(_NO_PROXY)
    yield Say(take=size + 2)


def _place(host: str, port: int) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        return bytes([_NAME]) + _sized(host) + port.to_bytes(2, "big")
    kind = _IPV4 if isinstance(address, IPv4Address) else _IPV6
    return bytes([kind]) + address.packed + port.to_bytes(2, "big")


def _sized(text: str) -> bytes:
    encoded = text.encode()
    return bytes([len(encoded)]) + encoded
