"""Every way in which a relay says no, with its sentence (spec/wire.md §7)."""

from enum import IntEnum

from linnet.errors import Refused


class Refusal(IntEnum):
    """The code of a REFUSED reply; the comment says what its detail holds."""

    MALFORMED = 1
    UNKNOWN_REQUEST = 2
    NO_SUCH_HANDLE = 3
    NOT_ALLOWED = 4
    NO_SUCH_STREAM = 5
    WRONG_TOKEN = 6
    STALE = 7  # the stream's current epoch
    UNKNOWN_EPOCH = 8  # the stream's current epoch
    EXISTS = 9
    REWOUND = 10  # the stream's head
    UNFENCED = 11
    TOO_LARGE = 12  # the limit in bytes
    PASS_NEEDED = 13
    PASS_INVALID = 14
    PASS_EXPIRED = 15  # when it ended, in seconds since 1970
    TOO_MANY_STREAMS = 16  # the limit of the pass
    TOO_MANY_BYTES = 17  # the limit of the pass in bytes
    TOO_MANY_HANDLES = 18  # the limit of a session
    TOO_MANY_SUBSCRIPTIONS = 19  # the limit of a session
    SUBSCRIBED_ALREADY = 20
    NO_SUCH_SHELF = 21
    SHELF_EMPTY = 22
    SHELF_FULL = 23  # the limit of a shelf
    NO_SUCH_BLOB = 24
    BLOB_INCOMPLETE = 25  # bytes held
    WRONG_OFFSET = 26  # bytes held
    NO_SUCH_ENVELOPE = 27
    DISK_FULL = 28
    SLOW_DOWN = 29  # milliseconds to wait
    UNAVAILABLE = 30
    MEMBERS_ONLY = 31
    NO_PUSH = 32
    TOO_MANY_WATCHES = 33  # the limit of a stream
    BAD_ENDPOINT = 34
    BAD_ERRAND = 35


SENTENCES: dict[Refusal, str] = {
    Refusal.MALFORMED: "The relay could not read the request.",
    Refusal.UNKNOWN_REQUEST: "The relay does not know this kind of request.",
    Refusal.NO_SUCH_HANDLE: "The stream is not open in this session.",
    Refusal.NOT_ALLOWED: "The stream was opened without the right for this.",
    Refusal.NO_SUCH_STREAM: "The relay holds no such stream.",
    Refusal.WRONG_TOKEN: "The relay does not accept this token.",
    Refusal.STALE: "The stream has moved on to another epoch.",
    Refusal.UNKNOWN_EPOCH: "The stream has not reached this epoch.",
    Refusal.EXISTS: "Something else already has this id on the relay.",
    Refusal.REWOUND: "The relay lost what came after its head; it was restored "
    "from an older backup.",
    Refusal.UNFENCED: "This stream has no epochs and takes no commits.",
    Refusal.TOO_LARGE: "This is larger than the relay accepts.",
    Refusal.PASS_NEEDED: "This relay creates things only for people with a pass.",
    Refusal.PASS_INVALID: "The relay does not know this pass.",
    Refusal.PASS_EXPIRED: "The pass for this relay has expired.",
    Refusal.TOO_MANY_STREAMS: "The pass allows no more streams on this relay.",
    Refusal.TOO_MANY_BYTES: "The pass allows no more bytes on this relay.",
    Refusal.TOO_MANY_HANDLES: "This session has too many streams open.",
    Refusal.TOO_MANY_SUBSCRIPTIONS: "This session follows too many streams.",
    Refusal.SUBSCRIBED_ALREADY: "This session already follows the stream.",
    Refusal.NO_SUCH_SHELF: "The relay holds no such shelf.",
    Refusal.SHELF_EMPTY: "The shelf holds no key package.",
    Refusal.SHELF_FULL: "The shelf holds as many key packages as it may.",
    Refusal.NO_SUCH_BLOB: "The relay holds no such blob.",
    Refusal.BLOB_INCOMPLETE: "The blob has not been uploaded completely.",
    Refusal.WRONG_OFFSET: "The piece does not follow what the relay holds.",
    Refusal.NO_SUCH_ENVELOPE: "The stream holds no such envelope.",
    Refusal.DISK_FULL: "The relay's disk is full: nothing new is stored, "
    "what it holds can be read.",
    Refusal.SLOW_DOWN: "Too many requests of this kind; wait a little.",
    Refusal.UNAVAILABLE: "The relay's store does not answer; nothing was stored.",
    Refusal.MEMBERS_ONLY: "This relay serves only people with a pass.",
    Refusal.NO_PUSH: "This relay sends no notifications.",
    Refusal.TOO_MANY_WATCHES: "Too many browsers wait for notifications of this.",
    Refusal.BAD_ENDPOINT: "The relay does not send notifications to such an address.",
    Refusal.BAD_ERRAND: "The relay cannot open this: it was changed on its way, or is "
    "meant for another relay.",
}


def refused(code: int, detail: int = 0) -> Refused:
    """Turn a REFUSED reply into the error that a caller meets."""
    try:
        sentence = SENTENCES[Refusal(code)]
    except ValueError:
        sentence = f"The relay refused with the unknown code {code}."
    return Refused(code, sentence, detail)
