"""Who is to be told by a push, without any network (spec/wire.md §9)."""

from dataclasses import replace

from linnet.ids import Epoch, Handle, StreamId
from linnet.relay.core.events import Lost
from linnet.relay.core.state import Guest
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Appended, Done, Opened, PushGrants
from linnet.wire.requests import Append, Commit, Create, Destroy, Open, Subscribe
from linnet.wire.requests_pushes import Pushes, Unwatch, Watch
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import APPEND, CONTROL, OPEN, READ, STREAM, Desk, hashed, named
from tests.relay.desk import refused as code_of

KEY = b"\x04" + bytes(64)
PUSHING = replace(OPEN, push_key=KEY)
URL, OTHER_URL = b"https://push.example.org/one", b"https://push.example.org/two"
NEXT_APPEND, NEXT_READ = b"A" * 32, b"R" * 32
DAY = 86_400


class Scene:
    """A relay with one fenced stream; the reader's browser and a friend's."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.desk = Desk(self.store, PUSHING)
        self.reader, self.friend = self.desk.join(), self.desk.join()
        self.desk.create(self.friend, is_fenced=True)
        self.mine = self.desk.opened(self.reader)
        self.theirs = self.desk.opened(self.friend)
        self.count = 0

    def watch(self, seconds: int = 0, endpoint: bytes = URL) -> None:
        assert self.desk.ask(self.reader, Watch(self.mine, seconds, endpoint)) == Done()

    def write(self, guest: Guest | None = None, handle: Handle | None = None) -> None:
        self.count += 1
        append = Append(handle or self.theirs, named(self.count), b"x")
        assert isinstance(self.desk.ask(guest or self.friend, append), Appended)

    def commit(self) -> None:
        hashes = hashed(NEXT_APPEND), hashed(NEXT_READ)
        self.desk.ask(self.friend, Commit(self.theirs, named(999), *hashes, b"c"))

    def stirred(self) -> list[bytes]:
        stirs, self.desk.stirs = self.desk.stirs, []
        return [one.endpoint for one in stirs]

    def again(self) -> "Scene":
        """The same store under a relay that was started anew."""
        scene = Scene.__new__(Scene)
        scene.store, scene.desk = self.store, Desk(self.store, PUSHING)
        scene.reader, scene.friend = scene.desk.join(), scene.desk.join()
        scene.count = 100
        return scene


def test_a_relay_says_under_which_key_it_pushes() -> None:
    desk = Desk(MemoryStore(), PUSHING)

    assert desk.ask(desk.join(), Pushes()) == PushGrants(KEY, 30 * DAY)


def test_a_relay_that_does_not_push_refuses_to_watch() -> None:
    desk = Desk(MemoryStore(), OPEN)
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)

    for request in (Pushes(), Watch(handle, 0, URL), Unwatch(handle, URL)):
        assert code_of(desk.ask(guest, request))[0] == Refusal.NO_PUSH


def test_what_is_stored_stirs_who_watches_and_is_away() -> None:
    scene = Scene()
    scene.watch()

    scene.write()

    assert scene.stirred() == [URL]
    assert scene.desk.stirs == []


def test_nobody_is_stirred_before_the_envelope_is_on_disk() -> None:
    scene = Scene()
    scene.watch()
    scene.desk.holds_back = True
    scene.desk.begin(scene.friend, Append(scene.theirs, named(1), b"x"))
    assert scene.stirred() == []

    scene.desk.is_disk_full = True
    scene.desk.commit()

    assert scene.stirred() == []


def test_many_envelopes_of_one_batch_stir_once() -> None:
    scene = Scene()
    scene.watch()
    scene.desk.holds_back = True
    for number in range(5):
        scene.desk.begin(scene.friend, Append(scene.theirs, named(number), b"x"))

    scene.desk.commit()

    assert scene.stirred() == [URL]


def test_what_a_client_writes_itself_does_not_stir_it() -> None:
    scene = Scene()
    scene.watch()

    scene.write(scene.reader, scene.mine)

    assert scene.stirred() == []


def test_a_session_that_follows_is_named_so_that_it_can_be_looked_at() -> None:
    scene = Scene()
    scene.watch()
    scene.desk.ask(scene.reader, Subscribe(scene.mine))

    scene.write()

    assert [one.followers for one in scene.desk.stirs] == [(scene.reader,)]


def test_who_left_follows_no_more() -> None:
    scene = Scene()
    scene.watch()
    scene.desk.ask(scene.reader, Subscribe(scene.mine))
    scene.desk.leave(scene.reader)

    scene.write()

    assert [one.followers for one in scene.desk.stirs] == [()]


def test_a_watch_ends_with_its_time() -> None:
    scene = Scene()
    scene.watch(seconds=60)
    scene.desk.now += 60_000

    scene.write()

    assert scene.stirred() == []


def test_a_watch_lasts_no_longer_than_the_relay_grants() -> None:
    scene = Scene()
    scene.watch(seconds=2**32 - 1)
    scene.desk.now += (30 * DAY - 1) * 1000
    scene.write()
    assert scene.stirred() == [URL]
    scene.desk.now += 1_000

    scene.write()

    assert scene.stirred() == []


def test_a_watch_that_is_renewed_lasts_on() -> None:
    scene = Scene()
    scene.watch()
    scene.desk.now += 29 * DAY * 1000
    scene.watch()
    scene.desk.now += 29 * DAY * 1000

    scene.write()

    assert scene.stirred() == [URL]


def test_a_watch_that_is_called_off_is_over_on_disk_too() -> None:
    scene = Scene()
    scene.watch()

    for _ in range(2):
        assert scene.desk.ask(scene.reader, Unwatch(scene.mine, URL)) == Done()

    scene.write()
    assert scene.stirred() == []
    disclosed = scene.store.disclose(STREAM)
    assert disclosed is not None
    assert disclosed.watches == []


def test_the_commit_is_the_last_that_a_watch_tells_of() -> None:
    scene = Scene()
    scene.watch()
    scene.commit()
    assert scene.stirred() == [URL]
    tokens = (NEXT_APPEND, NEXT_READ)
    handle = scene.desk.opened(scene.friend, 1, tokens)

    scene.write(handle=handle)

    assert scene.stirred() == []


def test_who_is_in_the_next_epoch_watches_on_in_it() -> None:
    scene = Scene()
    scene.watch()
    scene.commit()
    tokens = (NEXT_APPEND, NEXT_READ)
    assert code_of(scene.desk.ask(scene.reader, Watch(scene.mine, 0, URL))) == (
        Refusal.STALE,
        1,
    )
    scene.mine = scene.desk.opened(scene.reader, 1, tokens)
    scene.watch()
    scene.stirred()

    scene.write(handle=scene.desk.opened(scene.friend, 1, tokens))

    assert scene.stirred() == [URL]


def test_a_watch_for_the_next_epoch_is_not_ended_by_the_commit_before_it() -> None:
    scene = Scene()
    scene.watch()
    desk = scene.desk
    desk.holds_back = True
    hashes = hashed(NEXT_APPEND), hashed(NEXT_READ)
    desk.begin(scene.friend, Commit(scene.theirs, named(9), *hashes, b"c"))
    opened = desk.ask(scene.reader, Open(STREAM, Epoch(1), NEXT_APPEND, NEXT_READ))
    assert isinstance(opened, Opened)
    desk.begin(scene.reader, Watch(opened.handle, 0, URL))
    desk.commit()
    desk.holds_back = False
    scene.stirred()

    handle = desk.opened(scene.friend, 1, (NEXT_APPEND, NEXT_READ))
    scene.write(handle=handle)

    assert scene.stirred() == [URL]


def test_a_watch_that_could_not_be_stored_is_refused_and_not_there() -> None:
    scene = Scene()
    scene.desk.is_disk_full = True
    reply = scene.desk.ask(scene.reader, Watch(scene.mine, 0, URL))
    scene.desk.is_disk_full = False
    assert code_of(reply)[0] == Refusal.DISK_FULL

    scene.write()

    assert scene.stirred() == []


def test_a_watch_outlives_the_relay_once_the_append_token_is_brought() -> None:
    scene = Scene()
    scene.watch()
    later = scene.again()
    later.theirs = later.desk.opened(later.friend)

    later.write()

    assert later.stirred() == [URL]


def test_what_rests_of_a_watch_says_nothing_without_the_append_token() -> None:
    scene = Scene()
    scene.watch()
    scene.watch(endpoint=OTHER_URL)
    stream = scene.store._stream(STREAM)
    assert stream is not None

    assert [len(one.sealed) for one in stream.sealed] == [1_040, 1_040]
    resting = b"".join(one.name + one.sealed for one in stream.sealed)
    assert b"push.example" not in resting
    later = scene.again()
    reader_only = Open(STREAM, Epoch(0), read_token=READ)
    later.desk.ask(later.reader, reader_only)
    assert later.desk.relay.memory.streams[STREAM].watches == {}


def test_two_streams_of_one_reader_have_nothing_in_common_on_disk() -> None:
    scene = Scene()
    scene.watch()
    second = StreamId(b"2" * 16)
    hashes = hashed(APPEND), hashed(READ), hashed(CONTROL)
    scene.desk.ask(scene.reader, Create(second, *hashes))
    opened = scene.desk.ask(scene.reader, Open(second, Epoch(0), APPEND, READ))
    assert isinstance(opened, Opened)
    scene.desk.ask(scene.reader, Watch(opened.handle, 0, URL))

    rows = [
        (one.name, one.sealed)
        for stream in (scene.store._stream(STREAM), scene.store._stream(second))
        if stream is not None
        for one in stream.sealed
    ]

    assert len({name for name, _ in rows}) == len({sealed for _, sealed in rows}) == 2


def test_an_endpoint_that_is_gone_is_forgotten_on_disk_too() -> None:
    scene = Scene()
    scene.watch()
    scene.watch(endpoint=OTHER_URL)

    scene.desk.feed(Lost(URL, (STREAM, StreamId(b"?" * 16))))
    scene.desk.commit()

    scene.write()
    assert scene.stirred() == [OTHER_URL]
    disclosed = scene.store.disclose(STREAM)
    assert disclosed is not None
    assert len(disclosed.watches) == 1


def test_watching_needs_the_rights_to_append_and_to_read() -> None:
    scene = Scene()
    for tokens in ({"append_token": APPEND}, {"read_token": READ}):
        reply = scene.desk.ask(scene.reader, Open(STREAM, Epoch(0), **tokens))
        assert isinstance(reply, Opened)
        watch = Watch(reply.handle, 0, URL)
        assert code_of(scene.desk.ask(scene.reader, watch))[0] == Refusal.NOT_ALLOWED
    nothing = Watch(Handle(999), 0, URL)
    assert code_of(scene.desk.ask(scene.reader, nothing))[0] == Refusal.NO_SUCH_HANDLE


def test_a_destroyed_stream_stirs_nobody_and_keeps_nothing() -> None:
    scene = Scene()
    scene.watch()

    scene.desk.ask(scene.friend, Destroy(scene.theirs))

    assert scene.stirred() == []
    assert STREAM not in scene.desk.relay.memory.streams


def test_a_stream_has_only_so_many_watches() -> None:
    scene = Scene()
    scene.desk = Desk(MemoryStore(), replace(PUSHING, max_watches=2))
    scene.reader = scene.desk.join()
    scene.desk.create(scene.reader)
    scene.mine = scene.desk.opened(scene.reader)
    scene.watch(seconds=60)
    scene.watch(endpoint=OTHER_URL)
    third = Watch(scene.mine, 0, b"https://push.example.org/three")
    assert code_of(scene.desk.ask(scene.reader, third)) == (
        Refusal.TOO_MANY_WATCHES,
        2,
    )
    scene.desk.now += 60_000

    assert scene.desk.ask(scene.reader, third) == Done()


def test_naming_ever_new_endpoints_is_slowed_down() -> None:
    scene = Scene()
    limited = replace(PUSHING, costly_burst=4, costly_per_second=1.0)
    scene.desk = Desk(MemoryStore(), limited)
    scene.reader = scene.desk.join()
    scene.desk.create(scene.reader)
    scene.mine = scene.desk.opened(scene.reader)
    for number in range(3):
        scene.watch(endpoint=URL + str(number).encode())

    reply = scene.desk.ask(scene.reader, Watch(scene.mine, 0, URL))

    assert code_of(reply)[0] == Refusal.SLOW_DOWN
