"""Somebody who has a link, or is a member, and does not keep to the rules."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from linnet.client import ConversationState
from linnet.client.core import cbor
from linnet.client.core.commits import plan, stage
from linnet.client.core.content import Content, message_id, mimi_id
from linnet.client.core.envelope import BlobRef, seal
from linnet.client.core.keys import InviteKeys
from linnet.client.core.meaning import text_part
from linnet.client.core.parts import MultiPart, Semantics, SinglePart
from linnet.client.core.posts import seal_post
from linnet.client.core.wants import WantTitle
from linnet.client.sync.line import Line
from linnet.ids import BlobId, EnvelopeId, Handle
from linnet.wire import replies, requests
from linnet.wire.invites import InviteLink
from tests.stories.people import Person, town

pytestmark = pytest.mark.slow


def named(word: str) -> EnvelopeId:
    return EnvelopeId(sha256(word.encode()).digest()[:16])


class Mallory:
    """A member who knows all of Linnet's code and none of its manners."""

    def __init__(self, person: Person, chat: str) -> None:
        self.hub = person.me._hub
        self.id = person.chat(chat).id
        self.machine = self.hub.store.conversations.load(self.id)
        self.line: Line = self.hub.line(self.machine.info.relay)

    async def handle(self) -> Handle:
        keys, stream = self.machine.keys, self.machine.info.stream
        reply = await self.line.ask(
            requests.Open(stream, keys.epoch, append_token=keys.append_token)
        )
        assert isinstance(reply, replies.Opened)
        return reply.handle

    async def append(self, envelope: EnvelopeId, data: bytes) -> None:
        await self.line.ask(requests.Append(await self.handle(), envelope, data))

    async def say(self, content: bytes, envelope: EnvelopeId | None = None) -> None:
        salt = content[2:18]
        me = self.hub.store.me
        mimi = mimi_id(me, self.id, content=content, salt=salt)
        name = envelope or EnvelopeId(bytes(message_id(mimi)))
        data = self.machine.encrypt(content, name, self.hub.entropy)
        await self.append(name, data)

    async def seal_and_append(self, body: bytes | BlobRef, word: str) -> None:
        data = seal(
            self.machine.keys,
            self.machine.info.stream,
            envelope=named(word),
            body=body,
            entropy=self.hub.entropy,
        )
        await self.append(named(word), data)


def nested(depth: int) -> bytes:
    inner: cbor.Value = [1, "", 0]
    for _ in range(depth):
        inner = [1, "", 3, 2, [inner, [1, "", 0]]]
    return b"\x87\x50" + bytes(16) + b"\xf6\x40\xf6\xf6\xa0" + cbor.encode(inner)


def test_a_member_who_sends_garbage_stops_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, eve = await place.friends("Alice", "Eve")
            await eve.me.settle()
            await alice.me.settle()
            mallory = Mallory(eve, "Alice")
            many = MultiPart(
                1, Semantics.PROCESS_ALL, tuple(text_part("x") for _ in range(70))
            )

            await mallory.append(named("noise"), b"\x00" * 300)
            await mallory.seal_and_append(b"no mls at all", "no mls")
            await mallory.seal_and_append(
                BlobRef(BlobId(bytes(32)), bytes(32), 100), "no blob"
            )
            await mallory.seal_and_append(
                BlobRef(BlobId(bytes(32)), bytes(32), 1 << 60), "huge blob"
            )
            await mallory.say(b"\x87\x50" + bytes(16) + b"\xff" * 40)
            await mallory.say(nested(3))
            await mallory.say(nested(12))
            await mallory.say(Content(bytes(16), many).encode())
            await mallory.say(
                Content(b"1" * 16, SinglePart(1, "text/plain", b"\xff\xfe")).encode()
            )
            stolen = Content(b"2" * 16, text_part("stolen id")).encode()
            await mallory.say(stolen, named("somebody else's id"))
            await mallory.say(Content(b"3" * 16, text_part("that was fun")).encode())

            await alice.sees(lambda: alice.texts("Eve") == ["that was fun"])
            assert alice.chat("Eve").state is ConversationState.ACTIVE
            await alice.chat("Eve").send("not for me")

    asyncio.run(story())


def test_nobody_edits_or_deletes_what_another_wrote(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, eve = await place.friends("Alice", "Eve")
            mine = await alice.chat("Eve").send("mine")
            await eve.hears("Alice", "mine")
            await eve.me.settle()
            mallory = Mallory(eve, "Alice")
            target = mallory.hub.store.messages.mimi_of(mallory.id, mine.id)

            forged = Content(b"1" * 16, text_part("forged"), replaces=target)
            await mallory.say(forged.encode())
            gone = Content(b"2" * 16, replaces=target)
            await mallory.say(gone.encode())
            await mallory.say(Content(b"3" * 16, text_part("done")).encode())

            await alice.hears("Eve", "mine", "done")
            assert not alice.chat("Eve").message(mine.id).edited

    asyncio.run(story())


def test_a_commit_by_somebody_who_is_no_admin_ends_in_a_warning(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, eve = await place.friends("Alice", "Eve")
            await alice.me.new_group("Birds", ["Eve"])
            await eve.sees(lambda: eve.chat("Birds"))
            await eve.me.settle()
            mallory = Mallory(eve, "Birds")
            machine = mallory.machine
            machine.info = replace(machine.info, admins=frozenset([machine.me]))
            planned = plan(machine, [(1, WantTitle("Cuckoos"))], mallory.hub.now())
            staged = stage(
                machine,
                planned,
                now=mallory.hub.now(),
                entropy=mallory.hub.entropy,
            )
            await mallory.line.ask(
                requests.Commit(
                    await mallory.handle(),
                    staged.envelope,
                    *staged.next_keys.hashes,
                    staged.data,
                )
            )

            await alice.sees(
                lambda: alice.chat("Birds").state is ConversationState.BROKEN
            )
            assert "no admin" in alice.notices("Birds")[-1]
            assert alice.chat("Birds").title == "Birds"

    asyncio.run(story())


def test_garbage_in_an_inbox_is_dropped_without_a_word(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, eve = await place.person("Alice"), await place.person("Eve")
            link = InviteLink.parse(alice.me.invite())
            keys = InviteKeys.derive(link.secret, link.relays[0].key)
            hub = eve.me._hub
            line = hub.line(link.relays[0])
            opened = await line.ask(
                requests.Open(keys.inbox, append_token=keys.append_token)
            )
            assert isinstance(opened, replies.Opened)

            def post(number: int, body: bytes) -> requests.Append:
                name = EnvelopeId(bytes([number]) * 16)
                data = seal_post(
                    keys.inbox_key,
                    keys.inbox,
                    envelope=name,
                    body=body,
                    entropy=hub.entropy,
                )
                return requests.Append(opened.handle, name, data)

            sender = hub.store.me
            place_of: list[cbor.Value] = [0, bytes(16)]
            bodies: list[Callable[[], bytes]] = [
                lambda: b"\xff" * 100,
                lambda: cbor.encode([1, sender, "", *place_of, [1, b""], [1, b""]]),
                lambda: cbor.encode(
                    [1, sender, "", *place_of, [1, b"\x00\x01\x00\x03" + bytes(99)]] * 9
                ),
                lambda: cbor.encode(
                    [1, sender, "", *place_of, [2, bytes(72)], [1, b""]]
                ),
            ]
            await line.ask(requests.Append(opened.handle, named("raw"), b"x" * 99))
            for number, body in enumerate(bodies):
                await line.ask(post(number, body()))
            await eve.me.add(alice.me.invite(), note="for real now")
            await alice.sees(alice.me.requests)

            assert [one.note for one in alice.me.requests()] == ["for real now"]

    asyncio.run(story())
