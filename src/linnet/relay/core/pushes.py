"""When a push goes to which endpoint, in virtual time (spec/wire.md §9.4).

Sees endpoints and hosts only; knows no stream's rules and no socket. The driver gives
it what was stirred and how posts went, and does what ``due`` says.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from heapq import heappop, heappush
from math import inf
from typing import Final

from linnet.ids import StreamId
from linnet.relay.core.endpoints import Endpoint

GAP_SECONDS: Final = 30.0
"""Between two pushes to one endpoint."""

DOUBT_SECONDS: Final = 90.0
"""After which it is known whether a session that seemed to be there was."""

MOST_PAUSE_SECONDS: Final = 3_600.0
GIVE_UP_SECONDS: Final = 86_400.0
MOST_REST_SECONDS: Final = 600.0
MOST_WAITING: Final = 16_384
MOST_FLYING: Final = 64
MOST_FLYING_TO_HOST: Final = 16
_MOST_STREAMS: Final = 64
_MOST_DOUBTS: Final = 8


class Outcome(Enum):
    """How a post went."""

    TAKEN = auto()
    GONE = auto()
    """404 or 410: there is no such endpoint any more."""
    REFUSED = auto()
    """Any other answer that does not say to come again."""
    BUSY = auto()
    """429 or 5xx."""
    SILENT = auto()
    """No answer, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Post:
    """Post to an endpoint, then say ``done``."""

    url: bytes = field(repr=False)
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Look:
    """See whether one of these sessions took what came, then say ``looked``."""

    url: bytes = field(repr=False)
    sessions: tuple[object, ...]


@dataclass(slots=True, eq=False)
class _Waiting:
    """What is known of one endpoint while there is something to know."""

    url: bytes
    endpoint: Endpoint
    streams: dict[StreamId, None] = field(default_factory=dict)
    since: float | None = None
    """When the push became due that has not gone yet."""
    is_queued: bool = False
    is_flying: bool = False
    not_before: float = -inf
    failures: int = 0
    failing_since: float | None = None
    is_looked_at: bool = False
    doubts: dict[object, None] = field(default_factory=dict)
    doubt_at: float = inf


@dataclass(slots=True, eq=False)
class _Host:
    ready: deque[_Waiting] = field(default_factory=deque)
    flying: int = 0
    failures: int = 0
    rests_until: float = -inf


class Pushes:
    """Paces the pushes of one relay; times are seconds of one clock."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, _Waiting] = {}
        self._hosts: dict[str, _Host] = {}
        self._alarms: list[tuple[float, int, _Waiting]] = []
        self._count = 0
        self._flying = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def stir(
        self, stream: StreamId, url: bytes, *, present: Iterable[object], now: float
    ) -> None:
        """Something was stored for an endpoint.

        Args:
            stream: where.
            url: the endpoint.
            present: its sessions that follow the stream on a carrier.
            now: the time.
        """
        one = self._waiting.get(url)
        if one is None:
            endpoint = Endpoint.parse(url)
            if endpoint is None or len(self._waiting) >= MOST_WAITING:
                return
            one = self._waiting[url] = _Waiting(url, endpoint)
        if len(one.streams) < _MOST_STREAMS:
            one.streams[stream] = None
        doubts = list(present)
        if not doubts:
            self._make_due(one, now)
            return
        if one.doubt_at == inf:
            one.doubt_at = now + DOUBT_SECONDS
            self._wake(one, one.doubt_at)
        if len(one.doubts) < _MOST_DOUBTS:
            one.doubts.update(dict.fromkeys(doubts))

    def looked(self, look: Look, *, is_taken: bool, now: float) -> None:
        """Take the answer to a ``Look``."""
        one = self._waiting.get(look.url)
        if one is None:
            return
        one.is_looked_at = False
        if is_taken:
            self._tidy(one, now)
        else:
            self._make_due(one, now)

    def done(self, post: Post, outcome: Outcome, now: float) -> tuple[StreamId, ...]:
        """Take how a post went.

        Returns:
            The streams that stirred an endpoint that is gone.
        """
        one = self._waiting[post.url]
        host = self._hosts[post.endpoint.host]
        one.is_flying = False
        self._flying -= 1
        host.flying -= 1
        self._rest(host, outcome, now)
        gone: tuple[StreamId, ...] = ()
        if outcome in (Outcome.BUSY, Outcome.SILENT):
            self._put_off(one, now)
        else:
            if outcome is Outcome.GONE:
                gone = tuple(one.streams)
                one.since = None
            one.failures, one.failing_since = 0, None
            one.not_before = now + GAP_SECONDS
        self._wake(one, one.not_before)
        return gone

    def due(self, now: float) -> list[Post | Look]:
        """What is to be done now."""
        wanted: list[Post | Look] = []
        while self._alarms and self._alarms[0][0] <= now:
            one = heappop(self._alarms)[2]
            if one.doubt_at <= now:
                wanted.append(Look(one.url, tuple(one.doubts)))
                one.doubts, one.doubt_at, one.is_looked_at = {}, inf, True
            self._queue(one, now)
            self._tidy(one, now)
        wanted += self._take_off(now)
        return wanted

    def wake_at(self) -> float:
        """When ``due`` has something to say next; infinity for not before ``stir``."""
        times = [self._alarms[0][0]] if self._alarms else []
        if self._flying < MOST_FLYING:
            times += (
                host.rests_until
                for host in self._hosts.values()
                if host.ready and host.flying < _most(host)
            )
        return min(times, default=inf)

    def _make_due(self, one: _Waiting, now: float) -> None:
        if one.since is None:
            one.since = now
        if one.not_before > now:
            return  # an alarm is set for then
        self._queue(one, now)

    def _queue(self, one: _Waiting, now: float) -> None:
        due = one.since is not None and one.not_before <= now
        if not due or one.is_queued or one.is_flying:
            return
        one.is_queued = True
        self._hosts.setdefault(one.endpoint.host, _Host()).ready.append(one)

    def _take_off(self, now: float) -> list[Post]:
        posts: list[Post] = []
        for name, host in list(self._hosts.items()):
            while (
                host.ready
                and host.rests_until <= now
                and host.flying < _most(host)
                and self._flying < MOST_FLYING
            ):
                one = host.ready.popleft()
                one.is_queued, one.is_flying = False, True
                # What comes while it flies wants another.
                one.since, one.not_before = None, inf
                host.flying += 1
                self._flying += 1
                posts.append(Post(one.url, one.endpoint))
            if not host.ready and not host.flying and host.rests_until <= now:
                del self._hosts[name]
            elif posts:
                # The next free place is another host's.
                self._hosts[name] = self._hosts.pop(name)
        return posts

    def _put_off(self, one: _Waiting, now: float) -> None:
        one.failures += 1
        pause = min(GAP_SECONDS * 2.0 ** min(one.failures - 1, 20), MOST_PAUSE_SECONDS)
        one.not_before = now + pause
        if one.failing_since is None:
            one.failing_since = now
        if now - one.failing_since < GIVE_UP_SECONDS:
            one.since = now if one.since is None else one.since
        else:
            one.since, one.failing_since, one.failures = None, None, 0

    def _rest(self, host: _Host, outcome: Outcome, now: float) -> None:
        if outcome is not Outcome.SILENT:
            host.failures, host.rests_until = 0, -inf
        elif host.rests_until <= now:
            host.failures += 1
            rest = min(2.0 ** min(host.failures - 1, 20), MOST_REST_SECONDS)
            host.rests_until = now + rest

    def _wake(self, one: _Waiting, at: float) -> None:
        # The count keeps equal times in order, and out of comparing endpoints.
        self._count += 1
        heappush(self._alarms, (at, self._count, one))

    def _tidy(self, one: _Waiting, now: float) -> None:
        is_idle = one.since is None and not one.is_flying and not one.is_looked_at
        if (
            is_idle
            and one.doubt_at == inf
            and one.not_before <= now
            and self._waiting.get(one.url) is one
        ):
            del self._waiting[one.url]


def _most(host: _Host) -> int:
    """How many posts to a host may be on their way; one finds out if it is there."""
    return 1 if host.failures else MOST_FLYING_TO_HOST
