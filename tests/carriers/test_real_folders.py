"""Folders on servers that nobody here wrote, on this machine."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from linnet.carriers.diagnosis import Unopened
from linnet.carriers.drop import Drop, Found
from linnet.carriers.folder_road import folder_drop, open_folder
from linnet.carriers.parcels import LARGEST_PARCEL
from linnet.wire.links import Address
from tests.carriers.real_drops import QUICK, own_certificate, webdav
from tests.carriers.test_parcel_road import Ear, Talk, linked, relay

NAMES = ["7" + "0" * 31, "f" * 32]

pytestmark = [pytest.mark.slow, pytest.mark.interop]


async def use(drop: Drop) -> None:
    """Everything a drop is asked for."""
    await drop.open()
    assert await drop.names("") == []
    for name in NAMES:
        await drop.put(name, name.encode() * 2_000, "")
    await drop.put("holiday.jpg", b"x", "")
    assert sorted(await drop.names("")) == NAMES
    assert await drop.names("f") == NAMES[1:]
    assert await drop.get(NAMES[0]) == Found(NAMES[0].encode() * 2_000)
    await drop.put(NAMES[0], bytes(LARGEST_PARCEL + 1), "")
    assert await drop.get(NAMES[0]) == Found(b"")
    await drop.delete(NAMES)
    await drop.delete(NAMES)
    assert await drop.names("") == []
    with pytest.raises(FileNotFoundError):
        await drop.get(NAMES[0])
    drop.close()


async def talk(address: Address) -> list[bytes]:
    """A session over the folder, and messages there and back."""
    near, far = folder_drop(address), folder_drop(address)
    async with asyncio.timeout(60), relay(far, QUICK), linked(near, QUICK) as link:
        talk = Talk(link)
        await talk.until_open()
        heard = [m for n in range(5) for m in await talk.echo(bytes([n]))]
        return heard + await talk.echo(*[bytes(50_000)] * 8)


EXPECTED = [bytes([n]) for n in range(5)] + [bytes(50_000)] * 8


def test_a_webdav_folder_is_a_drop_and_carries_a_session(tmp_path: Path) -> None:
    async def story() -> list[bytes]:
        async with webdav(tmp_path) as address:
            await use(folder_drop(address))
            return await talk(address)

    assert uvloop.run(story()) == EXPECTED


def test_over_tls_too_where_the_certificate_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = own_certificate(tmp_path)

    async def story() -> list[bytes]:
        async with webdav(tmp_path, certificate) as address:
            with pytest.raises(Unopened, match="prove its name"):
                await open_folder(address, Ear())
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            return await talk(address)

    assert uvloop.run(story()) == EXPECTED


def test_a_wrong_password_is_told_in_a_sentence(tmp_path: Path) -> None:
    async def story() -> None:
        async with webdav(tmp_path) as right:
            wrong = Address(right.road, right.host, right.port, right.path, "dav:a:b")
            with pytest.raises(Unopened, match="password"):
                await open_folder(wrong, Ear())

    uvloop.run(story())
