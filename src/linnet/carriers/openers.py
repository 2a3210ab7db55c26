"""How each kind of road is opened: one line for each (spec/carriers.md §11)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dial import dial
from linnet.carriers.dns.carrier import ask_names
from linnet.carriers.egress import egress
from linnet.carriers.folder_road import open_folder
from linnet.carriers.mail_road import open_mail
from linnet.carriers.plugin_road import open_plugin
from linnet.wire.links import Address, Road

Dial = Callable[[Address, CarrierUser], Awaitable[Carrier]]

OPENERS: Final[Mapping[Road, Dial]] = {
    Road.TCP: dial,
    Road.WS: dial,
    Road.WSS: dial,
    Road.DNS: ask_names,
    Road.FOLDER: open_folder,
    Road.MAIL: open_mail,
    Road.PLUGIN: open_plugin,
}

THROUGH_TUNNELS: Final = frozenset(
    {Road.TCP, Road.WS, Road.WSS, Road.FOLDER, Road.MAIL, Road.PLUGIN}
)
"""Roads whose connections leave as the egress says, with no name asked of anybody."""


async def open_road(address: Address, user: CarrierUser) -> Carrier:
    """Open a carrier to an address, as its kind of road is opened.

    Raises:
        Unreachable: nobody answers there, or nobody who lets a session in; the text
            says which, without the address.
    """
    opener = OPENERS.get(address.road)
    if opener is None:
        raise Unopened(Came.NO_WAY, "This Linnet cannot take a road of that kind.")
    if address.road not in THROUGH_TUNNELS and not egress().is_straight:
        said = "That road would not go through your chain, so it is not taken."
        raise Unopened(Came.NO_TUNNEL, said)
    return await opener(address, user)
