"""Where a proxy is come to: visitors of its site, and people with a path of their own.

Knows who is there and for how long; what a connection says is read by a doorway, and
what a carrier brings goes through a joint. Nothing of anyone is written down.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dial import dial
from linnet.carriers.doorway import Doorway, Front
from linnet.carriers.hatch import Hatch
from linnet.carriers.hatches import Hatches
from linnet.carriers.personal_paths import PersonId
from linnet.carriers.strangers import Strangers
from linnet.carriers.website import Website
from linnet.proxy.allowance import Allowance
from linnet.proxy.joint import Dial, Joint, Side
from linnet.proxy.passage import Passage, Upstream
from linnet.proxy.people import People, person_of

CLOSE_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a proxy carries.

    Attributes:
        joints: of one person at once.
        all_joints: of everybody at once.
        day_bytes: of one person in a day.
    """

    joints: int = 16
    all_joints: int = 2_000
    day_bytes: int = 2_000 * 1024 * 1024


class Entrance:
    """Everything that listens for one proxy.

    Args:
        people: whose path leads where.
        site: what everyone else sees: a website, or where an upstream one is.
        bounds: how much is carried.
        tasks: runs what opens connections.
        dial: how a relay's address becomes a carrier.

    Attributes:
        people: replaced when somebody is revoked.
        now: the clock of deadlines; the running loop's, unless a test sets its own.
        unix_time: the clock of days and of answers.
    """

    def __init__(
        self,
        people: People,
        site: Website | Upstream,
        bounds: Bounds,
        tasks: asyncio.TaskGroup,
        *,
        dial: Dial = dial,
    ) -> None:
        self.people = people
        self.upstream = site if isinstance(site, Upstream) else None
        website = Website({}, b"") if isinstance(site, Upstream) else site
        self.front = Front(website, people=self)
        self.now: Callable[[], float] = time.monotonic
        self.unix_time: Callable[[], float] = time.time
        self._bounds = bounds
        self._tasks = tasks
        self._dial = dial
        self._allowance = Allowance(bounds.day_bytes)
        self._strangers = Strangers()
        self._joints: dict[Joint, None] = {}
        self._hatches = Hatches(self)
        self._servers: list[asyncio.Server] = []
        self._left = asyncio.Event()
        self._is_closing = False

    async def listen(
        self, host: str, port: int, *, tls: ssl.SSLContext | None = None
    ) -> int:
        """Listen at an address; the port, if 0 was asked for.

        Raises:
            OSError: the address cannot be listened at.
        """
        loop = asyncio.get_running_loop()
        self.now = loop.time
        server = await loop.create_server(
            self._enter, host, port, ssl=tls, backlog=1024, reuse_address=True
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def tend(self, now: float) -> None:
        """Do what time demands; called once a second."""
        self._hatches.tend(now)
        self._strangers.tend(now)
        for joint in list(self._joints):
            joint.tend(now)

    def admit(self, people: People) -> None:
        """Let these people in from now on, and nobody else."""
        self.people = people
        for joint in list(self._joints):
            if not people.knows(joint.whose):
                joint.abort()

    async def close(self) -> None:
        """Stop listening and close every connection; what was written is sent."""
        self._is_closing = True
        for server in self._servers:
            server.close()
        for joint in list(self._joints):
            joint.close()
        self._hatches.close()
        self._strangers.abort()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._wait_until_empty()
        except TimeoutError:
            for joint in list(self._joints):
                joint.abort()
            await self._wait_until_empty()

    @property
    def joints(self) -> int:
        """How many roads are joined here now."""
        return len(self._joints)

    # What doorways and hatches ask for

    def whose(self, asked: bytes) -> bytes | None:
        """Whose path this is, unless that person has used up the day."""
        found = self.people.whose(asked)
        if found is None:
            return None
        is_spent = self._allowance.is_spent(person_of(found), self.unix_time())
        return None if is_spent else found

    def hatch_of(self, whose: bytes) -> Hatch:
        """Where the requests of a person go."""
        return self._hatches.of(whose)

    def visitor(self, whose: bytes) -> CarrierUser:
        """The near side of a new joint; a person's oldest makes room for it."""
        joint = Joint(self, whose, self.people.relay(whose), self._dial)
        of_person = self._of(person_of(whose))
        self._joints[joint] = None
        if len(of_person) >= self._bounds.joints:
            of_person[0].abort()
        elif len(self._joints) > self._bounds.all_joints:
            joint.close()
        return joint.near

    def turned(self, doorway: Doorway, carrier: Carrier | None) -> None:
        """A connection became a carrier, or went away without."""
        self._strangers.drop(doorway)
        self._left.set()
        if carrier is not None:
            self.entered(carrier)

    def entered(self, carrier: Carrier) -> None:
        """A carrier is there, and its user is a near side."""
        side = carrier.user
        if isinstance(side, Side):
            side.join(carrier)

    def waits(self, doorway: Doorway, carrier: Carrier | None) -> None:
        """A request of a carrier waits in a doorway, or waits no more."""
        if carrier is None:
            self._strangers.wait_no_more(doorway)
        else:
            self._strangers.wait(doorway)

    # What joints and passages ask for

    def run(self, task: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something in the background; what goes wrong in it ends it alone."""
        return self._tasks.create_task(_alone(task))

    def passed(self, joint: Joint, count: int) -> None:
        """So many bytes were handed on; who has used up the day is closed."""
        person = person_of(joint.whose)
        if not self._allowance.spend(person, count, self.unix_time()):
            for one in self._of(person):
                one.close()

    def left(self, joint: Joint) -> None:
        """Nothing is left of a joint."""
        self._joints.pop(joint, None)
        self._left.set()

    def _of(self, person: PersonId) -> list[Joint]:
        """The joints of a person, oldest first."""
        return [
            one
            for one in self._joints
            if person_of(one.whose) == person and not one.is_over
        ]

    async def _wait_until_empty(self) -> None:
        while self._joints or not self._strangers.are_gone:
            self._left.clear()
            await self._left.wait()

    def _enter(self) -> Doorway:
        doorway = Doorway(self) if self.upstream is None else Passage(self)
        if self._is_closing:
            # Asyncio may drop who comes now without a word, so nobody waits for it.
            doorway.abort()
        else:
            self._strangers.welcome(doorway)
        return doorway


async def _alone(task: Coroutine[None, None, None]) -> None:
    try:
        await task
    except Exception as error:
        said = {"message": "A road was lost.", "exception": error}
        asyncio.get_running_loop().call_exception_handler(said)
