"""Which parcels may go now: what is slow for one host holds up no other."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers import smtp
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dispatch import Dispatch
from linnet.carriers.mail_line import ANSWER_SECONDS, MailLine
from linnet.carriers.outgoing import (
    NEVER,
    PLACES,
    PROVEN_PLACES,
    QUICK_SECONDS,
    UNPROVEN_PLACES,
    Outbound,
    Outgoing,
)
from linnet.carriers.parcels import Parcel, Side
from tests.carriers.drops import MemoryDrop
from tests.carriers.test_mail_servers import ACCOUNT, SERVER, Saying, mail
from tests.carriers.virtual import run

SLOW = QUICK_SECONDS + 20
BOB = "bob@slow.example"


def parcel(number: int) -> Parcel:
    return Parcel(number.to_bytes(16), Side.RELAY, 0, 0, (b"x",))


def taken(outgoing: Outgoing, now: float) -> list[Outbound]:
    found = []
    while one := outgoing.take(now):
        found.append(one)
    return found


def prove(outgoing: Outgoing, *hosts: str) -> None:
    """Let each host take a mail at once."""
    for host in hosts:
        outgoing.add(parcel(0), f"ann@{host}")
        for one in taken(outgoing, 0.0):
            outgoing.went(one, 0.0)


class Town(MemoryDrop):
    """Mail whose server waits for the receiver's own before it says anything."""

    def __init__(self, stalls: float) -> None:
        super().__init__()
        self.stalls = stalls

    async def put(self, name: str, data: bytes, to: str) -> None:
        if "slow" in to:
            await asyncio.sleep(self.stalls)
            raise Unopened(Came.NO_DOOR, "not in time")
        await super().put(name, data, to)


def test_a_host_that_stalls_holds_up_no_mail_to_others() -> None:
    async def story() -> list[float]:
        drop = Town(ANSWER_SECONDS)
        dispatch = Dispatch(drop)
        task = asyncio.get_running_loop().create_task(dispatch.run())
        for number in range(20):
            dispatch.add(parcel(number), BOB)
        for number in range(20, 25):
            dispatch.add(parcel(number), "ann@mail.example")
        await asyncio.sleep(5)
        task.cancel()
        return [when for when, *_ in drop.puts]

    times = run(story())

    assert len(times) == 5
    assert max(times) < 2


def test_a_server_that_is_silent_about_a_receiver_refuses_that_mail_only() -> None:
    class Stalling(Saying):
        async def line(self) -> bytes:
            said = await super().line()
            if said == b"stall":
                await asyncio.sleep(3_600)
            return said

    line = Stalling(b"220 x\r\n250 y\r\n235 in\r\n250 z\r\nstall\r\n")

    async def story() -> float:
        with pytest.raises(Unopened, match="refused a mail"):
            await smtp.send(
                SERVER, ACCOUNT, "bob@slow.example", mail(), starts_tls=False
            )
        return asyncio.get_running_loop().time()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp, "MailLine", lambda _: line)
        assert run(story()) == ANSWER_SECONDS


@pytest.mark.parametrize("answers", range(3))
def test_a_server_that_cuts_while_a_mail_is_handed_over_answers_nobody(
    answers: int,
) -> None:
    said = b"".join((b"250 to\r\n", b"354 go on\r\n")[:answers])
    line = Saying(b"220 x\r\n250 y\r\n235 in\r\n250 from\r\n" + said)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp, "MailLine", lambda _: line)
        with pytest.raises(ConnectionError):
            asyncio.run(
                smtp.send(SERVER, ACCOUNT, "ann@mail.example", mail(), starts_tls=False)
            )


def test_a_server_that_is_silent_before_that_answers_nobody() -> None:
    class Silent(MailLine):
        async def open(self) -> None:
            await asyncio.sleep(3_600)

    async def story() -> None:
        with pytest.raises(TimeoutError):
            await smtp.send(
                SERVER, ACCOUNT, "bob@slow.example", mail(), starts_tls=False
            )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp, "MailLine", Silent)
        run(story())


def test_strangers_who_stall_leave_places_for_hosts_that_took_mail_before() -> None:
    outgoing = Outgoing()
    prove(outgoing, "mail.example")
    for number in range(40):
        outgoing.add(parcel(number), f"eve@{number}.slow.example")
    outgoing.add(parcel(99), "ann@mail.example")

    hosts = [one.host for one in taken(outgoing, 1.0)]

    assert len(hosts) == UNPROVEN_PLACES + 1
    assert "mail.example" in hosts


def test_hosts_that_took_mail_before_and_stall_leave_a_place_for_those_unknown() -> (
    None
):
    outgoing = Outgoing()
    known = [f"{number}.slow.example" for number in range(PLACES)]
    prove(outgoing, *known)
    for number, host in enumerate(known):
        outgoing.add(parcel(number), f"eve@{host}")
    outgoing.add(parcel(99), "ann@mail.example")

    hosts = [one.host for one in taken(outgoing, 1.0)]

    assert hosts == [*known[:PROVEN_PLACES], "mail.example"]


def test_a_host_that_was_known_and_stalls_is_a_stranger_again_and_rests() -> None:
    outgoing = Outgoing()
    prove(outgoing, "mail.example")
    for number in range(2):
        outgoing.add(parcel(number), "ann@mail.example")
    [one] = taken(outgoing, 0.0)

    outgoing.let_go(one, SLOW)

    assert taken(outgoing, SLOW) == []
    assert SLOW < outgoing.wake_at() < SLOW + 60
    for number in range(2, 9):
        outgoing.add(parcel(number), f"eve@{number}.example")
    later = outgoing.wake_at() + 60
    assert len(taken(outgoing, later)) == UNPROVEN_PLACES


def test_a_refusal_at_once_costs_a_host_nothing() -> None:
    outgoing = Outgoing()
    for number in range(2):
        outgoing.add(parcel(number), "nobody@mail.example")
    [one] = taken(outgoing, 0.0)

    outgoing.let_go(one, 0.1)

    assert len(taken(outgoing, 0.1)) == 1


def test_where_the_drop_itself_does_not_answer_it_is_asked_ever_more_seldom() -> None:
    outgoing = Outgoing()
    for number in range(9):
        outgoing.add(parcel(number), f"ann@{number}.example")
    now, times = 0.0, []
    while now < 600:
        for one in taken(outgoing, now):
            times.append(now)
            outgoing.failed(one, now)
        now = outgoing.wake_at()

    assert len(times) < 40
    outgoing.went(taken(outgoing, now)[0], now)
    assert outgoing.failures == 0


@given(st.data())
def test_of_all_that_may_go_never_too_many_or_two_to_one_host(
    data: st.DataObject,
) -> None:
    outgoing, now = Outgoing(), 0.0
    busy: list[Outbound] = []
    for number in range(data.draw(st.integers(1, 40))):
        outgoing.add(parcel(number), f"a@{data.draw(st.sampled_from('uvwxyz'))}")
        busy += taken(outgoing, now)
        assert len(busy) <= PLACES
        assert len({one.host for one in busy}) == len(busy)
        now += data.draw(st.sampled_from([0.0, 1.0, SLOW]))
        what = data.draw(st.sampled_from(["", "went", "let_go", "failed"]))
        if busy and what:
            getattr(outgoing, what)(busy.pop(), now)
    for one in busy:
        outgoing.went(one, now)
    while not outgoing.is_empty:
        now = max(now, outgoing.wake_at())
        assert now < NEVER
        for one in taken(outgoing, now):
            outgoing.went(one, now)
