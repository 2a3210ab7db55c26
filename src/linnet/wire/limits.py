"""Sizes that the protocol fixes for everyone (spec/wire.md §2).

What one relay grants below these it says in its ABOUT reply.
"""

MAX_MESSAGE = 61_440
"""Largest message of a session in either direction, header included."""

MAX_ENVELOPE = 49_152
"""Largest data of one envelope; what is larger travels as a blob."""

MAX_EPHEMERAL = 4_096
"""Largest data of one ephemeral envelope."""

MAX_CHUNK = 49_152
"""Largest piece of a blob in one message."""

MAX_PACKAGE = 16_384
"""Largest key package on a shelf."""

MAX_ENDPOINT = 1_024
"""Longest URL of a push endpoint."""

ENVELOPE_COST = 80
"""What an envelope counts against a pass beside its data (spec/wire.md §3.2)."""

MIN_CHUNK = 4_096
"""Smallest piece of a blob that does not end it (spec/wire.md §6.2)."""

TOKEN_SIZE = 32
HASH_SIZE = 32
PUSH_KEY_SIZE = 65
STREAM_ID_SIZE = 16
ENVELOPE_ID_SIZE = 16
SHELF_ID_SIZE = 16
BLOB_ID_SIZE = 32
