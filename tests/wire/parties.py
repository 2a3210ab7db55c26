"""An open session between a client and a relay, for tests that begin there."""

import os

from linnet.wire.client_session import ClientSession, Standing
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, Pending, Reception, RelaySession
from linnet.wire.session_limits import Limits

RELAY_KEY = bytes(range(32))
USUAL = Limits()


def strangers(limits: Limits = USUAL) -> tuple[ClientSession, Reception]:
    """A client and a reception that have not met."""
    reception = Reception(RELAY_KEY, entropy=os.urandom, limits=limits)
    client = ClientSession(public_key(RELAY_KEY), entropy=os.urandom, limits=limits)
    return client, reception


def greeted(client: ClientSession, reception: Reception, now: float) -> Pending:
    """The relay's answer to a client that opens or resumes."""
    greeting = reception.greet(client.hello(now), now)
    if isinstance(greeting, Opening):
        greeting = reception.accept(greeting, unix_time=1_000)
    assert isinstance(greeting, Pending)
    return greeting


def attached(client: ClientSession, reception: Reception, now: float) -> list[bytes]:
    """Bring both sides onto a new carrier; what the relay hears at once."""
    pending = greeted(client, reception, now)
    assert client.welcome(pending.answer, now) is not Standing.FORGOTTEN
    first, *rest = client.flush(now)
    heard = reception.confirm(pending, first, now)
    for record in rest:
        heard += pending.session.receive(record, now)
    for record in pending.session.flush(now):
        client.receive(record, now)
    return heard


def opened(limits: Limits = USUAL) -> tuple[ClientSession, RelaySession, Reception]:
    """An open session at time 0."""
    client, reception = strangers(limits)
    attached(client, reception, 0)
    (session,) = reception
    return client, session, reception
