"""Strategies for every message of the relay protocol."""

from hypothesis import strategies as st

from linnet.ids import (
    BlobId,
    EnvelopeId,
    Epoch,
    Handle,
    RequestNumber,
    Sequence,
    ShelfId,
    StreamId,
)
from linnet.wire import (
    events,
    replies,
    requests,
    requests_blobs,
    requests_errands,
    requests_pushes,
    requests_shelves,
)
from linnet.wire.codec import Reply, Request


def exactly(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


u8 = st.integers(0, 2**8 - 1)
u16 = st.integers(0, 2**16 - 1)
u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
handles = u32.map(Handle)
sequences = u64.map(Sequence)
epochs = u64.map(Epoch)
streams = exactly(16).map(StreamId)
ids = exactly(16).map(EnvelopeId)
shelves = exactly(16).map(ShelfId)
blobs = exactly(32).map(BlobId)
secrets = exactly(32)
some = st.binary(min_size=1, max_size=300)
maybe = st.none() | secrets
numbers = u32.map(RequestNumber)
endpoints = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300
).map(str.encode)

creates = st.builds(
    requests.Create,
    streams,
    secrets,
    secrets,
    secrets,
    st.just(True),
    epochs.map(lambda e: Epoch(e >> 2)),
    u32,
) | st.builds(requests.Create, streams, secrets, secrets, secrets)
opens = st.builds(requests.Open, streams, epochs, maybe, maybe, maybe).filter(
    lambda one: (one.append_token, one.read_token, one.control_token) != (None,) * 3
)
all_requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(requests.About),
    creates,
    opens,
    st.builds(requests.Close, handles),
    st.builds(requests.Append, handles, ids, some),
    st.builds(requests.Commit, handles, ids, secrets, secrets, some),
    st.builds(requests.Subscribe, handles, sequences, ids, st.booleans()),
    st.builds(requests.Unsubscribe, handles),
    st.builds(requests.Read, handles, sequences, ids, u16),
    st.builds(requests.Ephemeral, handles, some),
    st.builds(requests.Trim, handles, sequences),
    st.builds(requests.Erase, handles, sequences, ids),
    st.builds(requests.Destroy, handles),
    st.builds(
        requests_shelves.ShelfPut,
        shelves,
        secrets,
        secrets,
        st.lists(some, max_size=4).map(tuple),
        st.binary(max_size=300),
        st.booleans(),
    ),
    st.builds(requests_shelves.ShelfClaim, shelves, secrets),
    st.builds(requests_shelves.ShelfCount, shelves, secrets),
    st.builds(requests_shelves.ShelfDestroy, shelves, secrets),
    st.builds(requests_blobs.BlobCreate, blobs, u64, secrets, handles),
    st.builds(requests_blobs.BlobPut, blobs, u64, some),
    st.builds(requests_blobs.BlobStat, blobs),
    st.builds(requests_blobs.BlobGet, blobs, u64, u32),
    st.builds(requests_blobs.BlobDelete, blobs, secrets),
    st.builds(requests_pushes.Pushes),
    st.builds(requests_pushes.Watch, handles, u32, endpoints),
    st.builds(requests_pushes.Unwatch, handles, endpoints),
    st.builds(requests_errands.Errand, some),
)

envelopes = st.builds(
    replies.Envelope, sequences, epochs, u64, ids, st.binary(max_size=300)
)
receipts = st.builds(replies.Receipt, numbers, sequences, u64)
all_replies: st.SearchStrategy[Reply] = st.one_of(
    st.builds(replies.Done),
    st.builds(replies.RefusedReply, u8, u64),
    st.builds(replies.Opened, handles, epochs, sequences, sequences, sequences),
    st.builds(replies.Appended, st.lists(receipts, min_size=1, max_size=5).map(tuple)),
    st.builds(replies.Subscribed, sequences, sequences),
    st.builds(replies.Envelopes, sequences, st.lists(envelopes, max_size=4).map(tuple)),
    st.builds(replies.ShelfState, u16, st.booleans()),
    st.builds(replies.Package, st.booleans(), some),
    st.builds(replies.BlobState, u64, u64),
    st.builds(replies.Chunk, u64, u64, st.binary(max_size=300)),
    st.builds(
        replies.Grants,
        st.sampled_from(replies.Mode),
        *(u32, u32, u64, u32, u16, u32, u32, u32, u32),
        st.sampled_from(replies.PassState),
        *(u64, u32, u64),
    ),
    st.builds(replies.PushGrants, exactly(65), u32),
    st.builds(requests_errands.ErrandAnswer, some),
    st.builds(
        events.Deliver,
        st.lists(st.tuples(handles, envelopes), min_size=1, max_size=4).map(tuple),
    ),
    st.builds(events.Whisper, handles, some),
    st.builds(events.Ended, handles, epochs, sequences),
    st.builds(events.Gone, handles),
    st.builds(events.Closing, st.sampled_from(events.ClosingReason)),
)
