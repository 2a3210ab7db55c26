"""Identities and indices as types of their own, so that none can stand for another."""

from typing import NewType

StreamId = NewType("StreamId", bytes)
"""16 random bytes chosen by the creator of a stream (spec/wire.md)."""

EnvelopeId = NewType("EnvelopeId", bytes)
"""16 bytes chosen by the client that appends; names one envelope for ever."""

ShelfId = NewType("ShelfId", bytes)
"""16 bytes that name a shelf of key packages."""

BlobId = NewType("BlobId", bytes)
"""32 random bytes; whoever knows them may read the blob."""

Handle = NewType("Handle", int)
"""A small number for a stream opened in this session; unsigned 32 bits."""

Sequence = NewType("Sequence", int)
"""Place of an envelope in its stream; the first is 1, 0 means before the first."""

Epoch = NewType("Epoch", int)
"""Epoch of a stream's fence, equal to its MLS group's epoch; unsigned 64 bits."""

RequestNumber = NewType("RequestNumber", int)
"""Chosen by the client, echoed in the reply; unsigned 32 bits."""

AccountKey = NewType("AccountKey", bytes)
"""Ed25519 public key of an account, 32 bytes (spec/identity.md)."""

DeviceId = NewType("DeviceId", bytes)
"""8 random bytes that name one device of an account."""

ConversationId = NewType("ConversationId", bytes)
"""The MLS group id of a conversation, 16 random bytes."""

MessageId = NewType("MessageId", bytes)
"""Equal to the id of the envelope that first carried the message, 16 bytes."""
