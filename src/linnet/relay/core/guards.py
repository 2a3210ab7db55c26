"""Who may do what: passes, tokens and the rates of costly work (spec/wire.md §3.2)."""

from hashlib import sha256
from hmac import compare_digest

from linnet.ids import RequestNumber
from linnet.relay.core.events import Joined, Send
from linnet.relay.core.memory import Memory, Refuse, answer
from linnet.relay.core.state import SHARED_PASS, Bucket, Guest, Pass
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Grants, Mode, PassState

_WHY = {
    PassState.UNKNOWN: Refusal.PASS_INVALID,
    PassState.EXPIRED: Refusal.PASS_EXPIRED,
}


def hash_of(token: bytes) -> bytes:
    """What a relay keeps of a token."""
    return sha256(token).digest()


def check_token(token: bytes, expected_hash: bytes) -> None:
    """Require the token of a hash, in a time that tells nothing."""
    if not compare_digest(hash_of(token), expected_hash):
        raise Refuse(Refusal.WRONG_TOKEN)


def admit(memory: Memory, event: Joined) -> None:
    """Note which pass a session was opened with."""
    guest = event.guest
    if event.pass_hash is None:
        return
    found = memory.pass_of(event.pass_hash)
    if found is None:
        guest.pass_state = PassState.UNKNOWN
        return
    guest.payer, guest.pass_state = found.number, found.state(memory.clock_ms)


def check_member(memory: Memory, guest: Guest) -> None:
    """Require what a closed relay requires of everyone."""
    if memory.limits.mode is Mode.CLOSED:
        _valid_pass(memory, guest, without=Refusal.MEMBERS_ONLY)


def payer_for(memory: Memory, guest: Guest) -> Pass:
    """The pass that pays for what a session creates."""
    if memory.limits.mode is Mode.OPEN:
        own = None if guest.payer is None else memory.payer(guest.payer)
        if own is None or own.state(memory.clock_ms) is not PassState.VALID:
            return memory.payer(SHARED_PASS)
        return own
    return _valid_pass(memory, guest, without=Refusal.PASS_NEEDED)


def _valid_pass(memory: Memory, guest: Guest, *, without: Refusal) -> Pass:
    if guest.payer is None:
        raise Refuse(_WHY.get(guest.pass_state, without))
    paying = memory.payer(guest.payer)
    guest.pass_state = paying.state(memory.clock_ms)
    if guest.pass_state is PassState.EXPIRED:
        raise Refuse(Refusal.PASS_EXPIRED, paying.expires)
    return paying


def charge(paying: Pass, size: int, *, streams: int = 0) -> None:
    """Count bytes and streams (or shelves) against a pass, both or neither."""
    if paying.streams + streams > paying.max_streams:
        raise Refuse(Refusal.TOO_MANY_STREAMS, paying.max_streams)
    if paying.bytes + size > paying.max_bytes:
        raise Refuse(Refusal.TOO_MANY_BYTES, paying.max_bytes)
    paying.streams += streams
    paying.bytes += size


def spend_costly(memory: Memory, guest: Guest, now_ms: int) -> None:
    """Count one piece of costly work against a session's rate."""
    limits = memory.limits
    if guest.costly is None:
        guest.costly = Bucket(limits.costly_burst, now_ms)
    wait = guest.costly.wait_ms(
        now_ms, burst=limits.costly_burst, per_second=limits.costly_per_second
    )
    if wait:
        raise Refuse(Refusal.SLOW_DOWN, wait)


def spend_ephemeral(memory: Memory, guest: Guest, now_ms: int) -> None:
    """Count one ephemeral envelope against a session's rate."""
    limits = memory.limits
    if guest.ephemeral is None:
        guest.ephemeral = Bucket(limits.ephemeral_burst, now_ms)
    wait = guest.ephemeral.wait_ms(
        now_ms, burst=limits.ephemeral_burst, per_second=limits.ephemeral_per_second
    )
    if wait:
        raise Refuse(Refusal.SLOW_DOWN, wait)


def about(memory: Memory, guest: Guest, number: RequestNumber) -> Send:
    """Say what the relay grants (spec/wire.md §3.2)."""
    limits = memory.limits
    paying = None if guest.payer is None else memory.payer(guest.payer)
    if paying is not None:
        guest.pass_state = paying.state(memory.clock_ms)
    grants = Grants(
        mode=limits.mode,
        max_envelope=limits.max_envelope,
        max_ephemeral=limits.max_ephemeral,
        max_blob=limits.max_blob,
        max_package=limits.max_package,
        max_packages=limits.max_packages,
        max_handles=limits.max_handles,
        max_subscriptions=limits.max_subscriptions,
        retention_seconds=limits.retention_seconds,
        max_retention_seconds=limits.max_retention_seconds,
        pass_state=guest.pass_state,
        pass_expires=paying.expires if paying else 0,
        streams_left=max(0, paying.max_streams - paying.streams) if paying else 0,
        bytes_left=max(0, paying.max_bytes - paying.bytes) if paying else 0,
    )
    return answer(guest, number, grants)
