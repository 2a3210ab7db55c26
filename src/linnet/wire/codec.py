"""Any message of the relay protocol, to bytes and back (spec/wire.md §3).

Any bytes give a value or ``Malformed``, in time linear in their length.
"""

from linnet.errors import Malformed
from linnet.ids import RequestNumber
from linnet.wire import (
    events,
    replies,
    requests,
    requests_blobs,
    requests_errands,
    requests_manifests,
    requests_pushes,
    requests_shelves,
)
from linnet.wire.fields import Fields
from linnet.wire.limits import MAX_MESSAGE

Request = (
    requests.About
    | requests.Create
    | requests.Open
    | requests.Close
    | requests.Append
    | requests.Commit
    | requests.Subscribe
    | requests.Unsubscribe
    | requests.Read
    | requests.Ephemeral
    | requests.Trim
    | requests.Erase
    | requests.Destroy
    | requests_shelves.ShelfPut
    | requests_shelves.ShelfClaim
    | requests_shelves.ShelfCount
    | requests_shelves.ShelfDestroy
    | requests_blobs.BlobCreate
    | requests_blobs.BlobPut
    | requests_blobs.BlobStat
    | requests_blobs.BlobGet
    | requests_blobs.BlobDelete
    | requests_pushes.Pushes
    | requests_pushes.Watch
    | requests_pushes.Unwatch
    | requests_manifests.ManifestGet
    | requests_errands.Errand
)

Reply = (
    replies.Done
    | replies.RefusedReply
    | replies.Opened
    | replies.Appended
    | replies.Subscribed
    | replies.Envelopes
    | replies.ShelfState
    | replies.Package
    | replies.BlobState
    | replies.Chunk
    | replies.Grants
    | replies.PushGrants
    | requests_manifests.Series
    | requests_errands.ErrandAnswer
    | events.Deliver
    | events.Whisper
    | events.Ended
    | events.Gone
    | events.Closing
)

REQUESTS: dict[int, type[Request]] = {one.TYPE: one for one in Request.__args__}
REPLIES: dict[int, type[Reply]] = {one.TYPE: one for one in Reply.__args__}


class UnknownRequest(Malformed):
    """A request of a kind that this version does not know."""


def encode(number: RequestNumber, message: Request | Reply) -> bytes:
    """Write a message; the number of receipts is their own (spec/wire.md §4.4).

    Raises:
        Malformed: it is larger than any may be.
    """
    head = bytes((message.TYPE,))
    if not isinstance(message, replies.Appended):
        head += number.to_bytes(4, "big")
    encoded = head + message.body()
    if len(encoded) > MAX_MESSAGE:
        raise Malformed("A message is larger than any may be.")
    return encoded


def decode_request(message: bytes) -> tuple[RequestNumber, Request]:
    """Read what a client sent.

    Raises:
        UnknownRequest: its type is unknown.
        Malformed: its fields are not what its type says.
    """
    kind, number = requests.header(message)
    if kind not in REQUESTS:
        raise UnknownRequest("A message has an unknown type.")
    fields = Fields(message, requests.HEADER.size)
    request = REQUESTS[kind].read(fields)
    fields.finish()
    return number, request


def decode_reply(message: bytes) -> tuple[RequestNumber, Reply]:
    """Read what a relay sent.

    Raises:
        Malformed: its type is unknown or its fields are not what that says.
    """
    kind, number = requests.header(message)
    if kind not in REPLIES:
        raise Malformed("A message has an unknown type.")
    # Receipts begin with the first one's number, where others have their own.
    begins = 1 if kind == replies.APPENDED else requests.HEADER.size
    fields = Fields(message, begins)
    reply = REPLIES[kind].read(fields)
    fields.finish()
    return number, reply
