"""The road by a folder: which drop an address names (spec/parcels.md §4)."""

import re
from typing import Final
from urllib.parse import quote

from linnet.carriers import drop_keys
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.correspondence import FOLDER_PACE
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dial import explained
from linnet.carriers.drop import Drop
from linnet.carriers.parcel_road import begin
from linnet.carriers.s3 import S3Drop, Signer
from linnet.carriers.site import Site, site_address
from linnet.carriers.webdav import WebDavDrop
from linnet.errors import Malformed
from linnet.wire.links import Address

_PATH: Final = re.compile(r"/(?:[!-~]+/)?")
NO_KEY: Final = "The link to the folder is damaged, or made by a newer Linnet."


async def open_folder(address: Address, user: CarrierUser) -> Carrier:
    """Open a carrier by a folder.

    Raises:
        Unreachable: the folder does not answer, or lets nobody in; the text says
            which, without the address.
    """
    try:
        drop = folder_drop(address)
    except Malformed:
        raise Unopened(Came.NO_WAY, NO_KEY) from None
    return await explained(begin(drop, user, FOLDER_PACE), FOLDER_PACE.patience)


def folder_drop(address: Address) -> Drop:
    """The drop that an address of a folder names.

    Raises:
        Malformed: it names none.
    """
    kind, *fields = drop_keys.split(address.cover)
    is_open = kind not in {"davs", "s3s"}
    if is_open and address.host not in drop_keys.THIS_MACHINE:
        raise Malformed(NO_KEY)
    if not _PATH.fullmatch(address.path):
        raise Malformed(NO_KEY)
    where = site_address(address.host, address.port, tls=not is_open)
    sites = Site(where), Site(where)
    match kind, fields:
        case (("dav" | "davs"), [user, word]):
            path = quote(address.path, safe="/%")
            return WebDavDrop(sites, path, user, word)
        case (("s3" | "s3s"), [region, key_id, secret]):
            return S3Drop(sites, address.path, Signer(region, key_id, secret))
        case _:
            raise Malformed(NO_KEY)
