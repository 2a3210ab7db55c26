"""The client's side of a connection: from an address to an open carrier.

Plain TCP, and WebSocket with or without TLS, as a browser opens it (spec/session.md
§8, spec/carriers.md). Who is met in which guise, the wardrobe says.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Coroutine
from os import urandom
from typing import Final, TypeVar, cast

from linnet.carriers import egress
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.doorway import accept_key
from linnet.carriers.guises import WARDROBE, Guise, Wardrobe
from linnet.carriers.http import HEAD_END, LARGEST_HEAD
from linnet.carriers.outside import Manner, connect
from linnet.carriers.tcp import TcpCarrier
from linnet.carriers.tunnels.tunnel import TunnelFailed
from linnet.carriers.websocket import WebSocketCarrier
from linnet.wire.links import Address, Road

T = TypeVar("T")

DIAL_SECONDS: Final = 15.0
NO_DOOR: Final = (
    "A website answered there, but its door for Linnet is not where the link says; ask "
    "for a new link."
)

NOT_VOUCHED_FOR: Final = (
    "What answers there cannot prove its name: somebody may stand in between. No "
    "password was sent."
)


async def dial(
    address: Address, user: CarrierUser, wardrobe: Wardrobe = WARDROBE
) -> Carrier:
    """Open a carrier to an address.

    Raises:
        Unreachable: nobody answers there, or nobody who lets a session in; the text
            says which, without the address.
    """
    return await explained(_connect(address, user, wardrobe))


async def explained(
    opening: Coroutine[None, None, T], seconds: float = DIAL_SECONDS
) -> T:
    """Wait so long for something to open; say in a sentence why it did not.

    Raises:
        Unreachable: it did not; the text says why, without the address.
    """
    try:
        async with asyncio.timeout(seconds):
            return await opening
    except TimeoutError:
        raise Unopened(Came.NOBODY, "Nobody answered there in time.") from None
    except ssl.SSLCertVerificationError:
        raise Unopened(Came.NO_TLS, NOT_VOUCHED_FOR) from None
    except ssl.SSLError:
        said = "The encryption of the web could not begin there."
        raise Unopened(Came.NO_TLS, said) from None
    except OSError as error:
        raise explain(error) from None


async def _connect(address: Address, user: CarrierUser, wardrobe: Wardrobe) -> Carrier:
    if address.road is Road.TCP:
        _, carrier = await egress.connect(
            lambda: TcpCarrier(user), address.host, address.port
        )
        return carrier
    guise = wardrobe.choose(address)
    manner = Manner(guise, wardrobe, guise.old_sockets, guise.resumes)
    upgrade: _Upgrade | None = None
    try:
        _, upgrade = await connect(
            lambda: _Upgrade(address, guise, user), address, manner
        )
        return await upgrade.done
    except asyncio.CancelledError:
        if upgrade is not None:
            upgrade.abandon()
        raise
    except (ConnectionResetError, TimeoutError):
        # It may be the browser that does not get through.
        wardrobe.fail(address)
        raise
    finally:
        if upgrade is not None:
            upgrade.leave()


class _Upgrade(asyncio.Protocol):
    """The HTTP handshake that turns a connection into a WebSocket carrier."""

    def __init__(self, address: Address, guise: Guise, user: CarrierUser) -> None:
        self.done: asyncio.Future[Carrier] = asyncio.get_running_loop().create_future()
        self._address = address
        self._guise = guise
        self._user = user
        self._key = b64encode(urandom(16))
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def leave(self) -> None:
        """Close the connection unless it became a carrier."""
        if self._transport is not None:
            self._transport.abort()

    def abandon(self) -> None:
        """Close what it became: nobody is there any more to take it."""
        if self.done.done() and not self.done.cancelled() and not self.done.exception():
            self.done.result().abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        key = self._key.decode()
        self._transport.write(self._guise.ask_for_socket(self._address, key))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end >= 0:
            self._finish(self._buffer[:end], self._buffer[end + len(HEAD_END) :])
        elif len(self._buffer) > LARGEST_HEAD:
            self._fail("What answered there is not a relay's door.")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail("The connection was cut while it was being opened.", Came.RESET)

    def _finish(self, head: bytes, rest: bytes) -> None:
        line, *lines = head.split(b"\r\n")
        status = line.split(b" ")[1:2]
        pairs = [header.partition(b":") for header in lines]
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if status != [b"101"]:
            self._fail(NO_DOOR)
        elif headers.get(b"sec-websocket-accept") != accept_key(self._key):
            self._fail("What answered there does not speak WebSocket.")
        elif self._transport is not None and not self.done.done():
            transport, self._transport = self._transport, None
            carrier = WebSocketCarrier(self._user, masks=urandom)
            transport.set_protocol(carrier)
            carrier.connection_made(transport)
            self.done.set_result(carrier)
            if rest:
                carrier.data_received(rest)

    def _fail(self, sentence: str, came: Came = Came.NO_DOOR) -> None:
        self.leave()
        if not self.done.done():
            self.done.set_exception(Unopened(came, sentence))


def explain(error: OSError) -> Unopened:
    """Why a connection failed, without the address that the system's text holds."""
    if isinstance(error, TunnelFailed):
        return Unopened(error.came, str(error))
    if isinstance(error, ConnectionRefusedError):
        said = "The machine there refuses connections; the relay may be down."
        return Unopened(Came.REFUSED, said)
    if isinstance(error, ConnectionResetError):
        said = "The connection was reset; something on the way may be cutting it."
        return Unopened(Came.RESET, said)
    if error.errno is None:
        # What asyncio says of a name with several addresses that fail differently.
        return Unopened(Came.NOBODY, "No address of that name takes a connection.")
    if error.errno < 0:
        said = "The name of the relay's address leads nowhere."
        return Unopened(Came.NO_NAME, said)
    said = "There is no way to that address now; is this machine online?"
    return Unopened(Came.NO_WAY, said)
