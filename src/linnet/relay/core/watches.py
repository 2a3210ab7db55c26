"""Who is to be told by a push that something was stored (spec/wire.md §9)."""

from linnet.ids import RequestNumber
from linnet.relay.core.changes import Append, DropWatch, KeepWatch, Waiter
from linnet.relay.core.endpoints import Endpoint, Seal
from linnet.relay.core.events import Effect, Lost, Stir
from linnet.relay.core.guards import spend_costly
from linnet.relay.core.limits import DAY_SECONDS
from linnet.relay.core.memory import Memory, Refuse, answer
from linnet.relay.core.state import Door, Guest, Stream, Watching
from linnet.wire.limits import MAX_ENDPOINT
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Done, PushGrants
from linnet.wire.requests import RIGHT_APPEND, RIGHT_READ
from linnet.wire.requests_pushes import Pushes, Unwatch, Watch

_RIGHTS = RIGHT_APPEND | RIGHT_READ
_KEPT_BYTES = MAX_ENDPOINT + 100


def pushes(
    memory: Memory, guest: Guest, number: RequestNumber, _request: Pushes
) -> list[Effect]:
    """Say under which key the relay pushes."""
    granted = PushGrants(_key(memory), memory.limits.max_watch_seconds)
    return [answer(guest, number, granted)]


def watch(
    memory: Memory, guest: Guest, number: RequestNumber, request: Watch, now_ms: int
) -> list[Effect]:
    """Push to an endpoint when something is stored, for a time."""
    door = _door(memory, guest, request)
    stream, endpoint = door.stream, request.endpoint
    if door.epoch != stream.epoch:
        raise Refuse(Refusal.STALE, stream.epoch)
    if Endpoint.parse(endpoint) is None:
        raise Refuse(Refusal.BAD_ENDPOINT)
    if guest.endpoint != endpoint:
        # Each may bring somebody a post; so nobody names a great many.
        spend_costly(memory, guest, now_ms)
    now, known = now_ms // 1000, stream.watches.get(endpoint)
    most = memory.limits.max_watch_seconds
    ends = now + min(request.seconds or most, most)
    if known is None or known.epoch != stream.epoch:
        _check_room(memory, stream, now)
    if stream.seal is None or stream.seal[0] != stream.epoch:
        # The epoch of its token did not come to be.
        raise Refuse(Refusal.UNAVAILABLE)
    guest.endpoint = endpoint
    if known and known.epoch == stream.epoch and 0 <= ends - known.ends < DAY_SECONDS:
        return [answer(guest, number, Done())]
    sealed = stream.seal[1].close(endpoint, ends)
    stream.watches[endpoint] = Watching(sealed.name, stream.epoch, ends)
    waiter = Waiter(guest, number, Done())
    change = KeepWatch(stream, endpoint, known, sealed, now, waiter)
    memory.change(change, stream, _KEPT_BYTES)
    return []


def unwatch(
    memory: Memory, guest: Guest, number: RequestNumber, request: Unwatch
) -> list[Effect]:
    """Push no more to an endpoint about a stream."""
    stream = _door(memory, guest, request).stream
    known = stream.watches.pop(request.endpoint, None)
    if known is None:
        return [answer(guest, number, Done())]
    waiter = Waiter(guest, number, Done())
    memory.change(DropWatch(stream, request.endpoint, known, waiter), stream, 0)
    return []


def lost(memory: Memory, event: Lost) -> list[Effect]:
    """Forget the watches of an endpoint that is gone.

    Those on streams that nobody uses end when they are to be told next, or by time.
    """
    for stream_id in event.streams:
        stream = memory.streams.get(stream_id)
        if stream is None:
            continue
        known = stream.watches.pop(event.endpoint, None)
        if known is not None:
            memory.change(DropWatch(stream, event.endpoint, known, None), stream, 0)
    return []


def unseal(memory: Memory, stream: Stream, append_token: bytes) -> None:
    """Open what is sealed under the token of the current epoch."""
    if memory.limits.push_key is None:
        return
    if stream.seal is None or stream.seal[0] != stream.epoch:
        stream.seal = (stream.epoch, Seal(append_token, stream.id))
    seal, sealed, stream.sealed = stream.seal[1], stream.sealed, []
    for one in sealed:
        endpoint = seal.open(one)
        if endpoint is not None:
            known = Watching(one.name, stream.epoch, one.ends)
            stream.watches.setdefault(endpoint, known)


class Stirs:
    """Gathers whom one batch concerns, each endpoint once."""

    __slots__ = ("_appenders", "_now")

    def __init__(self, now_ms: int) -> None:
        self._now = now_ms // 1000
        self._appenders: dict[Stream, set[Guest]] = {}

    def stored(self, append: Append) -> None:
        """Note that something was stored in a watched stream."""
        self._appenders.setdefault(append.stream, set()).add(append.guest)

    def finish(self) -> list[Effect]:
        """Take what is to be told."""
        gathered, self._appenders = self._appenders, {}
        return [
            stir
            for stream, appenders in gathered.items()
            for stir in self._of(stream, appenders)
        ]

    def end_epoch(self, stream: Stream, epoch: int) -> list[Effect]:
        """Tell of the commit that ended an epoch, and forget that epoch's watches."""
        told = self.finish()
        for endpoint, one in list(stream.watches.items()):
            if one.epoch == epoch:
                del stream.watches[endpoint]
        return told

    def _of(self, stream: Stream, appenders: set[Guest]) -> list[Effect]:
        following: dict[bytes, list[Guest]] = {}
        for door in stream.readers:
            if door.guest.endpoint is not None:
                following.setdefault(door.guest.endpoint, []).append(door.guest)
        return [
            Stir(stream.id, endpoint, tuple(following.get(endpoint, ())))
            for endpoint, one in stream.watches.items()
            if one.ends > self._now
            and any(guest.endpoint != endpoint for guest in appenders)
        ]


def _key(memory: Memory) -> bytes:
    key = memory.limits.push_key
    if key is None:
        raise Refuse(Refusal.NO_PUSH)
    return key


def _door(memory: Memory, guest: Guest, request: Watch | Unwatch) -> Door:
    _key(memory)
    door = memory.door(guest, request.handle)
    if door.rights & _RIGHTS != _RIGHTS:
        raise Refuse(Refusal.NOT_ALLOWED)
    if door.stream.is_gone:
        raise Refuse(Refusal.NO_SUCH_STREAM)
    return door


def _check_room(memory: Memory, stream: Stream, now: int) -> None:
    most = memory.limits.max_watches
    if len(stream.watches) >= most:
        for endpoint, one in list(stream.watches.items()):
            if one.ends <= now:
                del stream.watches[endpoint]
    if len(stream.watches) >= most:
        raise Refuse(Refusal.TOO_MANY_WATCHES, most)
