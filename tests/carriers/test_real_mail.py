"""Mail on servers that nobody here wrote, on this machine."""

import asyncio

import pytest
import uvloop

from linnet.carriers.diagnosis import Unopened
from linnet.carriers.drop import Found
from linnet.carriers.mail_drop import MailDrop
from linnet.carriers.mail_road import open_mail, read_post
from linnet.carriers.parcels import Parcel, Side
from linnet.wire.links import Address, Road
from tests.carriers.real_drops import ANN, QUICK, RELAY, PostOffice, post_office
from tests.carriers.test_parcel_road import Ear, Talk, linked, relay

pytestmark = [pytest.mark.slow, pytest.mark.interop]

PARCEL = Parcel(bytes(16), Side.CLIENT, 0, 0, (bytes(50_000),)).pack()
NAME = "0" * 32


def drops(office: PostOffice) -> tuple[MailDrop, MailDrop]:
    """Ann's account and the relay's."""
    return MailDrop(read_post(office.ann), RELAY), MailDrop(read_post(office.relay), "")


async def until_found(drop: MailDrop) -> str:
    """The name of the only mail, once it is there."""
    while not (names := await drop.names("")):
        await drop.rest(5, asyncio.Event())
    (name,) = names
    return name


def test_a_mailbox_is_a_drop() -> None:
    async def story() -> None:
        async with post_office() as office, asyncio.timeout(60):
            ann, relay = drops(office)
            await ann.open()
            await relay.open()
            assert await relay.names("") == []
            await ann.put(NAME, PARCEL, RELAY)
            name = await until_found(relay)
            assert await relay.get(name) == Found(PARCEL, ANN)
            await relay.delete([name])
            assert await relay.names("") == []
            with pytest.raises(FileNotFoundError):
                await relay.get(name)
            await relay.put(NAME, PARCEL, ANN)
            assert await ann.get(await until_found(ann)) == Found(PARCEL, RELAY)
            ann.close()
            relay.close()

    uvloop.run(story())


async def talk(office: PostOffice) -> list[bytes]:
    """A session by mail, and messages there and back."""
    ann, far = drops(office)
    async with (
        asyncio.timeout(60),
        relay(far, QUICK, is_alone=True),
        linked(ann, QUICK, RELAY) as link,
    ):
        talk = Talk(link)
        await talk.until_open()
        heard = [m for n in range(3) for m in await talk.echo(bytes([n]))]
        return heard + await talk.echo(*[bytes(30_000)] * 4)


EXPECTED = [bytes([n]) for n in range(3)] + [bytes(30_000)] * 4


def test_mail_carries_a_session() -> None:
    async def story() -> list[bytes]:
        async with post_office() as office:
            return await talk(office)

    assert uvloop.run(story()) == EXPECTED


def test_over_tls_too_where_the_certificate_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> list[bytes]:
        async with post_office(tls=True) as office:
            address = Address(Road.MAIL, "mail.example", 25, "relay", office.ann)
            with pytest.raises(Unopened, match="prove its name"):
                await open_mail(address, Ear())
            monkeypatch.setenv("SSL_CERT_FILE", str(office.certificate))
            return await talk(office)

    assert uvloop.run(story()) == EXPECTED


def test_a_wrong_password_is_told_in_a_sentence() -> None:
    async def story() -> None:
        async with post_office() as office:
            wrong = office.ann.rpartition(":")[0] + ":wrong"
            address = Address(Road.MAIL, "mail.example", 25, "relay", wrong)
            with pytest.raises(Unopened, match="password"):
                await open_mail(address, Ear())

    uvloop.run(story())


def test_other_mail_of_a_person_is_left_alone() -> None:
    async def story() -> int:
        async with post_office() as office:
            ann, far = drops(office)
            await far.put(NAME, PARCEL, ANN)
            await talk(office)
            mine = MailDrop(read_post(office.ann), RELAY)
            left = [await mine.get(one) for one in await mine.names("")]
            for one in (ann, far, mine):
                one.close()
            return [one.data for one in left].count(PARCEL)

    assert uvloop.run(story()) == 1
